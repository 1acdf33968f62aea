// SPDX-License-Identifier: Apache-2.0
// Small states on a page, for Alpine's CSP build: markup names a component, no expressions.
document.addEventListener("alpine:init", () => {
  // <div x-data="copy"> <code x-ref="text">…</code> <button x-on:click="take" x-text="word">Copy</button>
  window.Alpine.data("copy", () => ({
    word: "",
    init() {
      this.word = this.$el.dataset.copy || "";
    },
    async take() {
      await navigator.clipboard.writeText(this.$refs.text.textContent.trim());
      this.word = this.$el.closest("[data-copied]").dataset.copied;
    },
  }));
  // <div x-data="reveal"> <button x-on:click="toggle"> … <div x-show="open">
  window.Alpine.data("reveal", () => ({
    open: false,
    toggle() {
      this.open = !this.open;
    },
  }));
});

// SPDX-License-Identifier: Apache-2.0
// What every page needs: dialogs, closing of messages, toasts, errors in focus, filters that send themselves.
(function () {
  const root = document.documentElement;

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
    if (event.target.closest("[data-close]")) event.target.closest(".zw-alert").remove();
    if (event.target.closest("[data-print]")) window.print();
    const filters = event.target.closest("[data-filters]");
    if (filters) {
      const open = document.getElementById(filters.getAttribute("aria-controls")).classList.toggle("zw-open");
      filters.setAttribute("aria-expanded", open);
    }
  });

  // The appearance changes at once; the form keeps the choice.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-appearance]");
    if (form && event.submitter) root.dataset.themeChoice = event.submitter.value;
  });

  // A list's filter is sent when a choice is made; text waits for the button or Enter.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.zw-filters");
    if (form && event.target.matches("select, input[type=date], input[type=checkbox]")) form.requestSubmit();
  });

  // Empty fields do not clutter the address.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form.zw-filters")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  function showErrors(within) {
    within.querySelector("[data-error-summary]")?.focus();
  }
  showErrors(document);
  document.addEventListener("htmx:after:swap", () => showErrors(document));

  // A link to a field in the summary of errors puts the cursor there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a");
    const field = link && document.getElementById(link.hash.slice(1));
    if (field) {
      event.preventDefault();
      field.focus();
      field.scrollIntoView({ block: "center" });
    }
  });

  // The current tab is in sight, however many there are.
  document.querySelector(".zw-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // A part that could not be loaded leaves the old one standing and says so, once.
  function partFailed() {
    const text = document.getElementById("toasts")?.dataset.failed;
    if (text) document.dispatchEvent(new CustomEvent("zw:message", { detail: { tone: "warning", text } }));
  }
  document.addEventListener("htmx:error", partFailed);
  document.addEventListener("htmx:response:error", partFailed);

  // On a phone the filters of a list open at a touch.
  root.classList.add("zw-js");

  // HX-Trigger: {"zw:message": {"tone": "success", "text": "…"}}: stands at the top of the page, and
  // shows itself for a while at the foot, so that it is never only a toast.
  document.addEventListener("zw:message", (event) => {
    const template = document.getElementById("toast-template");
    const places = [document.getElementById("messages"), document.getElementById("toasts")];
    for (const place of places) {
      if (!template || !place || place.textContent.includes(event.detail.text)) continue;
      const toast = template.content.firstElementChild.cloneNode(true);
      toast.classList.add(`zw-alert-${event.detail.tone || "info"}`);
      toast.querySelector("[data-text]").textContent = event.detail.text;
      place.append(toast);
      if (place.id === "toasts") setTimeout(() => toast.remove(), 8000);
    }
  });
})();

// SPDX-License-Identifier: Apache-2.0
// Runs before the first paint: follows the system where the person has chosen so.
(function () {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function paint() {
    const choice = root.dataset.themeChoice;
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    document.dispatchEvent(new CustomEvent("zw:theme"));
  }
  if (!root.dataset.themeChoice) root.dataset.themeChoice = "auto";
  paint();
  dark.addEventListener("change", paint);
})();

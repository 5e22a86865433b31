// The terminal has the keys as soon as the program is there, and again whenever the page is clicked.
const focus = () => document.querySelector(".xterm-helper-textarea")?.focus();
window.addEventListener("load", () => {
  new MutationObserver(focus).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  document.addEventListener("click", focus);
});

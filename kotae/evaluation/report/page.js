"use strict";
const $ = (id) => document.getElementById(id);
const articles = [...document.querySelectorAll("article")];

function filter() {
  const type = $("type").value, words = $("search").value.trim().toLowerCase(), flagged = $("flagged").checked;
  const backends = new Set([...document.querySelectorAll(".only:checked")].map((box) => box.value));
  let shown = 0;
  for (const article of articles) {
    for (const answer of article.querySelectorAll(".answer")) answer.hidden = !backends.has(answer.dataset.backend);
    const fits = (type === "*" || article.dataset.type === type) && (!flagged || "flagged" in article.dataset)
      && (!words || article.textContent.toLowerCase().includes(words));
    article.hidden = !fits;
    shown += fits;
  }
  $("none").hidden = shown > 0;
  $("count").value = `${shown} / ${articles.length} ${$("count").dataset.words}`;
}
for (const control of document.querySelectorAll(".filters select, .filters input")) control.addEventListener("input", filter);
$("figures-type").addEventListener("input", () => {
  for (const table of document.querySelectorAll(".figures")) table.hidden = table.dataset.type !== $("figures-type").value;
});
$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
filter();

"use strict";
const $ = (id) => document.getElementById(id);
const plain = (text) => text.normalize("NFKC").toLowerCase();
// What is searched is read once: a page of a thousand answers is filtered at each key.
const articles = [...document.querySelectorAll("article")].map((node) => {
  const answers = [...node.querySelectorAll(".answer")];
  return { node, type: node.dataset.type, answers, said: null };
});

function text(article) {
  if (article.said === null) {
    const apart = (node) => plain(node.textContent);
    const answers = new Map(article.answers.map((answer) => [answer, apart(answer)]));
    const question = [...article.node.children].filter((child) => !child.matches(".answers")).map(apart).join("\n");
    article.said = { question, answers };
  }
  return article.said;
}

function filter() {
  const type = $("type").value, words = plain($("search").value.trim()), flagged = $("flagged").checked;
  const backends = new Set([...document.querySelectorAll(".only:checked")].map((box) => box.value));
  let shown = 0;
  for (const article of articles) {
    const visible = article.answers.filter((answer) => backends.has(answer.dataset.backend));
    for (const answer of article.answers) answer.hidden = !backends.has(answer.dataset.backend);
    const fits = visible.length > 0 && (type === "*" || article.type === type)
      && (!flagged || visible.some((answer) => "flagged" in answer.dataset))
      && (!words || text(article).question.includes(words) || visible.some((answer) => text(article).answers.get(answer).includes(words)));
    article.node.hidden = !fits;
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

// Writes a question, its answers and its definition into the page; always as text, never as markup.

import { byId, element } from "/page.js";

function list(title, rows) {
  const box = byId("details");
  if (!rows.length) return;
  box.append(element("h2", title));
  const ul = element("ul");
  for (const row of rows) ul.append(row);
  box.append(ul);
}

function ruled(lead, label, why) {
  const li = element("li", lead ? `${lead} ` : "");
  li.append(element("span", label, "ruling"), document.createTextNode(`: ${why}`));
  return li;
}

function choiceButton(choice, answer) {
  const button = element("button", undefined, "choice");
  button.type = "button";
  button.append(element("span", `${choice.text} `));
  if (choice.keys.length) {
    button.setAttribute("aria-keyshortcuts", choice.keys.join(" "));
    button.append(element("kbd", choice.keys[0].toUpperCase()));
  }
  if (choice.meaning) button.append(element("small", choice.meaning));
  button.addEventListener("click", () => answer(choice));
  return button;
}

// Shows a question; `answer` is called with the choice that is clicked.
export function showAttribute(attribute, answer) {
  byId("title").textContent = attribute.title;
  byId("question").textContent = attribute.question;
  byId("definition").textContent = attribute.definition;
  byId("details").replaceChildren();
  list("Counts", attribute.include.map((text) => element("li", text)));
  list("Does not count", attribute.exclude.map((text) => element("li", text)));
  list("Hard cases", attribute.edge_cases.map((e) => ruled(e.case, e.label, e.why)));
  list("Precedents", attribute.examples.map((e) => ruled("", e.label, e.why)));
  byId("choices").classList.toggle("explained", attribute.choices.some((c) => c.meaning));
  byId("choices").replaceChildren(...attribute.choices.map((c) => choiceButton(c, answer)));
  byId("note-key").textContent = attribute.kind === "binary" ? "Shift+N" : "N";
}

// What every part of the page uses.

export const byId = (id) => document.getElementById(id);
export const say = (text) => { byId("status").textContent = text; };

export function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function alertOf(text) {
  byId("alert").textContent = text;
  byId("alert").hidden = !text;
}

export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

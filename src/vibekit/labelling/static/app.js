// The rating page. An answer counts as saved only after the server said so; until then it is sent again and again
// under the same id, so that a lost reply never makes two answers out of one.

import { showAttribute } from "/attribute.js";
import { alertOf, byId, element, newId, say } from "/page.js";
import { fullScreen, mute, seek, shown, start, stop, toggle, watched } from "/player.js";
import { ask } from "/server.js";

const note = byId("note");
const SETTLE_MS = 300; // a key that was held a moment too long must not answer the next question
const SEEK_S = 2;
const PENDING = "pending-answer";
const KEYS = [
  ["Y / N", "yes / no"], ["1 – 9", "the answer with that number"], ["A", "cannot tell (abstain)"],
  ["S", "skip: it comes back at the end"], ["U", "undo the last answer"],
  ["N", "write a note (Shift+N where N says no); Esc leaves it"], ["Space", "play and pause"], ["← →", "2 seconds back and forth"],
  ["M", "sound off and on"], ["F", "full screen"], ["?", "these keys"],
];
const state = {
  me: null, task: null, coming: null, question: "", busy: false, skipped: false, shownAt: 0, watchedAt: 0, seconds: 0,
};

// ---------- screens

function show(name) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== `screen-${name}`;
  if (name !== "rate") stop();
}

function over() {
  state.task = null;
  sessionStorage.removeItem(PENDING);
  byId("message").textContent =
    "This session is over. Every answer that was shown as saved is saved. Open a new link from the terminal to go on.";
  alertOf("");
  show("message");
}

function progressOf(data) {
  if (!data.progress) return;
  const { done, total } = data.progress;
  byId("bar").max = Math.max(1, total);
  byId("bar").value = done;
  byId("count").textContent = `${done} of ${total}`;
}

// ---------- one question

// Block by block: a hand that got used to one question must not answer the next one unread.
function showTask(task) {
  const { question, definition } = task.attribute;
  const changed = state.me.blocks && state.question && state.question !== question;
  state.question = question;
  if (!changed) return present(task);
  state.task = null;
  show("new");
  byId("new-question").textContent = question;
  byId("new-definition").textContent = definition;
  state.coming = task;
  byId("new-question").focus();
}

function goOn() {
  present(state.coming);
}

function present(task) {
  Object.assign(state, {
    task, seconds: 0, shownAt: performance.now(), watchedAt: performance.now(),
  });
  show("rate");
  showAttribute(task.attribute, rate);
  note.value = task.note;
  byId("votes").hidden = true;
  byId("show-votes").hidden = !state.me.expert;
  start(task.media);
  byId("question").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function showDone(data) {
  state.task = null;
  show("done");
  const { done, skipped } = data.progress;
  byId("done-title").textContent = skipped ? "Done but for what you skipped." : "Done. Thank you!";
  byId("done-text").textContent = `${done} answered` + (skipped ? `, ${skipped} skipped.` : ".");
  byId("again").hidden = !skipped;
  byId("done-title").focus();
}

async function next() {
  const { status, data } = await ask(`/api/next${state.skipped ? "?skipped=1" : ""}`);
  if (status !== 200) return over();
  progressOf(data);
  if (data.task) showTask(data.task);
  else showDone(data);
}

// ---------- answering

function countSeconds() {
  const now = performance.now();
  if (document.visibilityState === "visible") state.seconds += (now - state.watchedAt) / 1000;
  state.watchedAt = now;
}

function rate(choice) {
  if (shown.broken) return say("This video cannot be played, so it cannot be rated: skip it, or say that you cannot tell.");
  if (!shown.playable) return say("The video is not there yet.");
  return send("rating", choice.value, choice.text);
}

async function send(kind, value, words) {
  if (state.busy || !state.task || performance.now() - state.shownAt < SETTLE_MS) return;
  state.busy = true;
  countSeconds();
  const answer = {
    id: newId(), task: state.task.id, kind, note: note.value,
    seconds: Math.min(86400, state.seconds), watched: watched(),
  };
  if (value !== null) answer.value = value;
  say("Saving …");
  sessionStorage.setItem(PENDING, JSON.stringify(answer));
  const { status, data } = await ask("/api/rate", answer);
  sessionStorage.removeItem(PENDING);
  state.busy = false;
  if (status === 401) return over();
  if (status !== 200 && status !== 409 && status !== 404) return say(data.error);
  await next();
  say(status === 200 ? `Saved: ${words}` : data.error);
}

async function undo() {
  if (state.busy) return;
  state.busy = true;
  const { status, data } = await ask("/api/undo", { id: newId() });
  state.busy = false;
  if (status === 401) return over();
  if (status !== 200) return say(data.error);
  progressOf(data);
  showTask(data.task);
  say("Taken back. Answer again.");
}

async function showVotes() {
  if (!state.me.expert || !state.task) return;
  const { status, data } = await ask("/api/votes", { task: state.task.id });
  if (status !== 200) return say(data.error);
  const box = byId("votes");
  const counts = data.votes.map((v) => `${v.text}: ${v.count}`).join(", ") || "nobody has rated this yet";
  box.replaceChildren(element("p", `Votes: ${counts}`), ...data.notes.map((text) => element("p", `“${text}”`)));
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

// An answer whose reply never came, because the page was closed or loaded again in between.
async function sendPending() {
  const kept = sessionStorage.getItem(PENDING);
  if (!kept) return;
  await ask("/api/rate", JSON.parse(kept));
  sessionStorage.removeItem(PENDING);
}

// ---------- keys and buttons

const abstain = () => send("abstain", null, "cannot tell");
const skip = () => send("skip", null, "skipped");
const help = () => byId("help").showModal();
function again() {
  state.skipped = true;
  return next();
}
function goToNote() {
  note.focus();
}

const ACTIONS = {
  a: abstain, s: skip, u: undo, m: mute, f: fullScreen, v: showVotes, " ": toggle,
  arrowleft: () => seek(-SEEK_S), arrowright: () => seek(SEEK_S),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  const at = event.target;
  if (at === note) {
    if (event.key === "Escape") byId("question").focus();
    return;
  }
  if (at.tagName === "INPUT" && at.type !== "range") return;
  const key = event.key.toLowerCase();
  if (key === "?") return act(event, help);
  if (!byId("screen-new").hidden) {
    if (key === "enter" && at.tagName !== "BUTTON") act(event, goOn);
    if (key === "u") act(event, undo);
    return;
  }
  if (!byId("screen-done").hidden) {
    if (key === "u") act(event, undo);
    if (key === "r" && !byId("again").hidden) act(event, again);
    return;
  }
  if (!state.task || byId("screen-rate").hidden) return;
  if (key === " " && at.tagName === "BUTTON") return; // the button's own key
  // on some keyboards digits are typed with Shift
  const other = event.shiftKey && /[a-z]/.test(key);
  const choice = other ? undefined : state.task.attribute.choices.find((c) => c.keys.includes(key));
  if (choice) return act(event, () => rate(choice));
  if (key === "n") return act(event, goToNote);
  if (Object.hasOwn(ACTIONS, key)) act(event, ACTIONS[key], key.startsWith("arrow"));
}

function act(event, action, repeats = false) {
  event.preventDefault();
  if (!event.repeat || repeats) action();
}

function bind(id, action) {
  byId(id).addEventListener("click", (event) => {
    if (event.detail > 0) byId(id).blur(); // so that Space goes on to mean play after a click of the mouse
    action();
  });
}

document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", countSeconds);
window.addEventListener("beforeunload", (event) => { if (state.busy) event.preventDefault(); });
for (const [id, action] of Object.entries({
  play: toggle, mute, full: fullScreen, abstain, skip, undo, "show-votes": showVotes, "open-help": help,
  "done-undo": undo, again, start: next, "go-on": goOn, "name-again": () => giveName(true),
})) bind(id, action);

// ---------- coming in

async function giveName(isMe) {
  const name = byId("name").value.trim();
  const { status, data } = await ask("/api/name", isMe ? { name, again: true } : { name });
  if (status === 401) return over();
  const known = data.code === "known_name";
  byId("name-known").hidden = status === 200;
  byId("name-known").textContent = known ? `${data.error}. Is that you? If not, take another name.` : data.error || "";
  byId("name-again").hidden = !known;
  if (known) byId("name-again").focus();
  if (status === 200) begin(data);
}

async function begin(me) {
  state.me = me;
  byId("who").textContent = me.expert ? `${me.rater} (expert)` : me.rater;
  progressOf(me);
  await sendPending();
  show("start");
  byId("start").focus();
}

async function main() {
  for (const id of ["keys-at-start", "keys-in-help"]) {
    for (const [key, what] of KEYS) byId(id).append(element("kbd", key), element("span", what));
  }
  byId("name-form").addEventListener("submit", (event) => {
    event.preventDefault();
    giveName(false);
  });
  byId("name").addEventListener("input", () => { byId("name-again").hidden = true; });
  const { status, data } = await ask("/api/me");
  if (status !== 200) return over();
  if (data.rater) return begin(data);
  show("name");
  byId("name").focus();
}

main();

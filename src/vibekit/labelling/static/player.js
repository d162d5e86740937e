// Plays one video after the other, and knows how much of each was watched.

import { byId } from "/page.js";

const video = byId("video");

// Of the video that is there now: whether its first picture came, or it turned out to be one that cannot be played.
export const shown = { playable: false, broken: false };

export function start(source) {
  Object.assign(shown, { playable: false, broken: false });
  videoState("Getting the video ready …");
  video.src = source;
  video.load();
  autoplay();
}

export function stop() {
  video.pause();
  video.removeAttribute("src");
  video.load();
}

export function watched() {
  if (!video.duration || !Number.isFinite(video.duration)) return 0;
  let sum = 0;
  for (let i = 0; i < video.played.length; i += 1) sum += video.played.end(i) - video.played.start(i);
  return Math.min(1, sum / video.duration);
}

function videoState(text) {
  byId("video-state").textContent = text;
  byId("video-state").hidden = !text;
}

async function autoplay() {
  video.muted = localStorage.getItem("muted") === "1";
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  try {
    await video.play();
  } catch (error) {
    if (error.name !== "NotAllowedError" || video.muted) return;
    video.muted = true; // browsers start a video with sound only after a key or a click on this page
    video.play().catch(() => {});
  }
}

export function toggle() {
  if (video.ended) video.currentTime = 0;
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

export function seek(seconds) {
  if (Number.isFinite(video.duration)) video.currentTime = Math.max(0, Math.min(video.duration, video.currentTime + seconds));
}

export function mute() {
  video.muted = !video.muted;
  localStorage.setItem("muted", video.muted ? "1" : "0");
}

export function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (video.requestFullscreen) video.requestFullscreen().catch(() => {});
}

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

function drawTime() {
  const length = Number.isFinite(video.duration) ? video.duration : 0;
  byId("seek").max = length || 1;
  byId("seek").value = video.currentTime;
  byId("time").textContent = `${clock(video.currentTime)} / ${clock(length)}`;
}

function drawPlayer() {
  byId("play").textContent = video.paused ? "Play" : "Pause";
  byId("mute").setAttribute("aria-pressed", String(video.muted));
  byId("mute").textContent = video.muted ? "Sound on" : "Mute";
  byId("muted").hidden = !video.muted;
}

for (const name of ["play", "pause", "ended", "volumechange", "loadedmetadata"]) video.addEventListener(name, drawPlayer);
for (const name of ["timeupdate", "seeked", "loadedmetadata", "durationchange"]) video.addEventListener(name, drawTime);
video.addEventListener("loadeddata", () => {
  shown.playable = true;
  videoState("");
});
video.addEventListener("waiting", () => { if (!shown.playable) videoState("Getting the video ready …"); });
video.addEventListener("error", () => {
  if (!video.getAttribute("src")) return;
  shown.broken = true;
  videoState("This video cannot be played. Skip it (S), or say that you cannot tell (A).");
});
video.addEventListener("click", toggle);
byId("seek").addEventListener("input", () => { video.currentTime = Number(byId("seek").value); });

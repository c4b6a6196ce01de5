// A page that shows something on its way asks for itself again and takes over the parts marked data-live.
// Nothing else runs in the browser: without this file the browser reloads the page (a <noscript> in base.html).
// The server checks every request as it checks the page; one with this header is no use of the session.
"use strict";

const SLOWEST_S = 60;
let failures = 0;

const note = () => document.getElementById("live-note");
const every = () => Number(document.body.dataset.liveEvery || 0);
const reachable = (part) => [...part.querySelectorAll("a[href], button, summary, [tabindex='0']")];

// Somebody types, reads an opened detail or marks text there: that part waits.
function inUse(part) {
  const here = document.activeElement, marked = getSelection();
  const types = part.contains(here) && here.matches("input, select, textarea");
  const marks = marked && !marked.isCollapsed && part.contains(marked.anchorNode);
  return types || marks || part.querySelector("details[open]") !== null;
}

function takeOver(part, fresh) {
  if (part.innerHTML === fresh.innerHTML || inUse(part)) return;
  const at = reachable(part).indexOf(document.activeElement);
  const scrolled = [...part.querySelectorAll(".wide")].map((one) => one.scrollLeft);
  part.replaceChildren(...fresh.childNodes);
  part.querySelectorAll(".wide").forEach((one, i) => { one.scrollLeft = scrolled[i] || 0; });
  if (at >= 0) reachable(part)[at]?.focus({ preventScroll: true });
}

async function renew() {
  const from = document.body.dataset.liveFrom;
  const answer = await fetch(from, { headers: { "X-Live": "1" }, cache: "no-store", signal: AbortSignal.timeout(20000) });
  if (answer.redirected || answer.status === 401 || answer.status === 403) return location.assign(from);
  if (!answer.ok) throw new Error(answer.status);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const told = fresh.getElementById(part.id);
    if (told) takeOver(part, told);
  }
  // what ended asks no more, and says so
  document.body.dataset.liveEvery = fresh.body.dataset.liveEvery || 0;
  if (!every()) note()?.remove();
}

async function turn() {
  if (!document.hidden) {
    try {
      await renew();
      failures = 0;
    } catch {
      failures += 1;
    }
    note()?.classList.toggle("lost", failures > 0);
  }
  wait();
}

function wait() {
  if (every()) setTimeout(turn, Math.min(every() * 2 ** failures, Math.max(every(), SLOWEST_S)) * 1000);
}

wait();

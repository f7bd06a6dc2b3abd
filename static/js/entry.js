/* Entering people one after the other: keys that spare the mouse, and a draft that outlives page and session. */

import { isSignedIn } from "./session.js";

const FIELDS = "input:not([type=hidden]), select, textarea";
/* The draft is saved when nothing was typed for so long. */
const PAUSE = 3000;
const AGAIN = 15_000;
const LONGEST_KEEPALIVE = 60_000;

/* Enter goes to the next field, so that nothing is sent half filled in; Ctrl+S and Ctrl+Enter save. */
function startKeys(form) {
  const press = (...buttons) => buttons.map((name) => form.querySelector(`[${name}]`)).find(Boolean)?.click();

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || !(event.ctrlKey || event.metaKey)) return;
    if (event.key.toLowerCase() === "s") { event.preventDefault(); press("data-save"); }
    if (event.key === "Enter") { event.preventDefault(); press("data-save-next", "data-save"); }
  });
  form.addEventListener("keydown", (event) => {
    // While Chinese is composed, Enter belongs to the input method; a list of names has taken it already.
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
    if (!event.target.matches("input, select")) return;
    event.preventDefault();
    const fields = [...form.querySelectorAll(FIELDS)].filter((field) => field.offsetParent && !field.disabled);
    (fields[fields.indexOf(event.target) + 1] ?? form.querySelector("[data-save]")).focus();
  });
}

/* What was typed is kept on the server a few seconds after the last change, and once the page is left. */
function startDraft(form) {
  const status = form.querySelector("[data-draft-status]");
  const version = form.elements.draft_version;
  let timer = 0;
  let isChanged = false;
  let isBusy = false;
  let isSent = false;

  function say(text, isError = false) {
    status.textContent = text;
    status.classList.toggle("is-error", isError);
  }
  function later(pause) {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, pause);
  }
  async function send(keepalive) {
    const response = await fetch(form.dataset.draft, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(form),
      redirect: "error",
      keepalive,
    });
    return { status: response.status, ...(await response.json()) };
  }
  async function save({ isLeaving = false } = {}) {
    window.clearTimeout(timer);
    if (!isChanged || isSent) return;
    if (isBusy) { later(PAUSE); return; }
    isBusy = true;
    isChanged = false;
    try {
      const isIn = isLeaving || (await isSignedIn());
      if (isIn === null) throw new Error("no answer");
      if (!isIn) {
        isChanged = true;
        say("登录已过期，最近的填写还没有存为草稿，重新登录后自动续存。", true);
        return;
      }
      const answer = await send(isLeaving && lengthOf() < LONGEST_KEEPALIVE);
      if (answer.status === 200) {
        if (answer.version) version.value = answer.version;
        say(answer.said);
        if (!isChanged) form.dispatchEvent(new Event("kept"));
      } else {
        isChanged = true;
        say(`没有存为草稿：${answer.message}`, true);
      }
    } catch {
      isChanged = true;
      say("暂时连不上服务器，最近的填写还没有存为草稿，稍后自动重试。", true);
      later(AGAIN);
    } finally {
      isBusy = false;
    }
  }
  function lengthOf() {
    return [...new FormData(form).values()].reduce((sum, value) => sum + 3 * value.length + 120, 0);
  }

  const change = () => { isChanged = true; later(PAUSE); };
  form.addEventListener("input", change);
  form.addEventListener("change", change);
  form.addEventListener("submit", (event) => { if (!event.defaultPrevented) { isSent = true; window.clearTimeout(timer); } });
  window.addEventListener("pageshow", () => { isSent = false; });
  window.addEventListener("focus", () => { if (isChanged) later(PAUSE / 3); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save({ isLeaving: true }); });
}

document.querySelectorAll("form[data-keys]").forEach(startKeys);
document.querySelectorAll("form[data-draft]").forEach(startDraft);

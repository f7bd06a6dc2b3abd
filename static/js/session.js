/* One line of warning two minutes before the session ends; what was typed on the page is never lost.
   Typing keeps the session alive. Before a form is sent, the server is asked whether the session is still there
   and still its user's: if not, nothing is sent. The user signs in anew in another window; the forms of this
   page then get the new token and can be saved. */

const WARN_AT = 120;
const PING_AFTER = 5 * 60;
const TICK = 10_000;
const LONGEST_ANSWER = 15_000;

/* Whether a form of this page may be sent now; when not, the page says why. Scripts that send a form by
   themselves ask it first. Pages without a session have nothing to lose. */
export let maySend = async () => true;
/* The same for what is kept aside while the user types on: the bar says it, and nothing is scrolled to. Null when
   the server does not answer. */
export let isSignedIn = async () => true;

export function startSession(body) {
  const { session: address, user } = body.dataset;
  let endsAt = Date.now() + Number(body.dataset.left) * 1000;
  let isLast = "last" in body.dataset;
  let stranger = "";
  let isSilent = false;
  let askedAt = Date.now();
  let typedAt = 0;
  let said = "";
  const bar = document.createElement("p");
  bar.className = "session-bar";
  bar.setAttribute("role", "alert");
  bar.hidden = true;
  body.prepend(bar);

  const isOver = () => endsAt <= Date.now();
  const isNearEnd = () => endsAt - Date.now() <= WARN_AT * 1000;

  function tokens() {
    return document.querySelectorAll('input[name="csrf_token"]');
  }

  /* Ask how long the session lives; a POST keeps it alive. Throws when there is no answer. */
  async function ask(method) {
    askedAt = Date.now();
    const form = new FormData();
    form.set("csrf_token", tokens()[0]?.value || "");
    const response = await fetch(address, {
      method,
      headers: { Accept: "application/json" },
      redirect: "manual",
      body: method === "POST" ? form : undefined,
      signal: AbortSignal.timeout(LONGEST_ANSWER),
    });
    // That the server is busy says nothing of the session.
    if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
    // The token is of a session before: the user has signed in anew elsewhere.
    if (method === "POST" && response.status === 400) return ask("GET");
    const state = response.ok ? await response.json() : { left: 0 };
    stranger = state.left > 0 && state.user !== user ? state.user : "";
    if (state.left > 0 && !stranger) {
      endsAt = Date.now() + state.left * 1000;
      isLast = state.is_last;
      tokens().forEach((input) => { input.value = state.csrf_token; });
    } else {
      endsAt = Math.min(endsAt, Date.now());
    }
    return undefined;
  }

  function signIn(label) {
    const link = document.createElement("a");
    link.href = body.dataset.login;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = label;
    return link;
  }

  function stay() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "as-link";
    button.textContent = "继续使用";
    button.addEventListener("click", () => refresh("POST"));
    return button;
  }

  /* What the bar says now: sentences, with the link or button among them. */
  function words() {
    const minutes = Math.ceil((endsAt - Date.now()) / 60_000);
    const kept = "本页已填写的内容仍然保留：请";
    if (isSilent) return ["服务器暂时没有回应，没有提交。本页已填写的内容仍然保留，请稍后再试。"];
    if (stranger) return [`现在登录的是另一用户“${stranger}”，不能以其名义提交。${kept}`, signIn(`在新窗口以“${user}”登录`), "，再回到本页保存。"];
    if (isOver()) return [`${isLast ? "本次登录已满12小时，须重新登录。" : "登录已过期。"}${kept}`, signIn("在新窗口重新登录"), "，再回到本页保存。"];
    if (!isNearEnd()) return [];
    if (isLast) return [`本次登录将满12小时，${minutes}分钟内自动退出，届时须重新登录。请先保存，或`, signIn("在新窗口重新登录"), "，本页已填写的内容仍然保留。"];
    return [`您较长时间没有操作，将在${minutes}分钟内自动退出。`, stay()];
  }

  /* What is said already is not said again: it would be read aloud at each tick. */
  function show() {
    const parts = words();
    const text = parts.map((part) => part.textContent ?? part).join("");
    if (text === said) return;
    said = text;
    bar.replaceChildren(...parts);
    bar.hidden = !text;
  }

  async function refresh(method) {
    try {
      await ask(method);
      isSilent = false;
    } catch {
      /* The network is down, or the server busy, for a moment: the next tick asks again. */
    }
    show();
  }

  function tick() {
    const now = Date.now();
    if (!isOver() && typedAt > askedAt && now - askedAt > PING_AFTER * 1000) {
      refresh("POST");
    } else if (isSilent || (!isOver() && isNearEnd() && now - askedAt > TICK)) {
      // Another window may have kept the session alive.
      refresh("GET");
    } else {
      show();
    }
  }

  isSignedIn = async () => {
    try {
      await ask("GET");
      isSilent = false;
    } catch {
      isSilent = true;
    }
    show();
    return isSilent ? null : !isOver();
  };
  maySend = async () => {
    if (await isSignedIn()) return true;
    bar.scrollIntoView();
    return false;
  };

  body.addEventListener("input", () => { typedAt = Date.now(); });
  const lookAgain = () => { if (!document.hidden && (stranger || isNearEnd())) refresh("GET"); };
  document.addEventListener("visibilitychange", lookAgain);
  window.addEventListener("focus", lookAgain);

  /* Before all other listeners: they see a form only when it may be sent. */
  let asked = null;
  let passed = null;
  window.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    // A form that asks its user first (confirm.js) asks here by itself, when it has its answer; one that its own
    // script will not send (import.js) has nothing to ask.
    if (form === passed || form.method !== "post" || "confirm" in form.dataset || "refused" in form.dataset) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asked) return;
    asked = form;
    const isAllowed = await maySend();
    asked = null;
    if (!isAllowed) return;
    passed = form;
    try { form.requestSubmit(submitter); } finally { passed = null; }
  }, true);

  show();
  window.setInterval(tick, TICK);
}

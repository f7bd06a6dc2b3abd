/* One line of warning two minutes before the session ends; what was typed on the page is never lost.
   Typing keeps the session alive. When it has ended, the user signs in anew in another window; the forms of
   this page then get the new token and can be saved. */

const WARN_AT = 120;
const PING_AFTER = 5 * 60;
const TICK = 10_000;

export function startSession(body) {
  const address = body.dataset.session;
  let endsAt = Date.now() + 30 * 60_000;
  let askedAt = Date.now();
  let typedAt = 0;
  let isOver = false;
  const bar = document.createElement("p");
  bar.className = "session-bar";
  bar.setAttribute("role", "alert");
  bar.hidden = true;
  body.prepend(bar);

  function tokens() {
    return document.querySelectorAll('input[name="csrf_token"]');
  }

  async function ask(method) {
    askedAt = Date.now();
    const form = new FormData();
    form.set("csrf_token", tokens()[0]?.value || "");
    const response = await fetch(address, {
      method,
      headers: { Accept: "application/json" },
      redirect: "manual",
      body: method === "POST" ? form : undefined,
    });
    // That the server is busy says nothing of the session.
    if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
    if (!response.ok) return null;
    const state = await response.json();
    if (state.user !== body.dataset.user) return null;
    endsAt = Date.now() + state.left * 1000;
    tokens().forEach((input) => { input.value = state.csrf_token; });
    return state;
  }

  function link(label, href) {
    const made = document.createElement("a");
    made.href = href;
    made.target = "_blank";
    made.rel = "noopener";
    made.textContent = label;
    return made;
  }

  function stay() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "as-link";
    button.textContent = "继续使用";
    button.addEventListener("click", () => refresh("POST"));
    return button;
  }

  function show() {
    const left = Math.ceil((endsAt - Date.now()) / 1000);
    if (left > WARN_AT) {
      isOver = false;
      bar.hidden = true;
    } else if (left > 0) {
      bar.replaceChildren(`您较长时间没有操作，将在${Math.ceil(left / 60)}分钟内自动退出。`, stay());
      bar.hidden = false;
    } else if (!isOver) {
      isOver = true;
      bar.replaceChildren(
        "登录已过期。本页已填写的内容仍然保留：请",
        link("在新窗口重新登录", body.dataset.login),
        "，再回到本页保存。",
      );
      bar.hidden = false;
    }
  }

  async function refresh(method) {
    try {
      if ((await ask(method)) === null) endsAt = Math.min(endsAt, Date.now());
    } catch {
      /* The network is down, or the server busy, for a moment: the next tick asks again. */
    }
    show();
  }

  function tick() {
    const now = Date.now();
    if (!isOver && typedAt > askedAt && now - askedAt > PING_AFTER * 1000) {
      refresh("POST");
    } else if (!isOver && endsAt - now <= WARN_AT * 1000 && now - askedAt > TICK) {
      // Another window may have kept the session alive.
      refresh("GET");
    } else {
      show();
    }
  }

  body.addEventListener("input", () => { typedAt = Date.now(); });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && (isOver || endsAt - Date.now() <= WARN_AT * 1000)) refresh("GET");
  });
  window.addEventListener("focus", () => { if (isOver) refresh("GET"); });
  body.addEventListener("submit", (event) => {
    if (!isOver || event.target.method !== "post") return;
    event.preventDefault();
    event.stopPropagation();
    bar.scrollIntoView();
  }, true);
  window.setInterval(tick, TICK);
}

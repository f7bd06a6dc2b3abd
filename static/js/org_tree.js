import { make } from "./dom.js";

/* The tree of organisations beside the grid. Nodes are asked for when they are unfolded, 20 at a time; what is
   unfolded is remembered for the account while the browser's tab lives. A link shows the list of one subtree. */

const PLACEHOLDER = "2147483647";
/* What was left unfolded long ago is not worth the questions. */
const MOST_OPEN = 12;

export function startOrgTree(panel) {
  const root = panel.querySelector("[data-org-tree]");
  const folder = panel.querySelector("[data-org-fold]");
  const memory = ["org", document.body.dataset.user].join(":");
  const kept = JSON.parse(sessionStorage.getItem(memory) || "{}");
  const open = new Set(kept.open || []);

  function keep() {
    sessionStorage.setItem(memory, JSON.stringify({ open: [...open].slice(-MOST_OPEN), folded: panel.classList.contains("is-folded") }));
  }

  async function ask(above, after) {
    const url = new URL(panel.dataset.org, window.location.href);
    if (above) url.searchParams.set("above", above);
    if (after) url.searchParams.set("after", after);
    /* Going on to another page breaks off what was asked. */
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    return answer && answer.ok ? answer.json().catch(() => null) : null;
  }

  function node([key, name, isBureau, hasBelow]) {
    const link = make("a", { href: panel.dataset.list.replace(PLACEHOLDER, key), title: name, tabindex: "-1", role: "treeitem", "data-key": key }, name);
    const fold = make("button", { type: "button", class: "org-fold", tabindex: "-1", "aria-hidden": "true" });
    const item = make("li", { role: "none", class: isBureau ? "is-bureau" : "is-healthcare" }, make("div", { class: "org-node" }, fold, link));
    if (key === panel.dataset.chosen) { link.classList.add("is-chosen"); link.setAttribute("aria-current", "true"); }
    if (hasBelow) {
      link.setAttribute("aria-expanded", "false");
      fold.textContent = "▸";
      fold.addEventListener("click", () => { toggle(item); focus(link); });
    } else fold.disabled = true;
    return item;
  }

  async function fill(list, above, after) {
    const found = await ask(above, after);
    list.querySelector(":scope > .org-note")?.remove();
    if (!found) { list.append(make("li", { class: "org-note" }, "未能加载，请刷新页面。")); return; }
    const items = found.nodes.map(node);
    list.append(...items);
    if (found.more) {
      const more = make("button", { type: "button", class: "as-link org-more", tabindex: "-1" }, "更多…");
      const note = make("li", { class: "org-note", role: "none" }, more);
      more.addEventListener("click", async () => {
        more.disabled = true;
        await fill(list, above, found.nodes.at(-1)[0]);
        focus(list.querySelectorAll(":scope > li > .org-node a")[list.dataset.count] || links()[0]);
        list.dataset.count = list.querySelectorAll(":scope > li > .org-node").length;
      });
      list.append(note);
    }
    if (!list.dataset.count) list.dataset.count = items.length;
    await Promise.all(items.filter((item) => open.has(linkOf(item).dataset.key)).map((item) => unfold(item)));
  }

  const linkOf = (item) => item.querySelector(":scope > .org-node > a");
  const isOpen = (item) => linkOf(item).getAttribute("aria-expanded") === "true";

  async function unfold(item) {
    const link = linkOf(item);
    if (link.getAttribute("aria-expanded") !== "false") return;
    link.setAttribute("aria-expanded", "true");
    item.querySelector(".org-fold").textContent = "▾";
    open.add(link.dataset.key);
    keep();
    let list = item.querySelector(":scope > ul");
    if (list) { list.hidden = false; return; }
    list = make("ul", { role: "group" });
    item.append(list);
    await fill(list, link.dataset.key);
  }

  function foldUp(item) {
    linkOf(item).setAttribute("aria-expanded", "false");
    item.querySelector(".org-fold").textContent = "▸";
    item.querySelector(":scope > ul").hidden = true;
    open.delete(linkOf(item).dataset.key);
    keep();
  }

  function toggle(item) { return isOpen(item) ? foldUp(item) : unfold(item); }

  const links = () => [...root.querySelectorAll("a, .org-more")].filter((link) => link.offsetParent);

  function focus(link) {
    if (!link) return;
    root.querySelectorAll("[tabindex='0']").forEach((other) => { other.tabIndex = -1; });
    link.tabIndex = 0;
    link.focus();
  }

  root.addEventListener("keydown", (event) => {
    const shown = links();
    const at = shown.indexOf(document.activeElement);
    if (at < 0) return;
    const item = shown[at].matches("a") ? shown[at].closest("li") : null;
    const state = item ? linkOf(item).getAttribute("aria-expanded") : null;
    const moves = { ArrowDown: shown[at + 1], ArrowUp: shown[at - 1], Home: shown[0], End: shown.at(-1) };
    if (event.key in moves) focus(moves[event.key]);
    else if (event.key === "ArrowRight" && state === "false") unfold(item);
    else if (event.key === "ArrowRight" && state === "true") focus(shown[at + 1]);
    else if (event.key === "ArrowLeft" && state === "true") foldUp(item);
    else if (event.key === "ArrowLeft") focus(shown[at].closest("ul").closest("li")?.querySelector("a"));
    else return;
    event.preventDefault();
  });

  function showPanel(isFolded) {
    panel.classList.toggle("is-folded", isFolded);
    folder.textContent = isFolded ? "»" : "«";
    folder.setAttribute("aria-expanded", String(!isFolded));
    if (!isFolded && !root.childElementCount) start();
  }

  async function start() {
    await fill(root, "");
    const first = root.querySelector(".is-chosen") || root.querySelector("a");
    if (first) first.tabIndex = 0;
    /* An institution without any below it needs no tree. */
    panel.hidden = !root.childElementCount;
  }

  folder.addEventListener("click", () => { showPanel(!panel.classList.contains("is-folded")); keep(); });
  showPanel(Boolean(kept.folded));
}

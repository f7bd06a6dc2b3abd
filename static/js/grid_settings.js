/* What a grid remembers of its user: columns, filter and page size; and the link to what it shows. */

/* 列设置: a dialog with a check box for each column and buttons that change their order. */
export function startColumns(grid) {
  const button = grid.querySelector("[data-columns]");
  const dialog = grid.querySelector("[data-columns-dialog]");
  if (!button || !dialog) return;
  const list = dialog.querySelector("ul");
  button.addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-columns-cancel]").addEventListener("click", () => dialog.close());
  list.addEventListener("click", (event) => {
    const mover = event.target.closest("[data-move]");
    if (!mover) return;
    const item = mover.closest("li");
    const other = mover.dataset.move === "1" ? item.nextElementSibling : item.previousElementSibling;
    if (!other) return;
    if (mover.dataset.move === "1") other.after(item); else other.before(item);
    mover.focus();
    item.scrollIntoView({ block: "nearest" });
  });
}

/* Where in a list its reader narrows, sorts or sizes it. */
const OWN_ACTS = "form.filters a, table.grid thead a, .sizes a, [data-org] a";

/* Tell the server what this address asks for, when that is news and the reader has asked for it in this list: a link
   that was opened, a colleague's or one of the platform's own, is a passing view. Showing a list writes nothing. */
export function remember(grid, form) {
  const mark = ["acted", document.body.dataset.user, window.location.pathname].join(":");
  const isOwnAct = sessionStorage.getItem(mark) === "yes";
  sessionStorage.removeItem(mark);
  const note = () => sessionStorage.setItem(mark, "yes");
  document.querySelectorAll("form.filters").forEach((filters) => filters.addEventListener("submit", note));
  document.addEventListener("click", (event) => {
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button;
    if (event.target.closest(OWN_ACTS) && !opensElsewhere) note();
  });
  if (!grid.dataset.remember || !isOwnAct) return;
  const body = new URLSearchParams({ act: "remember", query: window.location.search.slice(1), csrf_token: form.elements.csrf_token.value });
  fetch(grid.dataset.remember, { method: "POST", body, keepalive: true }).catch(() => {});
}

/* 复制链接: the address of the list as it is filtered, for a colleague. */
export function startCopy(grid) {
  const button = grid.querySelector("[data-copy]");
  if (!button || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(new URL(button.dataset.copy, window.location.href).href);
    button.textContent = "已复制";
    window.setTimeout(() => { button.textContent = "复制链接"; }, 2000);
  });
}

/* A filter with several values: says what is checked, closes when one clicks elsewhere. */
export function startMulti(details) {
  const summary = details.querySelector("summary");
  details.addEventListener("change", () => {
    const chosen = [...details.querySelectorAll("input:checked")].map((box) => box.parentElement.textContent.trim());
    summary.textContent = chosen.join("、") || details.dataset.multi;
  });
  details.addEventListener("keydown", (event) => { if (event.key === "Escape") { details.open = false; summary.focus(); } });
  document.addEventListener("click", (event) => { if (!details.contains(event.target)) details.open = false; });
}

import { ask } from "./dialog.js";
import { remember, startColumns, startCopy } from "./grid_settings.js";
import { startKeyword } from "./personal_numbers.js";
import { showAnewWhenChanged } from "./other_window.js";
import { maySend } from "./session.js";

/* The grid: picking rows, the toolbar over them, the dialog that asks before an act. */

/* Stands for the key of a row in addresses that the server has built; greater than any key in use. */
const PLACEHOLDER = "2147483647";
const MOST_NOTES = 5;
const MOST_NAMES = 5;

/* A click picks one row, Ctrl or the check box adds, a double click or Enter opens. On the page of one record
   (data-fixed) that record is picked for good. */
export function startGrid(grid) {
  const rows = [...grid.querySelectorAll("tbody tr[data-key]")];
  const all = grid.querySelector("[data-all]");
  const form = grid.querySelector("#action-form");
  const box = (row) => row.querySelector("input[name=rowid]");
  const picked = () => rows.filter((row) => box(row).checked);

  /* What one row makes of a button: another label, another question, the answer that confirms it, what was seen of it. */
  const asks = (row, name) => JSON.parse(row.dataset.asks || "{}")[name] || {};
  const own = (chosen, name) => (chosen.length === 1 && asks(chosen[0], name)) || {};
  grid.querySelectorAll(".tool[data-action]").forEach((tool) => { tool.dataset.label = tool.textContent; });

  function refresh() {
    const chosen = picked();
    grid.querySelectorAll(".tool[data-action]").forEach((tool) => { tool.textContent = own(chosen, tool.dataset.action).label || tool.dataset.label; });
    rows.forEach((row) => row.classList.toggle("is-picked", box(row).checked));
    if (all) all.checked = rows.length > 0 && chosen.length === rows.length;
    grid.querySelectorAll(".tool[data-needs]").forEach((tool) => {
      const { needs, action = tool.dataset.act } = tool.dataset;
      const unfit = action && chosen.find(({ dataset }) => "acts" in dataset && !dataset.acts.split(" ").includes(action));
      tool.disabled = (needs === "one" && chosen.length !== 1) || (needs === "some" && chosen.length === 0) || Boolean(unfit);
      tool.title = unfit ? `“${unfit.dataset.name}”现在不能${tool.textContent}` : "";
    });
    grid.querySelector("[data-selected]").textContent = chosen.length > 1 ? `已选 ${chosen.length} 条` : "";
    if (!fixed) sessionStorage.setItem(memory, JSON.stringify(chosen.map((row) => row.dataset.key)));
  }

  function pickOnly(row) {
    rows.forEach((other) => { box(other).checked = other === row; });
    refresh();
  }

  function open(row) {
    if (grid.dataset.open) window.location.assign(grid.dataset.open.replace(PLACEHOLDER, row.dataset.key));
  }

  /* Who signs in next at the same desk finds nothing picked. */
  const memory = ["picked", document.body.dataset.user, window.location.pathname].join(":");
  const before = new Set(JSON.parse(sessionStorage.getItem(memory) || "[]"));
  const fixed = "fixed" in grid.dataset;
  if (!fixed) rows.forEach((row) => { box(row).checked = before.has(row.dataset.key); });

  if (!fixed) rows.forEach((row) => {
    row.addEventListener("click", (event) => {
      if (event.target.matches("input")) { refresh(); return; }
      if (event.ctrlKey || event.metaKey) { box(row).checked = !box(row).checked; refresh(); } else pickOnly(row);
      row.focus();
    });
    row.addEventListener("dblclick", () => open(row));
    row.addEventListener("keydown", (event) => {
      const index = rows.indexOf(row);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && rows[index + step]) { event.preventDefault(); rows[index + step].focus(); pickOnly(rows[index + step]); }
      if (event.key === "Enter" && event.target === row) { event.preventDefault(); open(row); }
      if (event.key === " " && event.target === row) { event.preventDefault(); box(row).checked = !box(row).checked; refresh(); }
    });
  });
  if (rows[0]) rows[0].tabIndex = 0;
  if (all) all.addEventListener("change", () => { rows.forEach((row) => { box(row).checked = all.checked; }); refresh(); });

  grid.querySelectorAll(".tool[data-link]").forEach((tool) => tool.addEventListener("click", () => {
    const row = picked()[0];
    if (row) window.location.assign(tool.dataset.link.replace(PLACEHOLDER, row.dataset.key));
  }));
  grid.querySelectorAll(".tool[data-action], .tool[data-switch]").forEach((tool) => tool.addEventListener("click", async () => {
    const act = actOf(tool, picked(), asks);
    const names = namesFor(picked(), act, asks);
    const shown = names.length > 8 ? names.slice(0, 8).join("、") + ` 等 ${names.length} 条` : names.join("、");
    const special = own(picked(), act.name);
    const question = (special.question || act.question).replace("{rows}", shown);
    const reason = await ask(grid, act, [question, ...notesOf(picked(), act)].join("\n"));
    if (reason === null || !(await maySend())) return;
    if (form.elements.answer) form.elements.answer.value = special.answer || "";
    if (form.elements.seen) form.elements.seen.value = picked().map((row) => asks(row, act.name).seen).filter(Boolean).join(" ");
    form.elements.action.value = act.name;
    form.elements.reason.value = reason;
    form.target = "window" in tool.dataset ? "_blank" : "";
    form.submit();
    if (form.target) showAnewWhenChanged();
  }));
  startColumns(grid);
  startCopy(grid);
  grid.querySelectorAll("form.filters").forEach((filters) => startKeyword(filters, form));
  remember(grid, form);
  form.addEventListener("submit", (event) => { if (!form.elements.action.value) event.preventDefault(); });
  refresh();
}

/* The names of rows as a dialog lists them: what has something said beside it comes first. */
function namesFor(rows, act, asks) {
  const aside = (row) => asks(row, act.name).aside;
  const said = rows.filter(aside).map((row) => `${row.dataset.name}（${aside(row)}）`);
  return [...said, ...rows.filter((row) => !aside(row)).map((row) => row.dataset.name)];
}

/* What rows say of an act before it is done; of many the first few. */
function notesOf(rows, act) {
  const notes = act.isRefused ? [] : rows.map((row) => JSON.parse(row.dataset.asks || "{}")[act.name]?.note).filter(Boolean);
  return notes.length > MOST_NOTES ? [...notes.slice(0, MOST_NOTES), `……等 ${notes.length} 条`] : notes;
}

/* The names of rows; of many the first few, and how many there are besides. */
function namesOf(rows) {
  const names = rows.slice(0, MOST_NAMES).map((row) => row.dataset.name).join("、");
  return rows.length > MOST_NAMES ? `${names}，另有 ${rows.length - MOST_NAMES} 家` : names;
}

/* What a button means for the picked rows. A switch means one of two acts, by their state; when they differ, or
   one of them refuses the act, it means none, and the dialog says so. */
function actOf(tool, rows, asks) {
  const isDanger = tool.classList.contains("is-danger");
  const act = (prefix) => {
    const read = (name) => tool.dataset[prefix ? prefix + name[0].toUpperCase() + name.slice(1) : name];
    return { name: read("action"), title: prefix ? read("title") : tool.textContent.trim(), question: read("confirm"), reason: read("reason"), isDanger };
  };
  const state = tool.dataset.switch;
  if (!state) return act("");
  const isOn = (row) => (row.dataset.state || "").split(" ").includes(state);
  const [on, off] = [rows.filter(isOn), rows.filter((row) => !isOn(row))];
  if (on.length && off.length) {
    const question = tool.dataset.mixed.replace("{on}", () => namesOf(on)).replace("{off}", () => namesOf(off));
    return { title: tool.textContent.trim(), question, isRefused: true };
  }
  const meant = act(on.length ? "on" : "off");
  const refusal = rows.map((row) => asks(row, meant.name).refusal).find(Boolean);
  return refusal ? { title: meant.title, question: refusal, isRefused: true } : meant;
}

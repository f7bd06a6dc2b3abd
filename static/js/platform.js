"use strict";

/* The one script of the panel. Pages work by links and forms; this adds selection, dialogs, drop-down trees,
   look-ups and rows that can be added. It writes no markup from data: text goes in as text. */

/* Stands for the key of a row in addresses that the server has built; greater than any key in use. */
const PLACEHOLDER = "2147483647";

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-grid]").forEach(startGrid);
  document.querySelectorAll("select[data-tree]").forEach(startTreeSelect);
  document.querySelectorAll("[data-lookup]").forEach(startLookup);
  document.querySelectorAll("[data-rows]").forEach(startRows);
  document.querySelectorAll("[data-shows-when]").forEach(startDependent);
  document.querySelectorAll("form[data-guard]").forEach(startGuard);
  document.querySelectorAll("[data-copies-to]").forEach(startDerived);
  document.querySelectorAll("[data-checklist]").forEach(startChecklist);
  const wrong = document.querySelector(".is-wrong input, .is-wrong select, .is-wrong textarea");
  if (wrong) wrong.focus();
});

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/* On the page of one record (data-fixed) that record is picked for good. */
/* Grid: a click picks one row, Ctrl or the check box adds, a double click or Enter opens. */
function startGrid(grid) {
  const rows = [...grid.querySelectorAll("tbody tr[data-key]")];
  const all = grid.querySelector("[data-all]");
  const form = grid.querySelector("#action-form");
  const box = (row) => row.querySelector("input[name=rowid]");
  const picked = () => rows.filter((row) => box(row).checked);

  function refresh() {
    const chosen = picked();
    rows.forEach((row) => row.classList.toggle("is-picked", box(row).checked));
    if (all) all.checked = rows.length > 0 && chosen.length === rows.length;
    grid.querySelectorAll(".tool[data-needs]").forEach((tool) => {
      const needs = tool.dataset.needs;
      tool.disabled = (needs === "one" && chosen.length !== 1) || (needs === "some" && chosen.length === 0);
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

  const memory = "picked:" + window.location.pathname;
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
  grid.querySelectorAll(".tool[data-action]").forEach((tool) => tool.addEventListener("click", async () => {
    const names = picked().map((row) => row.dataset.name);
    const shown = names.length > 8 ? names.slice(0, 8).join("、") + ` 等 ${names.length} 条` : names.join("、");
    const reason = await ask(grid, tool, tool.dataset.confirm.replace("{rows}", shown));
    if (reason === null) return;
    form.elements.action.value = tool.dataset.action;
    form.elements.reason.value = reason;
    form.target = "window" in tool.dataset ? "_blank" : "";
    form.submit();
    if (form.target) window.setTimeout(() => window.location.reload(), 1500);
  }));
  form.addEventListener("submit", (event) => { if (!form.elements.action.value) event.preventDefault(); });
  refresh();
}

/* Ask before acting; gives the reason (or "") when confirmed, null when not. */
function ask(grid, tool, question) {
  const dialog = grid.querySelector("[data-dialog]");
  const part = (name) => dialog.querySelector(`[data-dialog-${name}]`);
  const area = part("reason").querySelector("textarea");
  part("title").textContent = tool.textContent.trim();
  part("question").textContent = question;
  part("reason").hidden = !tool.dataset.reason;
  part("reason").querySelector("span").textContent = tool.dataset.reason;
  part("hint").hidden = true;
  part("confirm").classList.toggle("is-danger", tool.classList.contains("is-danger"));
  area.value = "";
  dialog.showModal();
  (tool.dataset.reason ? area : part("confirm")).focus();
  return new Promise((resolve) => {
    const finish = (answer) => { dialog.close(); resolve(answer); };
    part("cancel").onclick = () => finish(null);
    dialog.oncancel = () => resolve(null);
    part("confirm").onclick = () => {
      if (tool.dataset.reason && !area.value.trim()) {
        part("hint").textContent = `请填写${tool.dataset.reason}。`;
        part("hint").hidden = false;
        area.focus();
        return;
      }
      finish(area.value.trim());
    };
  });
}

/* A select whose options name the one above them becomes a tree with a search box. */
function startTreeSelect(select) {
  const options = [...select.options];
  const button = make("button", { type: "button", "aria-haspopup": "tree", "aria-expanded": "false" });
  const search = make("input", { type: "search", placeholder: "输入名称查找", "aria-label": "查找" });
  const list = make("ul", { role: "tree" });
  const popup = make("div", { class: "tree-popup", hidden: "" }, search, list);
  const frame = make("span", { class: "tree-select" }, button, popup);
  const items = new Map();
  if (select.id) { button.id = select.id + "-button"; }

  options.forEach((option) => {
    const choice = make("button", { type: "button", class: "choice", role: "treeitem" }, option.textContent.trim());
    const node = make("div", { class: "node" }, make("button", { type: "button", class: "fold", tabindex: "-1", "aria-label": "展开或收起" }), choice);
    const item = make("li", {}, node);
    choice.addEventListener("click", () => { select.value = option.value; close(); select.dispatchEvent(new Event("change", { bubbles: true })); });
    items.set(option.value, { option, item, choice, children: null });
  });
  items.forEach((entry) => {
    const above = items.get(entry.option.dataset.above || "\0");
    if (!above) { list.append(entry.item); return; }
    if (!above.children) {
      above.children = make("ul", { role: "group", hidden: "" });
      above.item.append(above.children);
      const fold = above.item.querySelector(".fold");
      fold.textContent = "▸";
      fold.addEventListener("click", () => { above.children.hidden = !above.children.hidden; fold.textContent = above.children.hidden ? "▸" : "▾"; });
    }
    above.children.append(entry.item);
  });

  function show() {
    const option = select.selectedOptions[0];
    button.textContent = option ? option.textContent.trim() : "";
    items.forEach((entry, value) => entry.choice.setAttribute("aria-selected", String(value === select.value)));
  }
  function unfold(value) {
    for (let above = items.get(value)?.option.dataset.above; above; above = items.get(above)?.option.dataset.above) {
      const entry = items.get(above);
      if (!entry || !entry.children) break;
      entry.children.hidden = false;
      entry.item.querySelector(".fold").textContent = "▾";
    }
  }
  function open() { popup.hidden = false; button.setAttribute("aria-expanded", "true"); unfold(select.value); search.value = ""; filter(); search.focus(); }
  function close() { popup.hidden = true; button.setAttribute("aria-expanded", "false"); show(); button.focus(); }
  function filter() {
    const word = search.value.trim();
    items.forEach((entry) => { entry.item.hidden = Boolean(word); });
    if (!word) return;
    items.forEach((entry, value) => {
      if (!entry.option.textContent.includes(word)) return;
      entry.item.hidden = false;
      unfold(value);
      for (let above = entry.option.dataset.above; above; above = items.get(above)?.option.dataset.above) {
        if (!items.get(above)) break;
        items.get(above).item.hidden = false;
      }
    });
  }
  button.addEventListener("click", () => (popup.hidden ? open() : close()));
  search.addEventListener("input", filter);
  popup.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); return; }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const shown = [...popup.querySelectorAll(".choice")].filter((choice) => choice.offsetParent);
      const next = shown[shown.indexOf(document.activeElement) + step];
      if (next) next.focus();
    }
    if (event.key === "Enter" && event.target === search) {
      event.preventDefault();
      const first = [...popup.querySelectorAll(".choice")].find((choice) => choice.offsetParent && choice.textContent.includes(search.value.trim()));
      if (first) first.click();
    }
  });
  document.addEventListener("click", (event) => { if (!popup.hidden && !frame.contains(event.target)) { popup.hidden = true; button.setAttribute("aria-expanded", "false"); } });
  select.hidden = true;
  select.after(frame);
  select.addEventListener("change", show);
  show();
}

/* A text box that looks names up; a hidden box beside it holds the key of what was picked. */
function startLookup(input) {
  const key = document.getElementById(input.dataset.keyField);
  const list = make("ul", { class: "lookup-list", role: "listbox", hidden: "" });
  const frame = make("div", { class: "lookup" });
  let asked = 0;
  let timer = 0;
  input.replaceWith(frame);
  frame.append(input, list);
  input.setAttribute("autocomplete", "off");
  input.setAttribute("role", "combobox");

  async function look() {
    const number = ++asked;
    const url = new URL(input.dataset.lookup, window.location.href);
    url.searchParams.set("query", input.value.trim());
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok || number !== asked) return;
    const found = await answer.json();
    list.replaceChildren(...found.map(([value, label]) => {
      const item = make("li", { role: "option", "aria-selected": "false" }, label);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(value, label); });
      item.dataset.value = value;
      return item;
    }));
    if (!found.length) list.append(make("li", { class: "none" }, "没有找到"));
    list.hidden = false;
  }
  function choose(value, label) { key.value = value; input.value = label; list.hidden = true; }
  input.addEventListener("input", () => { key.value = ""; window.clearTimeout(timer); timer = window.setTimeout(look, 150); });
  input.addEventListener("focus", () => { if (!key.value) look(); });
  input.addEventListener("blur", () => { list.hidden = true; });
  input.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("li[data-value]")];
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length) {
      event.preventDefault();
      items.forEach((item) => item.setAttribute("aria-selected", "false"));
      const next = items[(at + step + items.length) % items.length];
      next.setAttribute("aria-selected", "true");
      next.scrollIntoView({ block: "nearest" });
    }
    if (event.key === "Enter" && !list.hidden && items[at]) { event.preventDefault(); choose(items[at].dataset.value, items[at].textContent); }
    if (event.key === "Escape") list.hidden = true;
  });
}

/* Rows of a form that can be added and removed; names carry the row's number: periods-0-department. */
function startRows(frame) {
  const body = frame.querySelector("tbody");
  const most = Number(frame.dataset.most || 40);
  function renumber() {
    [...body.rows].forEach((row, index) => {
      row.querySelectorAll("[name]").forEach((field) => {
        field.name = field.name.replace(/-\d+-/, `-${index}-`);
        if (field.id) field.id = field.id.replace(/-\d+-/, `-${index}-`);
        if (field.dataset.keyField) field.dataset.keyField = field.dataset.keyField.replace(/-\d+-/, `-${index}-`);
      });
      const number = row.querySelector("[data-row-number]");
      if (number) number.textContent = String(index + 1);
      row.querySelectorAll("[data-remove-row]").forEach((button) => { button.disabled = body.rows.length === 1; });
    });
  }
  frame.addEventListener("click", (event) => {
    if (event.target.closest("[data-remove-row]") && body.rows.length > 1) {
      event.target.closest("tr").remove();
      renumber();
    }
    if (event.target.closest("[data-add-row]") && body.rows.length < most) {
      const copy = body.rows[body.rows.length - 1].cloneNode(true);
      copy.querySelectorAll(".errors").forEach((list) => list.remove());
      copy.querySelectorAll("input, textarea").forEach((field) => { if (!("keeps" in field.dataset)) field.value = ""; });
      body.append(copy);
      renumber();
      copy.querySelectorAll("[data-lookup]").forEach((field) => { field.closest(".lookup")?.replaceWith(field); startLookup(field); });
      copy.querySelector("input:not([type=hidden])")?.focus();
    }
  });
  renumber();
}

/* A part of a form that is shown only while another field has a certain value: "certificate_type=practice". */
function startDependent(part) {
  const [name, value] = part.dataset.showsWhen.split("=");
  const fields = document.querySelectorAll(`[name="${name}"]`);
  function refresh() {
    const chosen = [...fields].find((field) => field.type !== "radio" || field.checked);
    part.hidden = !chosen || chosen.value !== value;
  }
  fields.forEach((field) => field.addEventListener("change", refresh));
  refresh();
}

/* Sex and birth date follow from a mainland ID number while it is typed. */
function startDerived(input) {
  const [born, gender] = input.dataset.copiesTo.split(" ").map((id) => document.getElementById(id));
  input.addEventListener("change", () => {
    const text = input.value.trim();
    if (!/^\d{17}[\dXx]$/.test(text)) return;
    if (born && !born.value) born.value = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`;
    if (gender && !gender.value) gender.value = Number(text[16]) % 2 ? "1" : "2";
  });
}

/* Leaving a form with unsaved input asks first; a second submit of the same form does nothing. */
function startGuard(form) {
  let changed = false;
  let sent = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", (event) => { if (sent) event.preventDefault(); sent = true; });
  window.addEventListener("beforeunload", (event) => { if (changed && !sent) event.preventDefault(); });
  window.addEventListener("pageshow", () => { sent = false; });
}

/* A list of check boxes with one for all, and how many are checked. */
function startChecklist(table) {
  const all = table.querySelector("[data-all]");
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];
  const count = table.closest("form").querySelector("[data-checked-count]");
  function refresh() {
    const checked = boxes.filter((box) => box.checked).length;
    all.checked = boxes.length > 0 && checked === boxes.length;
    if (count) count.textContent = `已选 ${checked} 人`;
  }
  all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); refresh(); });
  boxes.forEach((box) => box.addEventListener("change", refresh));
  refresh();
}

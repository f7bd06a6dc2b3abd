/* A select of several whose options name the one above them becomes chips with a tree to choose from. Without
   this script it stays an ordinary list. The page that needs it loads it; it starts by itself. */

import { make } from "./dom.js";

function start(select) {
  const isDisabled = select.matches(":disabled");
  const search = make("input", { type: "text", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off", "data-ignored": "" });
  const chips = make("div", { class: "chips" }, search);
  const list = make("ul", { role: "tree", "aria-multiselectable": "true" });
  const nothing = make("p", { class: "hint tree-nothing", role: "status", hidden: "" }, "没有找到，可换一个词查找。");
  const popup = make("div", { class: "tree-popup", hidden: "" }, list, nothing);
  const frame = make("div", { class: "multi-tree" }, chips, popup);
  const items = new Map();
  search.id = `${select.id}-search`;
  search.placeholder = "输入名称、拼音首字母或代码查找，空格键选中";
  if (isDisabled) { search.hidden = true; frame.classList.add("is-disabled"); }
  document.querySelector(`label[for="${select.id}"]`)?.setAttribute("for", search.id);

  for (const option of select.options) {
    const choice = make("button", { type: "button", class: "choice", role: "treeitem", tabindex: "-1" }, option.textContent.trim());
    const fold = make("button", { type: "button", class: "fold", tabindex: "-1", "aria-label": "展开或收起" });
    const item = make("li", { role: "none" }, make("div", { class: "node" }, fold, choice));
    const entry = { option, item, choice, fold, children: null, above: items.get(option.dataset.above || "\0") };
    items.set(option.value, entry);
    choice.addEventListener("click", () => toggle(entry));
    if (!entry.above) { list.append(item); continue; }
    if (!entry.above.children) {
      const above = entry.above;
      above.children = make("ul", { role: "group", hidden: "" });
      above.item.append(above.children);
      above.fold.addEventListener("click", () => unfold(above, above.children.hidden));
      unfold(above, false);
    }
    entry.above.children.append(item);
  }

  function unfold(entry, isOpen) {
    if (!entry.children) return;
    entry.children.hidden = !isOpen;
    entry.fold.textContent = isOpen ? "▾" : "▸";
    entry.choice.setAttribute("aria-expanded", String(isOpen));
  }
  function toggle(entry) {
    entry.option.selected = !entry.option.selected;
    show();
    select.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function show() {
    chips.querySelectorAll(".chip").forEach((chip) => chip.remove());
    items.forEach((entry) => {
      entry.choice.setAttribute("aria-checked", String(entry.option.selected));
      if (!entry.option.selected) return;
      const name = entry.option.textContent.trim();
      const chip = make("span", { class: "chip" }, name);
      if (!isDisabled) {
        const remove = make("button", { type: "button", "aria-label": `移除${name}` }, "×");
        remove.addEventListener("click", () => { toggle(entry); search.focus(); });
        chip.append(remove);
      }
      search.before(chip);
    });
  }
  /* Whether what was typed finds a choice, and whether it means just this one. */
  const finds = ({ option }, word) => option.textContent.includes(word) || option.value.startsWith(word) || (option.dataset.initials || "").includes(word.toLowerCase());
  const means = ({ option }, word) => [option.value, option.textContent.trim(), option.dataset.initials].includes(word);
  function firstFor(word) {
    const all = [...items.values()];
    return word ? all.find((entry) => means(entry, word)) || all.find((entry) => finds(entry, word)) : undefined;
  }

  function filter() {
    const word = search.value.trim();
    nothing.hidden = !word || Boolean(firstFor(word));
    items.forEach((entry) => { entry.item.hidden = Boolean(word); if (!word) unfold(entry, [...items.values()].some((one) => one.above === entry && one.option.selected)); });
    if (!word) return;
    items.forEach((entry) => {
      if (!finds(entry, word)) return;
      for (let one = entry; one; one = one.above) { one.item.hidden = false; if (one !== entry) unfold(one, true); }
    });
  }
  function open() { if (!popup.hidden) return; popup.hidden = false; search.setAttribute("aria-expanded", "true"); filter(); }
  function close() { popup.hidden = true; search.value = ""; search.setAttribute("aria-expanded", "false"); }
  const shown = () => [...popup.querySelectorAll(".choice")].filter((choice) => choice.offsetParent);
  const focused = () => [...items.values()].find((entry) => entry.choice === document.activeElement);

  search.addEventListener("focus", open);
  search.addEventListener("input", (event) => { event.stopPropagation(); open(); filter(); });
  chips.addEventListener("click", (event) => { if (event.target === chips) search.focus(); else if (event.target === search) open(); });
  frame.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      open();
      const choices = shown();
      const next = choices[choices.indexOf(document.activeElement) + step];
      (next || (step < 0 ? search : document.activeElement)).focus();
      return;
    }
    if (event.key === "Escape" && !popup.hidden) { event.preventDefault(); event.stopPropagation(); search.focus(); close(); return; }
    if (event.target === search) {
      const chosen = [...items.values()].filter((entry) => entry.option.selected);
      if (event.key === "Backspace" && !search.value && chosen.length) { toggle(chosen[chosen.length - 1]); }
      if (event.key === "Enter" && !popup.hidden) {
        event.preventDefault();
        const first = firstFor(search.value.trim());
        if (first) { toggle(first); search.value = ""; filter(); }
      }
      return;
    }
    const entry = focused();
    if (!entry) return;
    if (event.key === "ArrowRight") { event.preventDefault(); unfold(entry, true); }
    if (event.key === "ArrowLeft") { event.preventDefault(); if (entry.children && !entry.children.hidden) unfold(entry, false); else entry.above?.choice.focus(); }
    if (event.key.length === 1 && event.key !== " ") search.focus();
  });
  frame.addEventListener("focusout", (event) => { if (event.relatedTarget && !frame.contains(event.relatedTarget)) close(); });
  document.addEventListener("mousedown", (event) => { if (!frame.contains(event.target)) close(); });
  select.hidden = true;
  select.after(frame);
  show();
}

document.querySelectorAll("select[data-multi-tree]").forEach(start);

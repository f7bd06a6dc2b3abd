import { make } from "./dom.js";

/* A select whose options name the one above them becomes a tree with a search box. */
export function startTreeSelect(select) {
  const options = [...select.options];
  const button = make("button", { type: "button", "aria-haspopup": "tree", "aria-expanded": "false" });
  const search = make("input", { type: "search", placeholder: "输入名称查找", "aria-label": "查找" });
  const list = make("ul", { role: "tree" });
  const popup = make("div", { class: "tree-popup", hidden: "" }, search, list);
  const frame = make("span", { class: "tree-select" }, button, popup);
  const items = new Map();
  if (select.id) {
    button.id = select.id + "-button";
    document.querySelectorAll(`label[for="${select.id}"]`).forEach((label) => { label.htmlFor = button.id; });
  }

  options.forEach((option) => {
    const choice = make("button", { type: "button", class: "choice", role: "treeitem" }, option.textContent.trim());
    const fold = make("button", { type: "button", class: "fold is-leaf", tabindex: "-1", "aria-hidden": "true" }, "▸");
    const node = make("div", { class: "node" }, fold, choice);
    const item = make("li", {}, node);
    choice.addEventListener("click", () => { select.value = option.value; close(); select.dispatchEvent(new Event("change", { bubbles: true })); });
    items.set(option.value, { option, item, choice, fold, children: null });
  });
  items.forEach((entry) => {
    const above = items.get(entry.option.dataset.above || "\0");
    if (!above) { list.append(entry.item); return; }
    if (!above.children) {
      above.children = make("ul", { role: "group", hidden: "" });
      above.item.append(above.children);
      above.choice.setAttribute("aria-expanded", "false");
      above.fold.classList.remove("is-leaf");
      above.fold.addEventListener("click", () => { turn(above, above.children.hidden); above.choice.focus(); });
    }
    above.children.append(entry.item);
  });

  function turn(entry, isOpen) {
    entry.children.hidden = !isOpen;
    entry.fold.textContent = isOpen ? "▾" : "▸";
    entry.choice.setAttribute("aria-expanded", String(isOpen));
  }
  function show() {
    const option = select.selectedOptions[0];
    button.textContent = option ? option.textContent.trim() : "";
    items.forEach((entry, value) => entry.choice.setAttribute("aria-selected", String(value === select.value)));
  }
  function unfold(value) {
    for (let above = items.get(value)?.option.dataset.above; above; above = items.get(above)?.option.dataset.above) {
      const entry = items.get(above);
      if (!entry || !entry.children) break;
      turn(entry, true);
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
    const here = [...items.values()].find((entry) => entry.choice === document.activeElement);
    if (here && event.key === "ArrowRight" && here.children) { event.preventDefault(); turn(here, true); return; }
    if (here && event.key === "ArrowLeft") {
      event.preventDefault();
      const above = items.get(here.option.dataset.above || "\0");
      if (here.children && !here.children.hidden) turn(here, false); else if (above) above.choice.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const shown = [...popup.querySelectorAll(".choice")].filter((choice) => choice.offsetParent);
      const next = shown[shown.indexOf(document.activeElement) + step];
      if (next) next.focus();
    }
    if (event.key === "Enter" && event.target === search) {
      event.preventDefault();
      /* What is called exactly so is meant, even where another name that holds it comes before. */
      const word = search.value.trim();
      const found = [...popup.querySelectorAll(".choice")].filter((choice) => choice.offsetParent && choice.textContent.includes(word));
      (found.find((choice) => choice.textContent.trim() === word) ?? found[0])?.click();
    }
  });
  document.addEventListener("click", (event) => { if (!popup.hidden && !frame.contains(event.target)) { popup.hidden = true; button.setAttribute("aria-expanded", "false"); } });
  select.hidden = true;
  select.after(frame);
  select.addEventListener("change", show);
  show();
}

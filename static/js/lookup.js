import { make } from "./dom.js";

/* A text box that looks names up; a hidden box beside it holds the key of what was picked. */
export function startLookup(input) {
  const key = document.getElementById(input.dataset.keyField);
  const list = make("ul", { class: "lookup-list", role: "listbox", tabindex: "-1", hidden: "" });
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
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const found = await answer.json().catch(() => []);
    if (number !== asked) return;
    list.replaceChildren(...found.map(([value, label]) => {
      const item = make("li", { role: "option", "aria-selected": "false" }, label);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(value, label); });
      item.dataset.value = value;
      return item;
    }));
    if (!found.length) list.append(make("li", { class: "none" }, "没有找到"));
    list.hidden = false;
  }
  function choose(value, label) {
    key.value = value;
    input.value = label;
    list.hidden = true;
    key.dispatchEvent(new Event("change", { bubbles: true }));
  }
  /* An answer that comes after the field was left would cover what is typed next. */
  function leave() {
    window.clearTimeout(timer);
    asked += 1;
    list.hidden = true;
  }
  /* What was picked goes by its key; only what was typed and not picked is sent as it is. */
  if (input.form?.method === "get") input.form.addEventListener("formdata", (event) => { if (key.value) event.formData.delete(input.name); });
  input.addEventListener("input", () => { key.value = ""; window.clearTimeout(timer); timer = window.setTimeout(look, 150); });
  /* The list would cover the sentence that says what is wrong: it opens when something is typed. */
  input.addEventListener("focus", () => { if (!key.value && !frame.closest(".is-wrong, .is-wrong-cell")) look(); });
  input.addEventListener("blur", leave);
  input.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("li[data-value]")];
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden && !key.value) look();
    if (step && items.length) {
      event.preventDefault();
      items.forEach((item) => item.setAttribute("aria-selected", "false"));
      const next = items[(at + step + items.length) % items.length];
      next.setAttribute("aria-selected", "true");
      next.scrollIntoView({ block: "nearest" });
    }
    /* Enter takes what is marked, else the first that was found; with nothing found it leaves the form alone. */
    if (event.key === "Enter" && !list.hidden && items.length) { event.preventDefault(); const item = items[Math.max(at, 0)]; choose(item.dataset.value, item.textContent); }
    if (event.key === "Escape") leave();
  });
}

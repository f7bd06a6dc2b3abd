import { startLookup } from "./lookup.js";

/* Rows of a form that can be added and removed; names carry the row's number: periods-0-department. */
export function startRows(frame) {
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
      row.querySelectorAll("[data-copy-row]").forEach((button) => { button.hidden = index === 0; });
    });
  }
  /* Rows that come and go are a change of the form like any other. */
  function tell() {
    frame.dispatchEvent(new Event("input", { bubbles: true }));
  }
  /* What stays the same from one row to the next, by the order of the fields. */
  function copyFromAbove(row) {
    const above = [...row.previousElementSibling.querySelectorAll("[data-keeps]")];
    [...row.querySelectorAll("[data-keeps]")].forEach((field, place) => { field.value = above[place].value; });
    tell();
  }
  frame.addEventListener("click", (event) => {
    const copied = event.target.closest("[data-copy-row]")?.closest("tr");
    if (copied?.previousElementSibling) copyFromAbove(copied);
    if (event.target.closest("[data-remove-row]") && body.rows.length > 1) {
      event.target.closest("tr").remove();
      renumber();
      tell();
    }
    if (event.target.closest("[data-add-row]") && body.rows.length < most) {
      const copy = body.rows[body.rows.length - 1].cloneNode(true);
      copy.querySelectorAll(".errors").forEach((list) => list.remove());
      copy.querySelectorAll("input, textarea").forEach((field) => { if (!("keeps" in field.dataset)) field.value = ""; });
      body.append(copy);
      renumber();
      copy.querySelectorAll("[data-lookup]").forEach((field) => { field.closest(".lookup")?.replaceWith(field); startLookup(field); });
      tell();
      const fields = [...copy.querySelectorAll("input:not([type=hidden]), textarea")];
      (fields.find((field) => !field.value) ?? fields[0])?.focus();
    }
  });
  renumber();
}

/* A list of check boxes with one for all, and how many are checked. */
export function startChecklist(table) {
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

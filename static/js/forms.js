/* Forms: parts that depend on others, values that follow from others, a guard against losing input. */

/* A part of a form that is shown only while another field has a certain value: "certificate_type=practice". */
export function startDependent(part) {
  const [name, value] = part.dataset.showsWhen.split("=");
  const fields = document.querySelectorAll(`[name="${name}"]`);
  function refresh() {
    const chosen = [...fields].find((field) => field.type !== "radio" || field.checked);
    part.hidden = !chosen || chosen.value !== value;
  }
  fields.forEach((field) => field.addEventListener("change", refresh));
  refresh();
}

/* A part of a form that is shown only once another field differs from what is saved. */
export function startChanged(part) {
  const field = document.getElementById(part.dataset.showsChanged);
  const refresh = () => { part.hidden = field.value.trim() === part.dataset.saved; };
  field.addEventListener("input", refresh);
  refresh();
}

/* Sex and birth date follow from a mainland ID number while it is typed. */
export function startDerived(input) {
  const [born, gender] = input.dataset.copiesTo.split(" ").map((id) => document.getElementById(id));
  input.addEventListener("change", () => {
    const text = input.value.trim();
    if (!/^\d{17}[\dXx]$/.test(text)) return;
    if (born && !born.value) born.value = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`;
    if (gender && !gender.value) gender.value = Number(text[16]) % 2 ? "1" : "2";
  });
}

/* Leaving a form with unsaved input asks first; a second submit of the same form does nothing. */
export function startGuard(form) {
  let changed = false;
  let sent = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", (event) => { if (sent) event.preventDefault(); sent = true; });
  window.addEventListener("beforeunload", (event) => { if (changed && !sent) event.preventDefault(); });
  window.addEventListener("pageshow", () => { sent = false; });
}

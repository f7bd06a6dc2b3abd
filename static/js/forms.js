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

/* Entries of a list that suit what another field says: the others are not offered. */
export function startNarrowed(select) {
  const by = document.querySelector(`[name="${select.dataset.narrowedBy}"]`);
  const narrowed = [...select.options].filter((option) => "fits" in option.dataset);
  function refresh() {
    narrowed.forEach((option) => {
      const fits = !by.value || option.dataset.fits.split(" ").includes(by.value);
      option.hidden = !fits;
      option.disabled = !fits && !option.selected;
    });
  }
  by.addEventListener("change", () => {
    refresh();
    if (select.selectedOptions[0]?.hidden) { select.value = ""; refresh(); }
  });
  refresh();
}

/* Sex and birth date follow from a mainland ID number as one leaves it; what was typed otherwise stays. */
export function startDerived(input) {
  const [born, gender] = input.dataset.copiesTo.split(" ").map((id) => document.getElementById(id));
  let before = ["", ""];
  function derived() {
    const text = input.value.normalize("NFKC").replace(/[\s-]/g, "");
    if (!/^\d{17}[\dXx]$/.test(text)) return ["", ""];
    return [`${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`, Number(text[16]) % 2 ? "1" : "2"];
  }
  before = derived();
  input.addEventListener("change", () => {
    const now = derived();
    [born, gender].forEach((field, place) => {
      if (field && now[place] && (!field.value || field.value === before[place])) field.value = now[place];
    });
    before = now;
  });
}

/* Leaving a form with unsaved input asks first; a second submit of the same form does nothing. */
export function startGuard(form) {
  let changed = false;
  let sent = false;
  form.addEventListener("input", () => { changed = true; });
  /* What is kept as a draft is not lost. */
  form.addEventListener("kept", () => { changed = false; });
  form.addEventListener("submit", (event) => { if (sent) event.preventDefault(); sent = true; });
  window.addEventListener("beforeunload", (event) => { if (changed && !sent) event.preventDefault(); });
  window.addEventListener("pageshow", () => { sent = false; });
}

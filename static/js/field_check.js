/* Fields are checked as the user leaves them: the platform says what is wrong, or what to look into. */

import { make } from "./dom.js";

const BESIDE = ["category_code", "parent_id"];

function startFieldCheck(frame) {
  const form = frame.closest("form");
  frame.querySelectorAll("[data-check-field]").forEach((input) => startOne(frame, form, input));
  form.querySelectorAll("input[type=hidden][data-check-field]").forEach((input) => startOne(frame, form, input));
}

function startOne(frame, form, input) {
  const name = input.dataset.checkField;
  const shown = input.type === "hidden" ? form.querySelector(`[data-key-field="${input.id}"]`) : input;
  const field = shown.closest(".field");
  const answer = make("div", { class: "check", role: "status", "aria-live": "polite", id: `${input.id}-check` });
  let asked = 0;
  if (input.dataset.checkStarted) return;
  input.dataset.checkStarted = "yes";
  field.querySelector(".control").append(answer);

  async function check() {
    const number = ++asked;
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("field", name);
    body.set("value", input.value);
    body.set("id", frame.dataset.checkId);
    /* Category, parent and division must agree, so each is judged beside the others. */
    BESIDE.forEach((other) => { if (form.elements[other]) body.set(other, form.elements[other].value); });
    let verdict;
    try {
      const response = await fetch(frame.dataset.check, { method: "POST", body, headers: { Accept: "application/json" } });
      if (!response.ok) return;
      verdict = await response.json();
    } catch {
      return; // Without an answer the field is checked when the form is saved.
    }
    if (number === asked) show(verdict);
  }

  function show(verdict) {
    field.querySelector(".errors")?.remove();
    field.classList.toggle("is-wrong", Boolean(verdict.error));
    shown.setAttribute("aria-invalid", String(Boolean(verdict.error)));
    shown.setAttribute("aria-describedby", answer.id);
    answer.classList.toggle("is-error", Boolean(verdict.error));
    answer.replaceChildren(...(verdict.error ? [verdict.error] : verdict.doubts).map((sentence) => make("p", {}, sentence)));
  }

  input.addEventListener("change", check);
}

document.querySelectorAll("[data-check]").forEach(startFieldCheck);

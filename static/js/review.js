/* The review desk by keyboard: F9 and F10 give the verdict, Esc passes over, and whatever else is typed or scanned
   while nothing has the focus goes into the code. */

export function startReview(desk) {
  const code = desk.querySelector("[data-review-code]");
  const buttons = [...desk.querySelectorAll("button[data-key]")];

  function press(button) {
    const field = button.dataset.needs && desk.querySelector(`#${button.dataset.needs}`);
    if (field && !field.value.trim()) field.focus();
    else button.click();
  }

  document.addEventListener("keydown", (event) => {
    const button = buttons.find((one) => one.dataset.key === event.key);
    if (button) {
      event.preventDefault();
      if (!event.repeat) press(button);
    } else if (event.key === "Escape" && buttons.length) {
      window.location.assign(code.form.action);
    } else if (document.activeElement === document.body && event.key.length === 1 && !event.ctrlKey && !event.altKey) {
      code.focus();
    }
  });

  // Enter in the note means what the note is for.
  desk.querySelector("#note")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    press(buttons.find((one) => one.dataset.needs === "note"));
  });
}

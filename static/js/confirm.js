import { ask } from "./dialog.js";
import { maySend } from "./session.js";

/* A form whose act cannot be taken back in place asks first. */
document.querySelectorAll("form[data-confirm]").forEach((form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const act = { title: form.dataset.title, isDanger: true };
    if (await ask(document, act, form.dataset.confirm) !== null && await maySend()) form.submit();
  });
});

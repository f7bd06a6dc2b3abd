/* A form whose answer is a file that is given once: it leaves the page as it was, so its button goes by itself. */
document.querySelectorAll("form[data-once]").forEach((form) => {
  form.addEventListener("submit", () => {
    // Not before the browser has taken the form.
    window.setTimeout(() => {
      form.hidden = true;
      document.querySelectorAll("[data-once-done]").forEach((note) => { note.hidden = false; });
    });
  });
});

/* Uploading an import table: by drag and drop, refused at once when too large, never sent twice. */

const TOO_LARGE = "文件超过 8 MB。请删除不需要的内容，或分成几个文件上传。";

function start(form) {
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-drop]");
  const errors = form.querySelector("[data-upload-errors]");
  const hint = form.querySelector("[data-busy]");
  let sent = false;

  /* The browser's own button speaks the browser's language. */
  const picked = form.querySelector("[data-picked]");
  form.querySelectorAll("[data-script]").forEach((part) => { part.hidden = false; });
  if (drop) drop.classList.add("has-script");

  function isTooLarge() {
    const file = input && input.files[0];
    return Boolean(file) && file.size > Number(form.dataset.largest);
  }
  function nameFile() {
    if (picked) picked.textContent = input.files[0] ? input.files[0].name : "还没有选择文件";
  }
  function check() {
    form.classList.remove("is-wrong");
    delete form.dataset.refused;
    errors.replaceChildren();
    nameFile();
    if (!isTooLarge()) return;
    const line = document.createElement("li");
    line.textContent = TOO_LARGE;
    errors.append(line);
    form.classList.add("is-wrong");
    form.dataset.refused = "";
  }
  if (input) input.addEventListener("change", check);
  if (drop) {
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("is-over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("is-over");
      if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; check(); }
    });
  }
  form.addEventListener("submit", (event) => {
    if (sent || isTooLarge()) { event.preventDefault(); return; }
    sent = true;
    if (hint) hint.textContent = hint.dataset.busy;
  });
  window.addEventListener("pageshow", () => { sent = false; nameFile(); });
}

document.querySelectorAll("form[data-upload]").forEach(start);

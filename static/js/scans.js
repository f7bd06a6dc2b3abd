/* The page of a licence's scans: uploads with progress, order by dragging, and the viewer. Without this script
   the page works by its forms. */

import { make } from "./dom.js";
import { fitting } from "./photos.js";
import { maySend } from "./session.js";

const upload = document.querySelector("[data-scan-upload]");
const progress = document.querySelector("[data-scan-progress]");

/* Send a form by itself and tell how far it is; gives the server's sentence, or throws it. */
function send(form, data, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) tell(event.loaded / event.total); });
    request.addEventListener("load", () => {
      const sentence = request.response?.message;
      if (request.status === 200 && sentence) resolve(sentence);
      else reject(new Error(sentence || (request.status === 413 ? form.dataset.tooLarge : "上传失败，请重新登录或稍后重试。")));
    });
    request.addEventListener("error", () => reject(new Error("网络不通，请稍后重试。")));
    request.send(data);
  });
}

function line(name) {
  const bar = make("progress", { max: "1", value: "0", "aria-label": name });
  const state = make("span", {}, "等待上传");
  const item = make("li", {}, bar, make("span", {}, name), state);
  progress.append(item);
  return {
    tell(part) { bar.value = part; state.textContent = part < 1 ? `${Math.floor(part * 100)}%` : "正在检查…"; },
    end(sentence, isError) { bar.value = 1; state.textContent = sentence; item.classList.toggle("is-error", isError); bar.hidden = isError; },
  };
}

const isTooLarge = (form, file) => file.size > Number(form.dataset.largest);
const fittingFor = (form, file) => fitting(file, Number(form.dataset.largest), Number(form.dataset.side));

/* Files wait here until those before them are through: one after the other, so that they stand in the order in
   which they were chosen, however often somebody chooses. */
const waiting = [];
let isSending = false;
/* How many were taken since the page was loaded, which does not show them yet. */
let taken = 0;

async function take(files) {
  if (!isSending) progress.replaceChildren();
  waiting.push(...files.map((file) => ({ file, line: line(file.name) })));
  upload.reset();
  if (isSending) return;
  isSending = true;
  if (await maySend()) while (waiting.length) await sendOne(waiting.shift());
  isSending = false;
  waiting.splice(0).forEach((one) => one.line.end("未上传，请重新选择。", true));
  if (!taken) return;
  if (progress.querySelector(".is-error")) showWay(); else window.location.reload();
}

async function sendOne({ file: chosen, line: shown }) {
  const file = await fittingFor(upload, chosen);
  if (isTooLarge(upload, file)) {
    shown.end(upload.dataset.tooLarge, true);
    return;
  }
  const data = new FormData();
  for (const name of ["csrf_token", "act"]) data.set(name, upload.elements[name].value);
  data.set("files", file);
  try {
    await send(upload, data, shown.tell);
    shown.end("已上传", false);
    taken += 1;
  } catch (error) {
    shown.end(error.message, true);
  }
}

/* What was refused stays to be read, so the page is loaded anew by its user. */
function showWay() {
  progress.append(make("li", {}, make("a", { href: window.location.href, class: "button" }, "查看已上传的文件")));
  document.querySelectorAll("[data-scan-none]").forEach((part) => { part.hidden = true; });
}

if (upload) {
  const drop = upload.querySelector("[data-scan-drop]");
  const input = upload.elements.files;
  upload.querySelectorAll("[data-scan-script]").forEach((part) => { part.hidden = false; });
  input.classList.add("scan-input");
  upload.querySelector("button[type=submit]").hidden = true;
  upload.addEventListener("submit", (event) => { event.preventDefault(); if (input.files.length) take([...input.files]); });
  input.addEventListener("change", () => { if (input.files.length) take([...input.files]); });
  /* Chosen while this script was still on its way. */
  if (input.files.length) take([...input.files]);
  const isFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  /* A file that misses the field must not open in the place of the page. */
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => { if (isFiles(event)) event.preventDefault(); });
  drop.addEventListener("dragover", (event) => { if (isFiles(event)) drop.classList.add("is-over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => { drop.classList.remove("is-over"); if (isFiles(event) && event.dataTransfer.files.length) take([...event.dataTransfer.files]); });
}

document.querySelectorAll("[data-scan-replace]").forEach((form) => {
  const input = form.querySelector("input[type=file]");
  form.parentElement.querySelector("summary").addEventListener("click", (event) => { event.preventDefault(); input.click(); });
  input.addEventListener("change", async () => {
    if (!input.files.length) return;
    const file = await fittingFor(form, input.files[0]);
    if (isTooLarge(form, file)) { window.alert(form.dataset.tooLarge); return; }
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    form.requestSubmit();
  });
});

/* Order by dragging. */
const scans = document.querySelector("[data-scans]");
const order = document.querySelector("[data-scan-order]");
if (scans && order) {
  const cards = () => [...scans.querySelectorAll(".scan")];
  let held = null;
  cards().forEach((card) => {
    card.draggable = cards().length > 1;
    card.addEventListener("dragstart", (event) => { held = card; card.classList.add("is-dragged"); event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", card.dataset.scan); });
    card.addEventListener("dragend", () => { held = null; cards().forEach((one) => one.classList.remove("is-dragged", "is-target")); });
    card.addEventListener("dragover", (event) => { if (!held || held === card) return; event.preventDefault(); card.classList.add("is-target"); });
    card.addEventListener("dragleave", () => card.classList.remove("is-target"));
    card.addEventListener("drop", (event) => {
      if (!held || held === card) return;
      event.preventDefault();
      const all = cards();
      if (all.indexOf(held) < all.indexOf(card)) card.after(held); else card.before(held);
      order.elements.order.value = cards().map((one) => one.dataset.scan).join(",");
      order.requestSubmit();
    });
  });
}

/* The viewer: every page of every scan in one row. */
const viewer = document.querySelector("[data-viewer]");
const links = [...document.querySelectorAll("[data-view]")];
const part = (name) => viewer.querySelector(`[data-viewer-${name}]`);
const SMALLEST = 0.05;
const LARGEST = 8;
const view = { pages: [], at: 0, zoom: 1, turned: 0, isFitted: true };

function openViewer(link) {
  const isOld = Boolean(link.closest(".is-old"));
  view.pages = links.filter((one) => Boolean(one.closest(".is-old")) === isOld).flatMap((one) =>
    Array.from({ length: Number(one.dataset.pages) }, (_, index) => ({ link: one, number: index + 1, url: one.href.replace(/\d+$/, String(index + 1)) })));
  view.at = view.pages.findIndex((page) => page.link === link);
  viewer.showModal();
  load();
  part("stage").focus();
}
function load() {
  const page = view.pages[view.at];
  view.turned = 0;
  view.isFitted = true;
  part("picture").src = page.url;
  part("picture").alt = page.link.dataset.name;
  part("file").href = page.link.dataset.file;
  const pages = Number(page.link.dataset.pages);
  part("title").textContent = `${view.at + 1} / ${view.pages.length}　${page.link.dataset.name}${pages > 1 ? `　第${page.number}页` : ""}`;
  viewer.querySelector("[data-do=previous]").disabled = view.at === 0;
  viewer.querySelector("[data-do=next]").disabled = view.at === view.pages.length - 1;
}
function draw() {
  const image = part("picture");
  const stage = part("stage");
  if (!image.naturalWidth) return;
  const isAcross = view.turned % 180 !== 0;
  const [width, height] = isAcross ? [image.naturalHeight, image.naturalWidth] : [image.naturalWidth, image.naturalHeight];
  if (view.isFitted) view.zoom = Math.min(1, (stage.clientWidth - 16) / width, (stage.clientHeight - 16) / height);
  part("sheet").style.width = `${width * view.zoom}px`;
  part("sheet").style.height = `${height * view.zoom}px`;
  image.style.width = `${image.naturalWidth * view.zoom}px`;
  image.style.transform = `translate(-50%, -50%) rotate(${view.turned}deg)`;
  viewer.dataset.zoom = view.zoom.toFixed(3);
  viewer.dataset.turned = String(((view.turned % 360) + 360) % 360);
}
/* The middle of what is seen stays where it is. */
function zoomTo(zoom) {
  const stage = part("stage");
  const [x, y] = [(stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth, (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight];
  view.zoom = Math.min(LARGEST, Math.max(SMALLEST, zoom));
  view.isFitted = false;
  draw();
  stage.scrollTo(x * stage.scrollWidth - stage.clientWidth / 2, y * stage.scrollHeight - stage.clientHeight / 2);
}
function go(step) {
  const to = view.at + step;
  if (to >= 0 && to < view.pages.length) { view.at = to; load(); }
}
const ACTS = {
  previous: () => go(-1),
  next: () => go(1),
  larger: () => zoomTo(view.zoom * 1.25),
  smaller: () => zoomTo(view.zoom / 1.25),
  fit: () => { view.isFitted = true; draw(); },
  real: () => zoomTo(1),
  left: () => { view.turned -= 90; draw(); },
  right: () => { view.turned += 90; draw(); },
  close: () => viewer.close(),
};
const KEYS = { PageUp: "previous", PageDown: "next", "+": "larger", "=": "larger", "-": "smaller", 0: "fit", 1: "real", r: "right", R: "left", "[": "left", "]": "right" };

links.forEach((link) => link.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  openViewer(link);
}));
part("picture").addEventListener("load", draw);
part("picture").addEventListener("error", () => { part("title").textContent = "该文件缺失或已损坏，无法显示，请联系平台管理员。"; });
window.addEventListener("resize", () => { if (viewer.open) draw(); });
viewer.addEventListener("click", (event) => { const button = event.target.closest("[data-do]"); if (button) ACTS[button.dataset.do](); });
viewer.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const stage = part("stage");
  /* Arrows scroll a page that is larger than the window. */
  const isWide = stage.scrollWidth > stage.clientWidth;
  const act = KEYS[event.key] || (!isWide && { ArrowLeft: "previous", ArrowRight: "next" }[event.key]);
  if (act) { event.preventDefault(); ACTS[act](); }
});
part("stage").addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(view.zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
}, { passive: false });
part("stage").addEventListener("pointerdown", (event) => {
  const stage = event.currentTarget;
  if (event.button) return;
  const from = { x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
  stage.setPointerCapture(event.pointerId);
  stage.classList.add("is-held");
  const move = (next) => stage.scrollTo(from.x - next.clientX, from.y - next.clientY);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", () => { stage.removeEventListener("pointermove", move); stage.classList.remove("is-held"); }, { once: true });
});

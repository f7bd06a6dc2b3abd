/* The dialog of a page (admin/dialog.html), which asks before an act. */

/* Ask; gives the reason (or "") when confirmed, null when not. */
export function ask(frame, act, question) {
  const dialog = frame.querySelector("[data-dialog]");
  const part = (name) => dialog.querySelector(`[data-dialog-${name}]`);
  const area = part("reason").querySelector("textarea");
  part("title").textContent = act.title;
  part("question").textContent = question;
  part("reason").hidden = !act.reason;
  part("reason").querySelector("span").textContent = act.reason || "";
  part("hint").hidden = true;
  part("confirm").hidden = Boolean(act.isRefused);
  part("cancel").textContent = act.isRefused ? "关闭" : "取消";
  part("confirm").classList.toggle("is-danger", Boolean(act.isDanger));
  area.value = "";
  dialog.showModal();
  (act.isRefused ? part("cancel") : act.reason ? area : part("confirm")).focus();
  return new Promise((resolve) => {
    const finish = (answer) => { dialog.close(); resolve(answer); };
    part("cancel").onclick = () => finish(null);
    dialog.oncancel = () => resolve(null);
    part("confirm").onclick = () => {
      if (act.reason && !area.value.trim()) {
        part("hint").textContent = `请填写${act.reason}。`;
        part("hint").hidden = false;
        area.focus();
        return;
      }
      finish(area.value.trim());
    };
  });
}

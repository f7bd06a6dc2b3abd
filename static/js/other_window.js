/* An act whose answer opens in another window, such as a paper to be printed: this page is shown anew as soon as
   the act has changed what it shows, however long the paper takes. */

const PAUSE = 1000;
const MOST_LOOKS = 60;

/* Cells and particulars: scripts of the page leave their words alone. */
const shown = (page) => [...page.querySelectorAll("main td, main dd")].map((one) => one.textContent.trim()).join("|");

export async function showAnewWhenChanged() {
  const before = shown(document);
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    await new Promise((resolve) => { window.setTimeout(resolve, PAUSE); });
    try {
      const answer = await fetch(window.location.href, { redirect: "error" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok && shown(page) !== before) { window.location.reload(); return; }
    } catch {
      /* The network is down for a moment, or the session is over: looked at again, or not at all. */
    }
  }
}

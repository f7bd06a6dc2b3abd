/* Jobs that are not finished: how far they are is asked every few seconds; when one is finished, the list is
   loaded anew with its buttons. What is selected meanwhile stays, since the list is only loaded then. */

const EVERY = 2000;
const LONGEST_ANSWER = 10_000;

const notice = document.querySelector("[data-jobs]");
const known = new Map();

function cellOf(key, name) {
  return document.querySelector(`tr[data-key="${key}"] .col-${name}`);
}

function show(jobs) {
  let isOver = false;
  let isWaiting = false;
  for (const [key, job] of Object.entries(jobs)) {
    if (known.get(key) === false && job.is_finished) isOver = true;
    known.set(key, job.is_finished);
    if (job.is_finished) continue;
    isWaiting = true;
    for (const name of ["state", "progress"]) {
      const cell = cellOf(key, name);
      if (cell) cell.textContent = job[name];
    }
  }
  if (isOver) location.reload();
  return isWaiting && !isOver;
}

async function look() {
  let goesOn = true;
  try {
    const response = await fetch(notice.dataset.jobs, {
      headers: { Accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(LONGEST_ANSWER),
    });
    // Signed out: there is nothing more to be told.
    if (response.type === "opaqueredirect" || response.status === 401) return;
    if (response.ok) goesOn = show(await response.json());
  } catch {
    // The server is busy; the next look comes.
  }
  if (goesOn) setTimeout(look, EVERY);
}

if (notice) look();

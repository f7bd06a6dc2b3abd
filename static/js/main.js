/* The panel works by links and forms; these modules add selection, dialogs, drop-down trees, look-ups and
   rows that can be added. Each starts where its data attribute stands. */

import { startChecklist } from "./checklist.js";
import { startChanged, startDependent, startDerived, startGuard, startNarrowed } from "./forms.js";
import { startGrid } from "./grid.js";
import { startMulti } from "./grid_settings.js";
import { startLookup } from "./lookup.js";
import { startOrgTree } from "./org_tree.js";
import { startReview } from "./review.js";
import { startRows } from "./rows.js";
import { startSession } from "./session.js";
import { startTreeSelect } from "./tree_select.js";

const STARTERS = {
  "[data-grid]": startGrid,
  "select[data-tree]": startTreeSelect,
  "[data-lookup]": startLookup,
  "[data-review]": startReview,
  "[data-rows]": startRows,
  "[data-shows-when]": startDependent,
  "[data-shows-changed]": startChanged,
  "form[data-guard]": startGuard,
  "[data-copies-to]": startDerived,
  "[data-narrowed-by]": startNarrowed,
  "[data-checklist]": startChecklist,
  "[data-multi]": startMulti,
  "[data-org]": startOrgTree,
  "body[data-session]": startSession,
};

for (const [selector, start] of Object.entries(STARTERS)) {
  document.querySelectorAll(selector).forEach((element) => start(element));
}
document.querySelector(".is-wrong input, .is-wrong select, .is-wrong textarea")?.focus();

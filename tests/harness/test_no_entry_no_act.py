"""No audit, no act: what cannot be recorded is not done, whatever it is.

That what is done leaves an entry is held by ``judge``, after every request of the harness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.harness.cases import examples
from tests.harness.checks import UNRECORDED
from tests.harness.oracle import Answer, may
from tests.harness.registry import USES
from tests.services.trail.trail_cases import BROKEN

if TYPE_CHECKING:
    from tests.harness.runner import Change, Harness

#: Counted or noted before the act, in transactions of their own.
BESIDE: Final = frozenset({"captchas", "sign_in_throttles"})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_cannot_be_recorded_is_not_done(harness: Harness, method: str):
    harness.break_with(BROKEN)
    asked = 0
    for use, who, thing in examples(harness.world, method=method, at=("HA1", "A1")):
        if not use.is_recorded or may(who, use.act, thing) is not Answer.DONE:
            continue
        path, form = use.request(harness.world, who, thing)
        result = harness.ask(who, path, form)
        asked += 1
        if result.status != 503:
            harness.fail(result, f"{use.act}: it is answered as if it had been done")
        if any(not _is_beside(change) for change in result.changes):
            harness.fail(result, f"{use.act}: it was done without an entry")
    assert asked > (30 if method == "POST" else 4)


def _is_beside(change: Change) -> bool:
    seen = change.table == "sign_in_sessions" and change.columns <= {"last_seen_at"}
    return seen or change.table in BESIDE


def test_what_leaves_no_entry_is_still_there():
    names = {use.endpoint for use in USES} | {"preferences"}
    assert set(UNRECORDED) <= names

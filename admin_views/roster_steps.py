"""How far a roster is, what comes next, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models import RosterState
from services.permissions import Permission

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from models import Roster
    from services.actor import Actor

_TO_BEGIN_ANEW: Final = frozenset({"remake", "void"})
#: What a roster offers its institution, and its bureau, in each state.
OFFERED: Final[Mapping[RosterState, frozenset[str]]] = {
    RosterState.DRAFT: _TO_BEGIN_ANEW | {"print"},
    RosterState.PRINTED: _TO_BEGIN_ANEW | {"print", "submit"},
    RosterState.SUBMITTED: frozenset({"file", "return"}),
    RosterState.FILED: frozenset({"revoke"}),
    RosterState.RETURNED: _TO_BEGIN_ANEW,
    RosterState.VOIDED: frozenset(),
}
#: What is refused once somebody on the roster was changed: it is made anew instead.
_OF_WHAT_STANDS: Final = frozenset({"print", "submit"})
_OF_THE_BUREAU: Final = frozenset({"file", "return", "revoke"})


@dataclass(frozen=True)
class Step:
    """One station of a roster: when it was reached, whether it stands there, what went wrong."""

    label: str
    at: dt.datetime | None = None
    is_now: bool = False
    is_bad: bool = False


def offered(
    roster: Roster, actor: Actor, *, is_overtaken: bool, heir: int | None = None
) -> frozenset[str]:
    """Return the acts that the state of a roster allows; only its bureau or heir decides."""
    allowed = OFFERED[roster.state]
    if is_overtaken:
        allowed -= _OF_WHAT_STANDS
    decides = actor.institution_id in {roster.bureau_id, heir}
    receives = decides and actor.may(Permission.ROSTER_FILE)
    return allowed if receives else allowed - _OF_THE_BUREAU


def steps_of(roster: Roster) -> list[Step]:
    """Return 草稿 → 已打印 → 已报送 → 已备案 (or 退回) as they are behind and before a roster."""
    state = roster.state
    steps = [
        Step(RosterState.DRAFT.label, roster.created_at, state is RosterState.DRAFT),
        Step(RosterState.PRINTED.label, roster.printed_at, state is RosterState.PRINTED),
        Step(RosterState.SUBMITTED.label, roster.submitted_at, state is RosterState.SUBMITTED),
    ]
    if roster.return_reason:
        steps.append(
            Step(
                RosterState.RETURNED.label,
                roster.decided_at,
                state is RosterState.RETURNED,
                is_bad=True,
            )
        )
    elif state is not RosterState.VOIDED:
        steps.append(Step(RosterState.FILED.label, roster.decided_at, state is RosterState.FILED))
    if state is RosterState.VOIDED:
        behind = [step for step in steps if step.at is not None]
        return [*behind, Step(state.label, is_now=True, is_bad=True)]
    return steps

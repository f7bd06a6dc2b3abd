"""The rosters of the demo, in every state, sealed like those that clerks make.

``plan_rosters`` says who stands on which one before the certificates are stored, so that these have
the state that follows from it; ``add_rosters`` makes the snapshots afterwards.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import (
    CertificateState,
    Conclusion,
    EducationLevel,
    ExamCategory,
    Gender,
    Roster,
    RosterEntry,
    RosterState,
    utc_now,
)
from services.demo.certificates import RARE_AT
from services.rosters import snapshot

if TYPE_CHECKING:
    from random import Random

    from models import ExamCycle, TrialCertificate
    from services.demo.tree import Place, Tree

#: What became of the rosters of a closed year, and how far they are in the open one.
_CLOSED_STATES: Final = (RosterState.FILED,) * 16 + (RosterState.VOIDED, None)
_OPEN_STATES: Final = (
    (None,) * 5
    + (RosterState.DRAFT,) * 2
    + (RosterState.PRINTED,) * 2
    + (RosterState.SUBMITTED,) * 4
    + (RosterState.FILED,) * 3
    + (RosterState.RETURNED, RosterState.VOIDED)
)
#: Each named place of practice has these in the open year, with so many people; the others wait.
_NAMED_STATES: Final = (
    (RosterState.FILED, 3),
    (RosterState.SUBMITTED, 2),
    (RosterState.RETURNED, 2),
)
#: Besides, one that was given back, mended and handed in again.
_HANDED_IN_AGAIN: Final = 1
_MENDED: Final = "第1人的专业与毕业证书不符，请核对修改后重新报送。"
_REMARK: Final = "所学专业与毕业证书不符"
_MAJOR_BEFORE: Final = "临床医学（误录）"
_STATE_OF_CERTIFICATE: Final = {
    RosterState.SUBMITTED: CertificateState.SUBMITTED,
    RosterState.FILED: CertificateState.FILED,
}
_DEAD: Final = frozenset({RosterState.RETURNED, RosterState.VOIDED})
_REASONS: Final = (
    "花名册未加盖单位公章，请盖章后重新报送。",
    "第1人的带教老师执业证书编码与原件不符，请核对修改后重新生成花名册。",
    "请补充医疗机构执业许可证副本复印件（含校验页），一并重新报送。",
)


@dataclass
class Plan:
    """A roster to be made."""

    place: Place
    cycle: ExamCycle
    people: list[TrialCertificate]
    state: RosterState
    batch: int
    #: The void one of the same people that this one takes the place of.
    replaces: Plan | None = None
    reason: str | None = None
    made_at: dt.datetime | None = None
    roster: Roster | None = None


def plan_rosters(
    rng: Random, tree: Tree, cycles: list[ExamCycle], certificates: list[TrialCertificate]
) -> list[Plan]:
    """Return the rosters to be made, and give their people the state that follows from them."""
    passed: dict[tuple[int, int], list[TrialCertificate]] = defaultdict(list)
    for one in certificates:
        if one.conclusion is Conclusion.QUALIFIED and one.deleted_at is None:
            passed[one.institution_id, one.exam_year].append(one)
    plans: list[Plan] = []
    for place in tree.places:
        for cycle in cycles:
            people = passed[place.institution.id, cycle.year]
            if not people:
                continue
            if cycle is cycles[-1]:
                plans += _of_open_year(rng, place, cycle, people)
            else:
                plans += _one(rng, place, cycle, people, rng.choice(_CLOSED_STATES))
    for plan in plans:
        state = _STATE_OF_CERTIFICATE.get(plan.state)
        for one in plan.people:
            one.state = state or one.state
    return plans


def _of_open_year(
    rng: Random, place: Place, cycle: ExamCycle, people: list[TrialCertificate]
) -> list[Plan]:
    rare = RARE_AT.get(place.institution.name)
    if rare is None:
        return _one(rng, place, cycle, people, rng.choice(_OPEN_STATES))
    names = {name for name, _ in rare}
    others = iter([one for one in people if one.name not in names])
    plans = [
        Plan(
            place,
            cycle,
            [one for one, _ in zip(others, range(number), strict=False)],
            state,
            batch,
            reason=rng.choice(_REASONS) if state is RosterState.RETURNED else None,
        )
        for batch, (state, number) in enumerate(_NAMED_STATES, start=1)
    ]
    again = list(islice(others, _HANDED_IN_AGAIN))
    if len(again) < _HANDED_IN_AGAIN:
        return plans
    batch = len(plans) + 1
    first = Plan(place, cycle, again, RosterState.VOIDED, batch, reason=_MENDED)
    return [
        *plans,
        first,
        Plan(place, cycle, again, RosterState.SUBMITTED, batch + 1, replaces=first),
    ]


def _one(
    rng: Random,
    place: Place,
    cycle: ExamCycle,
    people: list[TrialCertificate],
    state: RosterState | None,
) -> list[Plan]:
    """Return one roster of a place, or two when the first one was void; none without a state."""
    if state is None:
        return []
    reason = rng.choice(_REASONS) if state is RosterState.RETURNED else None
    first = Plan(place, cycle, people, state, 1, reason=reason)
    if state is not RosterState.VOIDED:
        return [first]
    after = rng.choice((RosterState.DRAFT, RosterState.PRINTED, RosterState.FILED))
    return [first, Plan(place, cycle, people, after, 2, replaces=first)]


def add_rosters(plans: list[Plan]) -> list[Roster]:
    """Store the rosters; their certificates are stored already."""
    # Held here, so that the session has them at hand for every person.
    _codes = [
        *db.session.scalars(select(ExamCategory)),
        *db.session.scalars(select(EducationLevel)),
        *db.session.scalars(select(Gender)),
    ]
    with db.session.no_autoflush:
        rosters = [_roster(plan) for plan in plans]
        db.session.add_all(rosters)
    db.session.flush()
    return rosters


def _roster(plan: Plan) -> Roster:
    institution, bureau = plan.place.institution, plan.place.bureau
    head = snapshot.head_of(
        institution,
        bureau.name,
        cycle=plan.cycle,
        batch=plan.batch,
        version=1 if plan.replaces is None else 2,
    )
    if plan.replaces is not None and plan.replaces.roster is not None:
        head["replaces"] = plan.replaces.roster.code
    entries = [
        RosterEntry(
            certificate=one,
            certificate_id=one.id,
            position=position,
            submission_code=one.submission_code,
            content=snapshot.content_of(one),
            is_living=plan.state not in _DEAD,
        )
        for position, one in enumerate(snapshot.in_order(plan.people), start=1)
    ]
    if plan.reason is not None:
        entries[0].return_remark = _REMARK
    if plan.reason == _MENDED:
        # As it was before it was mended.
        wrong = {**json.loads(entries[0].content), "major": _MAJOR_BEFORE}
        entries[0].content = json.dumps(wrong, ensure_ascii=False, sort_keys=True)
    plan.roster = Roster(
        institution=institution,
        exam_year=plan.cycle.year,
        batch=plan.batch,
        state=plan.state,
        code=snapshot.code_of_snapshot(
            head,
            entries,
            institution_id=institution.id,
            bureau_id=bureau.id,
            exam_year=plan.cycle.year,
        ),
        head=head,
        headcount=len(entries),
        bureau_id=bureau.id,
        return_reason=plan.reason,
        entries=entries,
        **_moments(plan),
    )
    return plan.roster


def _moments(plan: Plan) -> dict[str, dt.datetime | None]:
    """Return when a roster was made, printed, handed in and decided, none of it after now."""
    last_entered = max(one.created_at for one in plan.people)
    before = last_entered if plan.replaces is None else plan.replaces.made_at or last_entered
    now = utc_now()

    def after(**later: int) -> dt.datetime:
        return min(before + dt.timedelta(**later), now)

    plan.made_at = after(hours=2)
    was_submitted = plan.state in {
        RosterState.SUBMITTED,
        RosterState.FILED,
        RosterState.RETURNED,
    }
    was_submitted |= plan.reason is not None
    was_decided = was_submitted and plan.state is not RosterState.SUBMITTED
    return {
        "created_at": plan.made_at,
        "updated_at": plan.made_at,
        "printed_at": None if plan.state is RosterState.DRAFT else after(hours=2, minutes=20),
        "submitted_at": after(days=1) if was_submitted else None,
        "decided_at": after(days=3, hours=2) if was_decided else None,
    }

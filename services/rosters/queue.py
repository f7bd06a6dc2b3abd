"""The queue of a bureau: how long rosters wait, how far their deadlines are, what is doubted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, case, func, or_, select

from extensions import db
from models import (
    CertificateDoubt,
    EntryExtension,
    ExamCycle,
    Roster,
    RosterEntry,
    RosterState,
)
from services import clock
from services.audit import CHINA
from services.exam_years.windows import window_of
from services.rosters.reading import waits_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from services.actor import Actor

#: Days after which a roster has waited long.
LONG: Final = 7
#: Days of waiting by which the list is narrowed.
LONG_WAITS: Final = (3, LONG, 15)
#: What still has its deadline before it; what is filed or void has none.
_ON_ITS_WAY: Final = frozenset({RosterState.DRAFT, RosterState.PRINTED, RosterState.SUBMITTED})


class Doubted(NamedTuple):
    """How many doubts there are about the people of a roster, and about how many people."""

    doubts: int
    people: int


def days_waiting(roster: Roster) -> int | None:
    """Return how many days ago a roster was handed in that nobody has decided; else ``None``."""
    if roster.state is not RosterState.SUBMITTED or roster.submitted_at is None:
        return None
    return (clock.today() - roster.submitted_at.astimezone(CHINA).date()).days


def has_waited(days: int) -> ColumnElement[bool]:
    """Return the condition that a roster was handed in ``days`` ago or before, and waits."""
    midnight = dt.datetime.combine(
        clock.today() - dt.timedelta(days=days - 1), dt.time(), tzinfo=CHINA
    )
    return and_(Roster.state == RosterState.SUBMITTED, Roster.submitted_at < midnight)


def next_waiting(actor: Actor, roster: Roster) -> Roster | None:
    """Return the roster that waits for a bureau after ``roster``; behind the last the oldest."""
    later = or_(
        Roster.submitted_at > roster.submitted_at,
        and_(Roster.submitted_at == roster.submitted_at, Roster.id > roster.id),
    )
    statement = (
        select(Roster)
        .where(waits_for(actor), Roster.id != roster.id)
        .order_by(case((later, 0), else_=1), Roster.submitted_at, Roster.id)
        .limit(1)
    )
    return db.session.scalar(statement)


def deadlines(rosters: Iterable[Roster]) -> Mapping[int, dt.date]:
    """Return the last days for handing in, extensions included, of rosters that have one to keep.

    By key; one query.
    """
    keys = [roster.id for roster in rosters if roster.state in _ON_ITS_WAY]
    if not keys:
        return {}
    rows = db.session.execute(
        select(Roster.id, ExamCycle, EntryExtension.until)
        .join(ExamCycle, ExamCycle.year == Roster.exam_year)
        .outerjoin(
            EntryExtension,
            and_(
                EntryExtension.exam_year == Roster.exam_year,
                EntryExtension.institution_id == Roster.institution_id,
            ),
        )
        .where(Roster.id.in_(keys))
    )
    return {key: window_of(cycle, until).due_on for key, cycle, until in rows}


def days_to(deadline: dt.date) -> str:
    """Return how far a deadline is, in words."""
    days = (deadline - clock.today()).days
    if days < 0:
        return f"已过{-days}天"
    return f"还有{days}天" if days else "今天截止"


def doubts_of(rosters: Sequence[Roster]) -> Mapping[int, Doubted]:
    """Return how much is doubted about the people of rosters, by key; one query."""
    keys = [roster.id for roster in rosters]
    if not keys:
        return {}
    doubt = CertificateDoubt.certificate_id
    rows = db.session.execute(
        select(RosterEntry.roster_id, func.count(doubt), func.count(doubt.distinct()))
        .join(CertificateDoubt, doubt == RosterEntry.certificate_id)
        .where(RosterEntry.roster_id.in_(keys))
        .group_by(RosterEntry.roster_id)
    )
    return {key: Doubted(count, people) for key, count, people in rows}

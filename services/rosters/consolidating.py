"""汇总花名册: the people on the rosters of all institutions below a bureau, in one list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from extensions import db
from models import ExamCategory, LabelledEnum, Roster, RosterEntry, RosterState
from services.parts import in_parts
from services.rosters.snapshot import rank_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement

#: A paper with more people is read by nobody, and takes minutes to draw.
MOST_ON_PAPER: Final = 5_000


class Which(LabelledEnum):
    """Which rosters count."""

    FILED = "filed", "已备案"
    HANDED_IN = "handed_in", "已报送、已备案"


class Shape(LabelledEnum):
    """What the list is written to."""

    XLSX = "xlsx", "Excel表格"
    PDF = "pdf", "PDF（打印）"


@dataclass(frozen=True)
class Member:
    """One person of the list: where, on which roster, and every printed value as it was."""

    institution_name: str
    roster: str
    submission_code: str
    values: dict[str, Any]


def headcount(year: int, which: Which) -> int:
    """Return how many people there are in the actor's part of the tree."""
    return db.session.scalar(select(func.sum(Roster.headcount)).where(*_counting(year, which))) or 0


def members(
    year: int, which: Which, progress: Callable[[int], None] = lambda _done: None
) -> list[Member]:
    """Return the people: 临床, 口腔, 公卫, 中医, in each by institution and roster.

    ``progress`` hears how many have been read.
    """
    found: list[tuple[tuple[int, str, int, int], Member]] = []
    for member in _read(year, which):
        found.append(member)
        progress(len(found))
    found.sort(key=lambda one: one[0])
    return [member for _place, member in found]


def _read(year: int, which: Which) -> Iterator[tuple[tuple[int, str, int, int], Member]]:
    rosters = {
        row.id: row
        for row in db.session.execute(
            select(Roster.id, Roster.owner_path, Roster.batch, Roster.head).where(
                *_counting(year, which)
            )
        )
    }
    # What was printed is the category's name.
    ranks = {one.name: rank_of(one) for one in db.session.scalars(select(ExamCategory))}
    for keys in in_parts(sorted(rosters)):
        statement = (
            select(
                RosterEntry.roster_id,
                RosterEntry.position,
                RosterEntry.submission_code,
                RosterEntry.content,
            )
            .where(RosterEntry.roster_id.in_(keys))
            .order_by(RosterEntry.id)
            .execution_options(yield_per=500)
        )
        for entry in db.session.execute(statement):
            roster, values = rosters[entry.roster_id], json.loads(entry.content)
            place = (
                ranks.get(values["exam_category"], len(ranks)),
                roster.owner_path,
                roster.batch,
                entry.position,
            )
            yield (
                place,
                Member(
                    roster.head["institution_name"],
                    f"第{roster.batch}批",
                    entry.submission_code,
                    values,
                ),
            )


def _counting(year: int, which: Which) -> tuple[ColumnElement[bool], ...]:
    states = {RosterState.FILED}
    if which is Which.HANDED_IN:
        states.add(RosterState.SUBMITTED)
    return (Roster.exam_year == year, Roster.state.in_(states))

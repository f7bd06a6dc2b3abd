"""When one institution may enter and hand in: the dates of the years, moved by its extensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, select

from extensions import db
from models import EntryExtension, ExamCycle, LabelledEnum
from services.institutions.tree import bureau_above

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

#: Whom to ask where no bureau stands above.
_OFFICE: Final = "考区办公室"


@dataclass(frozen=True)
class Window:
    """The days of one exam year as they are for one institution; ends are included."""

    year: int
    opens_on: dt.date
    #: The last days for entering people and for handing in rosters, the extension included.
    closes_on: dt.date
    due_on: dt.date
    #: The last day of the extension, where there is one that moves any of the two.
    extended_until: dt.date | None = None

    def is_open_on(self, day: dt.date) -> bool:
        """Whether people may be entered on ``day``."""
        return self.opens_on <= day <= self.closes_on

    def is_due_after(self, day: dt.date) -> bool:
        """Whether rosters may still be handed in on ``day``."""
        return day <= self.due_on

    def concerns(self, day: dt.date) -> bool:
        """Whether there is anything to enter or to hand in on ``day``."""
        return self.is_open_on(day) or self.opens_on <= day <= self.due_on


class Standing(LabelledEnum):
    """How entry for an exam year lies to a day."""

    NOT_BEGUN = "not_begun", "未开始"
    OPEN = "open", "填报中"
    CLOSED = "closed", "已截止"


def standing_of(cycle: ExamCycle, day: dt.date) -> Standing:
    """Return how entry for a year lies to ``day``, extensions aside."""
    if day < cycle.entry_opens_on:
        return Standing.NOT_BEGUN
    return Standing.OPEN if cycle.is_open_on(day) else Standing.CLOSED


def window_of(cycle: ExamCycle, until: dt.date | None = None) -> Window:
    """Return the window of an institution whose extension, if any, ends with the day ``until``."""
    closes_on, due_on = cycle.entry_closes_on, cycle.roster_due_on
    if until is None or until <= min(closes_on, due_on):
        return Window(cycle.year, cycle.entry_opens_on, closes_on, due_on)
    return Window(
        cycle.year, cycle.entry_opens_on, max(closes_on, until), max(due_on, until), until
    )


def windows(institution_id: int) -> list[Window]:
    """Return all exam years as they are for an institution, the latest first; one query."""
    statement = (
        select(ExamCycle, EntryExtension.until)
        .outerjoin(
            EntryExtension,
            and_(
                EntryExtension.exam_year == ExamCycle.year,
                EntryExtension.institution_id == institution_id,
            ),
        )
        .order_by(ExamCycle.year.desc())
    )
    return [window_of(cycle, until) for cycle, until in db.session.execute(statement)]


def window(institution_id: int, year: int) -> Window | None:
    """Return one exam year as it is for an institution, ``None`` when there is no such year."""
    return next((one for one in windows(institution_id) if one.year == year), None)


def open_years(found: Sequence[Window], day: dt.date) -> list[int]:
    """Return those exam years of ``found`` in which people may be entered on ``day``."""
    return [one.year for one in found if one.is_open_on(day)]


def whom_to_ask(path: str) -> str:
    """Return the name of the bureau that an institution at ``path`` asks for an extension."""
    bureau = bureau_above(path)
    return bureau[1] if bureau is not None else _OFFICE


def why_closed(window: Window, day: dt.date, path: str) -> str:
    """Return the sentence that nobody at ``path`` enters people on ``day``; empty when one may."""
    return sentences_of_closed([window], day, path)[window.year]


def sentences_of_closed(found: Sequence[Window], day: dt.date, path: str) -> dict[int, str]:
    """Return by exam year what ``why_closed`` says; whom to ask is looked for once."""
    is_over = any(not one.is_open_on(day) and day >= one.opens_on for one in found)
    whom = whom_to_ask(path) if is_over else ""
    return {one.year: _why_closed(one, day, whom) for one in found}


def _why_closed(window: Window, day: dt.date, whom: str) -> str:
    if window.is_open_on(day):
        return ""
    if day < window.opens_on:
        return f"{window.year}年度自{window.opens_on}起填报，现在还不能填报。"
    return (
        f"{window.year}年度的填报已于{window.closes_on}截止，不能新增、修改或删除考核证明。"
        f"确需补录或更正的，请联系{whom}申请填报延期。"
    )


def why_late(window: Window, day: dt.date, path: str) -> str:
    """Return the sentence that a roster comes too late on ``day``; empty when it does not."""
    if window.is_due_after(day):
        return ""
    return (
        f"{window.year}年度的花名册报送已于{window.due_on}截止，不能报送。"
        f"确需报送的，请联系{whom_to_ask(path)}申请填报延期。"
    )


def why_no_entry(found: Sequence[Window], day: dt.date, path: str) -> str:
    """Return the sentence for whoever wants to enter people while no year of ``found`` is open."""
    coming = [one for one in found if day < one.opens_on]
    past = [one for one in found if one.closes_on < day]
    told = [f"{one.year}年度自{one.opens_on}起填报。" for one in coming[-1:]]
    told += [why_closed(one, day, path) for one in past[:1]]
    return "目前没有开放填报的考试年度。" + "".join(told)

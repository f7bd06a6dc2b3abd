"""The exam years of the demo, counted from the present day so that one of them is open."""

from __future__ import annotations

import datetime as dt
from typing import Final

from models import ExamCycle

#: The entry for an exam opens in March of the year before and closes before registration begins.
_FIRST_MONTH: Final = 3
#: However late in the season the demo is made, this many days of it are left.
_DAYS_LEFT: Final = 90
_YEARS: Final = 3


def make_cycles(today: dt.date, years: int = _YEARS) -> list[ExamCycle]:
    """Return so many exam years, oldest first: those that are closed and the one open today."""
    open_year = today.year + (today.month >= _FIRST_MONTH)
    cycles = [_cycle(year) for year in range(open_year - years + 1, open_year + 1)]
    last = cycles[-1]
    last.entry_closes_on = max(last.entry_closes_on, today + dt.timedelta(days=_DAYS_LEFT))
    last.roster_due_on = max(last.roster_due_on, last.entry_closes_on + dt.timedelta(days=10))
    return cycles


def _cycle(year: int) -> ExamCycle:
    return ExamCycle(
        year=year,
        entry_opens_on=dt.date(year - 1, _FIRST_MONTH, 1),
        entry_closes_on=dt.date(year, 1, 31),
        roster_due_on=dt.date(year, 2, 10),
        # Practice counts a trial to the end of August of the exam year.
        trial_cutoff_on=dt.date(year, 8, 31),
    )

"""How long a trial was: overlapping stretches count once (《医师资格考试报名资格规定(2014版)》)."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A full year of trial; both ends of a stretch count.
DAYS_OF_A_YEAR: Final = 365
#: Days left over beyond whole months make a month when they are as many as the longest has: what
#: is printed must not be more than was served.
_DAYS_OF_A_MONTH: Final = 31
_ONE_DAY: Final = dt.timedelta(days=1)

Span = tuple[dt.date, dt.date]


class HasSpan(Protocol):
    """Anything with a first and a last day, either of which may be missing while it is entered."""

    @property
    def started_on(self) -> dt.date | None:
        """The first day."""

    @property
    def ended_on(self) -> dt.date | None:
        """The last day."""


def merged(periods: Iterable[HasSpan], until: dt.date | None = None) -> list[Span]:
    """Return the union of ``periods`` as spans apart from each other, cut off after ``until``."""
    spans: list[Span] = []
    for start, end in sorted(_complete(periods)):
        last = min(end, until) if until else end
        if last < start:
            continue
        if spans and start <= spans[-1][1] + _ONE_DAY:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((start, last))
    return spans


def overlaps(periods: Iterable[HasSpan]) -> bool:
    """Whether two of ``periods`` share a day."""
    spans = sorted(_complete(periods))
    return any(later[0] <= earlier[1] for earlier, later in pairwise(spans))


def covered_days(periods: Iterable[HasSpan], until: dt.date | None = None) -> int:
    """Return the days of the union of ``periods`` up to ``until``, both ends counted."""
    return sum((end - start).days + 1 for start, end in merged(periods, until))


def covered_months(periods: Iterable[HasSpan], until: dt.date | None = None) -> int:
    """Return the months of the union of ``periods``; days beyond whole months make one by 31."""
    months = days = 0
    for start, end in merged(periods, until):
        beyond = end + _ONE_DAY
        whole = (beyond.year - start.year) * 12 + beyond.month - start.month
        if beyond.day >= start.day:
            days += beyond.day - start.day
        else:
            # The last month is not whole: count its days from the one on which it began.
            whole -= 1
            days += (beyond - _same_day_before(start, beyond)).days
        months += whole
    return months + days // _DAYS_OF_A_MONTH


def _same_day_before(start: dt.date, beyond: dt.date) -> dt.date:
    """Return the day of the month before ``beyond`` on which the months since ``start`` begin."""
    last_of_month = beyond.replace(day=1) - _ONE_DAY
    return last_of_month.replace(day=min(start.day, last_of_month.day))


def is_full_year(days: int) -> bool:
    """Whether ``covered_days`` make the year that is demanded of everybody."""
    return days >= DAYS_OF_A_YEAR


def period_text(periods: Iterable[HasSpan]) -> str:
    """Return the stretches as the paper shows them, by month: ``2016.09-2017.08``."""
    return "；".join(f"{start:%Y.%m}-{end:%Y.%m}" for start, end in _complete(periods))


def _complete(periods: Iterable[HasSpan]) -> list[Span]:
    return [
        (period.started_on, period.ended_on)
        for period in periods
        if period.started_on is not None and period.ended_on is not None
    ]

"""Counting the time of a trial."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificates.inputs import PeriodInput
from services.certificates.spans import (
    covered_days,
    covered_months,
    merged,
    overlaps,
    period_text,
)

dates = st.dates(dt.date(2014, 1, 1), dt.date(2018, 12, 31))
spans = st.lists(st.tuples(dates, dates).map(sorted), max_size=6)


def periods(*pairs):
    return [
        PeriodInput(
            started_on=start and dt.date.fromisoformat(start),
            ended_on=end and dt.date.fromisoformat(end),
        )
        for start, end in pairs
    ]


@pytest.mark.parametrize(
    ("pairs", "days", "months"),
    [
        ((), 0, 0),
        ((("2016-09-01", "2017-08-31"),), 365, 12),
        ((("2015-09-01", "2016-08-31"),), 366, 12),
        ((("2016-09-01", "2017-08-30"),), 364, 11),
        ((("2017-01-01", "2017-01-01"),), 1, 0),
        ((("2017-01-31", "2017-02-27"),), 28, 0),
        ((("2017-01-15", "2017-03-14"),), 59, 2),
        # Two halves with a day between them, side by side, and overlapping.
        ((("2016-09-01", "2017-02-27"), ("2017-03-01", "2017-08-31")), 364, 11),
        ((("2016-09-01", "2017-02-28"), ("2017-03-01", "2017-08-31")), 365, 12),
        ((("2016-09-01", "2017-05-31"), ("2017-03-01", "2017-08-31")), 365, 12),
        ((("2016-09-01", "2017-08-31"), ("2017-01-01", "2017-01-31")), 365, 12),
        # Two half months make a month.
        ((("2017-01-01", "2017-01-15"), ("2017-03-01", "2017-03-16")), 31, 1),
        (((None, "2017-01-15"), ("2017-03-01", None)), 0, 0),
    ],
)
def test_counts(pairs, days, months):
    assert covered_days(periods(*pairs)) == days
    assert covered_months(periods(*pairs)) == months


def test_what_lies_beyond_the_cutoff_does_not_count():
    found = periods(("2017-07-01", "2018-08-31"), ("2018-07-01", "2018-07-31"))

    assert covered_days(found, dt.date(2018, 6, 30)) == 365
    assert covered_days(found, dt.date(2017, 6, 30)) == 0


@given(spans)
def test_union_has_exactly_the_days_of_its_parts(pairs):
    found = [PeriodInput(started_on=start, ended_on=end) for start, end in pairs]
    days = {
        start + dt.timedelta(days=number)
        for start, end in pairs
        for number in range((end - start).days + 1)
    }

    assert covered_days(found) == len(days)
    assert overlaps(found) == (len(days) < sum((end - start).days + 1 for start, end in pairs))
    union = merged(found)
    assert all(one[1] < two[0] for one, two in pairwise(union))


@given(dates, st.integers(1, 60))
def test_whole_months_count_as_such(start, months):
    beyond_month = start.month - 1 + months
    day = min(start.day, 28)
    start = start.replace(day=day)
    beyond = dt.date(start.year + beyond_month // 12, beyond_month % 12 + 1, day)

    found = [PeriodInput(started_on=start, ended_on=beyond - dt.timedelta(days=1))]

    assert covered_months(found) == months


def test_text_is_by_month():
    found = periods(("2016-09-15", "2017-02-28"), ("2017-03-01", "2017-08-31"), (None, None))

    assert period_text(found) == "2016.09-2017.02；2017.03-2017.08"

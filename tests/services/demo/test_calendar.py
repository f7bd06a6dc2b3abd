"""The exam years of the demo on any day of the year."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from services.demo.calendar import make_cycles

days = st.dates(min_value=dt.date(2018, 1, 1), max_value=dt.date(2040, 12, 31))


@given(days)
def test_the_last_year_is_open_and_the_others_are_closed(today: dt.date) -> None:
    cycles = make_cycles(today)
    assert [cycle.is_open_on(today) for cycle in cycles] == [False, False, True]
    assert all(cycle.entry_closes_on < today for cycle in cycles[:-1])


@given(days)
def test_there_is_time_left_to_try_the_open_year(today: dt.date) -> None:
    last = make_cycles(today)[-1]
    assert last.entry_closes_on - today >= dt.timedelta(days=90)
    assert last.roster_due_on > last.entry_closes_on
    assert last.trial_cutoff_on > last.roster_due_on


@given(days)
def test_years_follow_one_another(today: dt.date) -> None:
    years = [cycle.year for cycle in make_cycles(today)]
    assert years == list(range(years[0], years[0] + 3))
    assert years[-1] in {today.year, today.year + 1}

"""Which exam year people are busy with."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from services import exam_years
from tests.factories.exam_cycles import make_exam_cycle


@pytest.fixture
def years(session):
    for year in (2017, 2018, 2019, 2020):
        make_exam_cycle(
            year,
            entry_opens_on=dt.date(year - 1, 9, 1),
            entry_closes_on=dt.date(year, 1, 20),
            roster_due_on=dt.date(year, 1, 31),
        )


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (dt.date(2018, 1, 20), 2018),
        # Entry has closed, rosters are still to be handed in, and 2019 has not begun.
        (dt.date(2018, 1, 21), 2018),
        (dt.date(2018, 8, 31), 2018),
        (dt.date(2018, 9, 1), 2019),
        # None has begun.
        (dt.date(2016, 8, 31), 2020),
        (dt.date(2021, 1, 1), 2020),
    ],
)
@pytest.mark.usefixtures("years")
def test_the_current_year(day, year):
    noon = dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC)
    with time_machine.travel(noon, tick=False):
        assert exam_years.current_year() == year


@pytest.mark.usefixtures("years")
def test_of_several_open_ones_the_latest():
    make_exam_cycle(2019, entry_opens_on=dt.date(2018, 1, 1))
    with time_machine.travel(dt.datetime(2018, 1, 10, tzinfo=dt.UTC), tick=False):
        assert exam_years.current_year() == 2019


def test_reading(session):
    assert exam_years.current_year() is None
    make_exam_cycle(2018)
    make_exam_cycle(2019)
    assert exam_years.years() == [2019, 2018]
    assert exam_years.cycle_of(2018).year == 2018
    assert exam_years.cycle_of(None) is exam_years.cycle_of(2031) is None
    assert exam_years.trial_cutoff(2018) == dt.date(2018, 8, 31)

"""The days on which an institution may enter and hand in, around the edges."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ExamCycle
from services import exam_years
from services.exam_years.windows import Standing, standing_of, window_of
from tests.factories.actors import acting, make_actor
from tests.factories.exam_cycles import make_exam_cycle, make_extension
from tests.factories.institutions import make_bureau, make_institution

DAY = dt.timedelta(days=1)
days = st.dates(dt.date(2017, 6, 1), dt.date(2018, 12, 31))


def cycle(opens, closes, due, year=2018):
    return ExamCycle(
        year=year,
        entry_opens_on=opens,
        entry_closes_on=closes,
        roster_due_on=due,
        trial_cutoff_on=dt.date(year, 8, 31),
    )


@given(st.tuples(days, days, days).map(sorted), st.none() | days, days)
def test_an_extension_gives_days_and_never_takes_any(dates, until, day):
    one = cycle(*dates)
    general, own = window_of(one), window_of(one, until)
    assert general.is_open_on(day) == one.is_open_on(day)
    assert own.opens_on == general.opens_on
    # What is open to all is open to this one; beyond, exactly to the end of the last day.
    for holds, end in (("is_open_on", "closes_on"), ("is_due_after", "due_on")):
        assert getattr(own, holds)(day) or not getattr(general, holds)(day)
        last = getattr(own, end)
        assert last == max(getattr(general, end), until or dt.date.min)
        if last >= own.opens_on:
            assert getattr(own, holds)(last)
        assert not getattr(own, holds)(last + DAY)
    assert (own.extended_until is None) == (own == general)


@given(st.tuples(days, days, days).map(sorted), days)
def test_a_sentence_says_why_exactly_when_it_is_closed(dates, day):
    window = window_of(cycle(*dates))
    if window.is_open_on(day):
        assert exam_years.why_closed(window, day, "") == ""
    if window.is_due_after(day):
        assert exam_years.why_late(window, day, "") == ""


@given(st.tuples(days, days, days).map(sorted), days)
def test_the_standing_of_a_year(dates, day):
    one = cycle(*dates)
    assert (standing_of(one, day) is Standing.OPEN) == one.is_open_on(day)
    assert (standing_of(one, day) is Standing.NOT_BEGUN) == (day < one.entry_opens_on)


@pytest.fixture
def hospital(session):
    return make_institution(make_bureau(make_bureau(), name="甲市卫生局"))


def test_windows_are_the_institutions_own(hospital):
    bureau = hospital.reports_to
    make_exam_cycle(2018, entry_closes_on=dt.date(2018, 1, 20), entry_opens_on=dt.date(2017, 9, 1))
    make_exam_cycle(2017, entry_closes_on=dt.date(2017, 1, 20), entry_opens_on=dt.date(2016, 9, 1))
    other = make_institution(bureau)
    make_extension(hospital, bureau, 2018, until=dt.date(2018, 4, 1))
    make_extension(other, bureau, 2017, until=dt.date(2017, 5, 1))
    ends = {}
    for institution in (hospital, other):
        with acting(make_actor(institution)):
            found = exam_years.windows(institution.id)
        ends[institution] = {one.year: one.extended_until for one in found}
    assert ends[hospital] == {2018: dt.date(2018, 4, 1), 2017: None}
    assert ends[other] == {2018: None, 2017: dt.date(2017, 5, 1)}
    with acting(make_actor(hospital)):
        found = exam_years.windows(hospital.id)
        assert exam_years.open_years(found, dt.date(2018, 4, 1)) == [2018]
        assert exam_years.open_years(found, dt.date(2018, 4, 2)) == []
        assert exam_years.window(hospital.id, 2031) is None


def test_what_is_said_names_the_day_and_whom_to_ask(hospital):
    window = window_of(cycle(dt.date(2017, 9, 1), dt.date(2018, 1, 20), dt.date(2018, 1, 31)))
    with acting(make_actor(hospital)):
        before = exam_years.why_closed(window, dt.date(2017, 8, 31), hospital.path)
        after = exam_years.why_closed(window, dt.date(2018, 1, 21), hospital.path)
        late = exam_years.why_late(window, dt.date(2018, 2, 1), hospital.path)
    assert before == "2018年度自2017-09-01起填报，现在还不能填报。"
    assert "2018-01-20截止" in after
    assert "2018-01-31截止" in late
    for told in (after, late):
        assert "请联系甲市卫生局申请填报延期" in told


def test_whoever_finds_no_open_year_is_told_of_the_next_and_the_last(hospital):
    found = [
        window_of(cycle(dt.date(y - 1, 9, 1), dt.date(y, 1, 20), dt.date(y, 1, 31), y))
        for y in (2020, 2019, 2018, 2017)
    ]
    with acting(make_actor(hospital)):
        told = exam_years.why_no_entry(found, dt.date(2018, 3, 1), hospital.path)
        nothing = exam_years.why_no_entry([], dt.date(2018, 3, 1), hospital.path)
    assert "2019年度自2018-09-01起填报。" in told
    assert "2018年度的填报已于2018-01-20截止" in told
    assert "2020" not in told
    assert "2017年度" not in told
    assert nothing == "目前没有开放填报的考试年度。"


def test_the_first_bureau_asks_the_office(session):
    with acting(make_actor(make_bureau())) as actor:
        assert exam_years.whom_to_ask(actor.path) == "考区办公室"

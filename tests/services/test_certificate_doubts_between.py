"""Doubts between certificates of different institutions: people entered twice, busy mentors."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from extensions import db
from models import CertificateDoubt, Doubt
from services import certificates, scope
from services.certificates import doubts, input_of
from services.certificates.doubts import across
from services.certificates.doubts.finding import Stretch
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.certificates import (
    PHYSICIAN,
    certificate_input,
    make_certificate,
    make_id_number,
    period_input,
    practice_input,
)
from tests.factories.doubts import kept_kinds
from tests.factories.exam_cycles import make_exam_cycle
from tests.services.certificate_cases import january, places

__all__ = ["january", "places"]

DAY = dt.timedelta(days=1)
TWO, BUSY = Doubt.TWO_PLACES, Doubt.MENTOR_BUSY


def enter(actor, start=dt.date(2016, 9, 1), end=dt.date(2017, 8, 31), make=certificate_input, **v):
    """Return a certificate with one period, entered by ``actor`` under a mentor of its own."""
    v.setdefault("mentor", f"110420102{actor.institution_id:06d}")
    period = period_input(
        started_on=start, ended_on=end, mentor_practice_certificate_number=v.pop("mentor")
    )
    data = make(periods=(period,), **v)
    return make_certificate(actor, **{name: getattr(data, name) for name in vars(data)})


def kinds(certificate, actor):
    with acting(actor):
        return kept_kinds(certificate)


class TestTwoPlaces:
    @pytest.fixture
    def number(self):
        return make_id_number()

    def test_both_sides_are_told(self, places, number):
        mine = enter(places.clerk, id_number=number)
        assert TWO not in kinds(mine, places.clerk)
        theirs = enter(places.other_clerk, id_number=number)
        for actor in (places.clerk, places.city, places.province):
            assert TWO in kinds(mine, actor)
        for actor in (places.other_clerk, places.other_city, places.province):
            assert TWO in kinds(theirs, actor)

    @pytest.mark.parametrize(
        ("start", "is_doubted"), [(dt.date(2017, 8, 31), True), (dt.date(2017, 9, 1), False)]
    )
    def test_one_day_is_enough(self, places, number, start, is_doubted):
        mine = enter(places.clerk, id_number=number)
        theirs = enter(places.other_clerk, start, dt.date(2018, 8, 31), id_number=number)
        assert (TWO in kinds(mine, places.clerk)) is is_doubted
        assert (TWO in kinds(theirs, places.other_clerk)) is is_doubted

    def test_neither_year_nor_type_matters(self, places, number):
        make_exam_cycle(2019)
        mine = enter(places.clerk, id_number=number, make=practice_input)
        enter(places.other_clerk, id_number=number, exam_year=2019)
        assert TWO in kinds(mine, places.clerk)

    def test_the_same_institution_twice_is_another_matter(self, places, number):
        mine = enter(places.clerk, id_number=number)
        enter(places.clerk, id_number=number, make=practice_input)
        assert TWO not in kinds(mine, places.clerk)

    def test_deleting_clears_both(self, places, number):
        mine = enter(places.clerk, id_number=number)
        theirs = enter(places.other_clerk, id_number=number)
        with acting(places.other_clerk) as actor:
            certificates.delete(actor, theirs, "误录")
        assert TWO not in kinds(mine, places.clerk)
        assert TWO not in kinds(theirs, places.other_clerk)

    @pytest.mark.parametrize("what", ["number", "time"])
    def test_changing_one_clears_both(self, places, number, what):
        mine = enter(places.clerk, id_number=number)
        theirs = enter(places.other_clerk, id_number=number)
        with acting(places.other_clerk) as actor:
            data = input_of(theirs)
            later = replace(
                data.periods[0], started_on=dt.date(2017, 9, 1), ended_on=dt.date(2018, 8, 31)
            )
            change = (
                {"id_number": make_id_number(), "gender_code": "", "born_on": None}
                if what == "number"
                else {"periods": (later,)}
            )
            certificates.update(actor, theirs, replace(data, **change), theirs.version)
        assert TWO not in kinds(mine, places.clerk)
        assert TWO not in kinds(theirs, places.other_clerk)

    def test_a_third_one_keeps_it(self, places, number):
        mine = enter(places.clerk, id_number=number)
        theirs = enter(places.other_clerk, id_number=number)
        enter(places.clerk, id_number=number, make=practice_input)
        with acting(places.clerk) as actor:
            certificates.delete(actor, mine, "误录")
        assert TWO in kinds(theirs, places.other_clerk)

    def test_what_is_told_holds_nothing_of_the_other(self, places, number):
        mine = enter(places.clerk, id_number=number)
        start = dt.date(2016, 10, 3)
        theirs = enter(places.other_clerk, start, id_number=number, school="机密学校")
        with acting(places.clerk):
            told = str(doubts.of_certificates([mine.id, theirs.id]))
            assert doubts.other_institutions(mine) == []
            assert len(db.session.scalars(select(CertificateDoubt)).all()) == len(
                doubts.of_certificates([mine.id])[mine.id]
            )
        for secret in (places.other_hospital.name, "2016-10-03", "机密学校", number, PHYSICIAN):
            assert secret not in told

    def test_names_are_for_those_above_both(self, places, number):
        mine = enter(places.clerk, id_number=number)
        enter(places.other_clerk, id_number=number)
        enter(
            places.other_clerk,
            dt.date(2012, 1, 1),
            dt.date(2013, 1, 1),
            id_number=number,
            make=practice_input,
        )
        with acting(places.city):
            assert doubts.other_institutions(mine) == []
        with acting(places.province):
            assert doubts.other_institutions(mine) == [places.other_hospital.name]

    def test_rows_of_the_other_do_not_stay_in_the_session(self, places, number):
        enter(places.clerk, id_number=number)
        scope.bind(places.other_clerk)
        enter(places.other_clerk, id_number=number)
        assert not [one for one in db.session if isinstance(one, CertificateDoubt)]


class TestMentors:
    @pytest.fixture(autouse=True)
    def year(self, places):
        return make_exam_cycle(most_trainees=2)

    def test_more_people_than_the_year_allows(self, places):
        two = [enter(places.clerk, mentor=PHYSICIAN) for _ in range(2)]
        assert all(BUSY not in kinds(one, places.clerk) for one in two)
        third = enter(places.other_clerk, mentor=PHYSICIAN)
        for one, actor in [*((one, places.clerk) for one in two), (third, places.other_clerk)]:
            with acting(actor):
                told = [t for t in doubts.of_certificates([one.id])[one.id] if t.kind is BUSY]
            assert [t.sentence for t in told] == [
                "第1段的带教老师同时带教3人（全平台合计），超过2人，请核对。"
            ]
        with acting(places.other_clerk) as actor:
            certificates.delete(actor, third, "误录")
        assert all(BUSY not in kinds(one, places.clerk) for one in two)

    def test_one_after_the_other_is_no_crowd(self, places):
        start = dt.date(2014, 9, 1)
        found = [
            enter(
                places.clerk,
                start + 366 * n * DAY,
                start + 366 * (n + 1) * DAY - DAY,
                mentor=PHYSICIAN,
            )
            for n in range(3)
        ]
        assert all(BUSY not in kinds(one, places.clerk) for one in found)

    def test_a_person_counts_once(self, places):
        make_exam_cycle(2019, most_trainees=2)
        number = make_id_number()
        for actor, year in ((places.clerk, 2018), (places.clerk, 2019), (places.other_clerk, 2018)):
            enter(actor, id_number=number, exam_year=year, mentor=PHYSICIAN)
        assert BUSY not in kinds(enter(places.clerk, mentor=PHYSICIAN), places.clerk)

    def test_assistants_in_practice_are_no_trainees(self, places):
        for _ in range(3):
            one = enter(places.clerk, make=practice_input, mentor=PHYSICIAN)
        assert BUSY not in kinds(one, places.clerk)

    def test_another_mentor_clears_the_others(self, places):
        three = [enter(places.clerk, mentor=PHYSICIAN) for _ in range(3)]
        with acting(places.clerk) as actor:
            data = input_of(three[0])
            period = replace(data.periods[0], mentor_practice_certificate_number="110420102000002")
            certificates.update(actor, three[0], replace(data, periods=(period,)), three[0].version)
        assert all(BUSY not in kinds(one, places.clerk) for one in three)


def stretch(key, institution, person, start, end, mentor="m"):
    origin = dt.date(2016, 1, 1)
    return Stretch(
        key,
        institution,
        str(institution),
        2018,
        person,
        0,
        mentor,
        origin + start * DAY,
        origin + end * DAY,
    )


def days_of(span):
    return set(range(span[0], span[1] + 1))


SPANS = st.tuples(st.integers(0, 30), st.integers(0, 12)).map(lambda s: (s[0], s[0] + s[1]))
ROWS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from("abcd"), SPANS), max_size=12)


@given(ROWS)
def test_entered_twice_is_what_counting_days_says(rows):
    found = [stretch(n, i, p, *span) for n, (i, p, span) in enumerate(rows)]
    expected = {
        n
        for n, (i, p, span) in enumerate(rows)
        for j, q, other in rows
        if i != j and p == q and days_of(span) & days_of(other)
    }
    told = across.entered_twice(found)
    assert set(told) == expected
    assert all([one.kind for one in of_one] == [TWO] for of_one in told.values())


@given(ROWS)
def test_most_at_once_is_what_counting_days_says(rows):
    found = [stretch(n, i, p, *span) for n, (i, p, span) in enumerate(rows)]
    for one, (_i, _p, span) in zip(found, rows, strict=True):
        expected = max(
            len({p for _j, p, other in rows if day in days_of(other)}) for day in days_of(span)
        )
        assert across.most_at_once(one, found) == expected


def test_kept_and_counted_anew_are_the_same(places):
    """Saving one after the other leaves what counting all at the end finds."""
    make_exam_cycle(most_trainees=1)
    number = make_id_number()
    for actor in (places.clerk, places.other_clerk):
        enter(actor, id_number=number, mentor=PHYSICIAN)
        enter(actor, mentor=PHYSICIAN)
    kept = select(CertificateDoubt.certificate_id, CertificateDoubt.kind, CertificateDoubt.sentence)
    with unscoped(Reason.MAINTENANCE):
        before = sorted(map(tuple, db.session.execute(kept)))
        assert {row[1] for row in before} >= {TWO, BUSY}
        assert sum(doubts.recount()) == 4
        assert sorted(map(tuple, db.session.execute(kept))) == before

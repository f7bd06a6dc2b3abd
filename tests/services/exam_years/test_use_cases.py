"""Making and changing exam years, by the province alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import AuditEntry, ExamCycle, ExamLaw
from models.exam_cycle import CERTIFICATE_NOTES, LONGEST_NOTES
from services.errors import FieldErrors, NotAllowedError, StaleVersionError
from services.exam_years import use_cases
from services.exam_years.use_cases import CycleInput
from tests.factories.actors import acting, make_actor
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_bureau, make_institution

USUAL = CycleInput(
    year=2018,
    entry_opens_on=dt.date(2017, 9, 1),
    entry_closes_on=dt.date(2018, 1, 20),
    roster_due_on=dt.date(2018, 1, 31),
    trial_cutoff_on=dt.date(2018, 8, 31),
    law=ExamLaw.PRACTICE_1998,
)


@pytest.fixture
def bureau(session):
    return make_bureau()


@pytest.fixture
def province(bureau):
    with acting(make_actor(bureau)) as actor:
        yield actor


def last_entry():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def errors_of(actor, **values):
    with pytest.raises(FieldErrors) as caught:
        use_cases.create(actor, replace(USUAL, **values))
    return caught.value.errors


def test_a_year_is_made_and_put_on_record(province):
    made = use_cases.create(province, USUAL)
    db.session.commit()

    assert use_cases.input_of(made) == USUAL
    entry = last_entry()
    assert (entry.tag, entry.object_type) == ("exam_year:create", "ExamCycle")
    assert (entry.object_id, entry.object_label) == (2018, "2018考试年度")
    assert {"label": "适用法律", "old": "", "new": "执业医师法（1998年）"} in entry.changes


def test_the_same_sent_twice_makes_one_and_another_one_is_refused(province):
    made = use_cases.create(province, USUAL)
    assert use_cases.create(province, USUAL) is made
    assert set(errors_of(province, most_trainees=4)) == {"year"}


def test_a_change_is_put_on_record(province):
    made = use_cases.create(province, USUAL)
    db.session.flush()
    wanted = replace(USUAL, entry_closes_on=dt.date(2018, 1, 25), year=2031)
    use_cases.update(province, made, wanted, made.version)
    db.session.commit()

    assert (made.year, made.entry_closes_on) == (2018, dt.date(2018, 1, 25))
    assert last_entry().changes == [{"label": "填报截止", "old": "2018-01-20", "new": "2018-01-25"}]
    with pytest.raises(StaleVersionError):
        use_cases.update(province, made, USUAL, 1)
    before = last_entry().id
    use_cases.update(province, made, wanted, made.version)
    db.session.commit()
    assert last_entry().id == before


def test_nobody_but_the_provinces_operators(bureau):
    cycle = make_exam_cycle()
    city = make_bureau(bureau)
    for institution, role in (
        (city, "operator"),
        (make_institution(city), "operator"),
        (bureau, "auditor"),
        (bureau, "system_admin"),
        (bureau, "security_admin"),
    ):
        actor = make_actor(institution, role=role)
        assert not use_cases.may_write(actor)
        with acting(actor):
            for act in (
                lambda actor=actor: use_cases.create(actor, USUAL),
                lambda actor=actor: use_cases.update(actor, cycle, USUAL, cycle.version),
            ):
                with pytest.raises(NotAllowedError):
                    act()


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"year": None}, {"year"}),
        ({"year": 1999}, {"year", *(day.key for day in use_cases._DAYS)}),
        ({"entry_opens_on": None}, {"entry_opens_on"}),
        ({"entry_closes_on": dt.date(2017, 8, 31)}, {"entry_closes_on"}),
        ({"roster_due_on": dt.date(2017, 8, 31)}, {"roster_due_on"}),
        ({"trial_cutoff_on": dt.date(2108, 8, 31)}, {"trial_cutoff_on"}),
        ({"law": None}, {"law"}),
        ({"most_trainees": 0}, {"most_trainees"}),
        ({"most_trainees": 100}, {"most_trainees"}),
        ({"most_trainees": None}, {"most_trainees"}),
        ({"roster_notes": "注" * (LONGEST_NOTES + 1)}, {"roster_notes"}),
        ({"practice_notes": "一\n" * 11}, {"practice_notes"}),
        ({"certificate_notes": "不\x00可见"}, {"certificate_notes"}),
    ],
)
def test_what_is_refused(province, values, fields):
    assert set(errors_of(province, **values)) == fields
    assert set(use_cases.problems(replace(USUAL, **values))) == fields


def test_days_may_fall_together(province):
    day = dt.date(2018, 1, 1)
    same = dict.fromkeys(("entry_opens_on", "entry_closes_on", "roster_due_on"), day)
    assert use_cases.create(province, replace(USUAL, **same)).is_open_on(day)


def test_notes_lose_their_empty_lines(province):
    made = use_cases.create(
        province, replace(USUAL, roster_notes="  甲。 \n\n乙。\n", practice_notes="")
    )
    assert (made.roster_notes, made.practice_notes) == ("甲。\n乙。", "")


class TestProposal:
    def test_the_first(self, session):
        with time_machine.travel(dt.datetime(2026, 7, 1, tzinfo=dt.UTC), tick=False):
            proposed = use_cases.proposal()
        assert (proposed.year, proposed.law) == (2027, ExamLaw.PHYSICIANS_2021)
        assert proposed.trial_cutoff_on == dt.date(2027, 8, 31)
        assert use_cases.problems(proposed) == {}

    def test_the_next_one_is_the_latest_moved_by_a_year(self, province):
        use_cases.create(
            province,
            replace(
                USUAL,
                year=2020,
                entry_opens_on=dt.date(2020, 2, 29),
                roster_notes="甲。",
                entry_closes_on=dt.date(2020, 3, 20),
                roster_due_on=dt.date(2020, 3, 31),
                trial_cutoff_on=dt.date(2020, 8, 31),
            ),
        )
        make_exam_cycle(2018)
        proposed = use_cases.proposal()
        assert proposed == replace(
            USUAL,
            year=2021,
            entry_opens_on=dt.date(2021, 2, 28),
            entry_closes_on=dt.date(2021, 3, 20),
            roster_due_on=dt.date(2021, 3, 31),
            trial_cutoff_on=dt.date(2021, 8, 31),
            roster_notes="甲。",
        )
        assert proposed.certificate_notes == CERTIFICATE_NOTES

    def test_the_law_changes_with_its_time_unless_it_was_chosen_by_hand(self, session):
        cycle = make_exam_cycle(2021)
        assert use_cases.proposal().law is ExamLaw.PHYSICIANS_2021
        cycle = make_exam_cycle(2022, law=ExamLaw.PRACTICE_1998)
        assert isinstance(cycle, ExamCycle)
        assert use_cases.proposal().law is ExamLaw.PRACTICE_1998

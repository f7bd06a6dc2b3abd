"""Exam years and extensions: their defaults, and what the database refuses."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import ExamCycle, ExamLaw
from models.exam_cycle import CERTIFICATE_NOTES, LONGEST_NOTES, ROSTER_NOTES
from tests.factories.exam_cycles import make_exam_cycle, make_extension
from tests.factories.institutions import make_bureau, make_institution

_DAYS = {
    "entry_opens_on": dt.date(2020, 9, 1),
    "entry_closes_on": dt.date(2021, 1, 20),
    "roster_due_on": dt.date(2021, 1, 31),
    "trial_cutoff_on": dt.date(2021, 8, 31),
}


def _flushed(**values: object) -> ExamCycle:
    cycle = ExamCycle(**{"year": 2021, **_DAYS, **values})
    db.session.add(cycle)
    db.session.flush()
    return cycle


@pytest.mark.usefixtures("app")
def test_a_year_has_the_law_and_the_texts_of_its_time():
    cycle = _flushed()
    assert cycle.law is ExamLaw.PRACTICE_1998
    assert _flushed(year=2022).law is ExamLaw.PHYSICIANS_2021
    assert (cycle.most_trainees, cycle.id, cycle.title) == (3, 2021, "2021考试年度")
    assert cycle.certificate_notes == cycle.practice_notes == CERTIFICATE_NOTES
    assert cycle.roster_notes == ROSTER_NOTES
    assert max(map(len, (CERTIFICATE_NOTES, ROSTER_NOTES))) <= LONGEST_NOTES


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "values",
    [
        {"entry_closes_on": dt.date(2020, 8, 31)},
        {"roster_due_on": dt.date(2020, 8, 31)},
        {"most_trainees": 0},
    ],
    ids=["closes before it opens", "due before it opens", "no trainees"],
)
def test_the_database_refuses_what_cannot_be(values):
    with pytest.raises(IntegrityError), db.session.begin_nested():
        _flushed(**values)


@pytest.mark.usefixtures("app")
def test_an_institution_has_one_extension_in_a_year():
    make_exam_cycle()
    bureau = make_bureau()
    institution = make_institution(bureau)
    extension = make_extension(institution, bureau)
    assert extension.title == f"{institution.name} 2018年度"
    with pytest.raises(IntegrityError), db.session.begin_nested():
        make_extension(institution, bureau)

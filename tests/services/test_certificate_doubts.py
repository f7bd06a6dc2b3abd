"""Doubts about certificates: which there are, and that they stay with the record."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from jobs import HANDLERS
from models import CertificateDoubt, CertificateState, Doubt, JobState, LicenceDepartment
from services import certificates, jobs, licences, scope
from services.certificates import doubts, input_of
from services.certificates.doubts.grounds import fields_of
from services.exam_years import use_cases as exam_years
from services.identifiers import resident_id_with_check_character
from services.licence_checks import seen_of
from services.scope import Reason, unscoped
from tests.factories.certificates import (
    ASSISTANT,
    PHYSICIAN,
    certificate_input,
    make_id_number,
    period_input,
    practice_input,
)
from tests.factories.doubts import kept_kinds
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.licences import make_licence
from tests.services.certificate_cases import clerk, january, last_entry, places

__all__ = ["clerk", "january", "places"]

DENTIST = "120" + PHYSICIAN[3:]
#: Kind → what of an ordinary certificate, or of its one period, raises it.
RAISING = {
    Doubt.NAME: ({"name": "周"}, {}),
    Doubt.EDUCATION: ({"education_code": "31"}, {}),
    Doubt.GRADUATION_DATE: ({"graduated_on": dt.date(2004, 6, 1)}, {}),
    Doubt.GRADUATED_LATER: ({"graduated_on": dt.date(2016, 12, 1)}, {}),
    Doubt.SHORT: ({}, {"ended_on": dt.date(2017, 8, 30)}),
    Doubt.MENTOR_LEVEL: ({}, {"mentor_practice_certificate_number": ASSISTANT}),
    Doubt.MENTOR_CATEGORY: ({}, {"mentor_practice_certificate_number": DENTIST}),
    Doubt.MENTOR_NUMBER: ({}, {"mentor_practice_certificate_number": "110990102000001"}),
    Doubt.PLACE: ({}, {"place_name": "不在库中的医院"}),
}


def entered(places, changes=(), of_period=(), make=certificate_input):
    """Return a certificate of the hospital, which raises no doubt but by what is given."""
    period = period_input(**{"place_name": places.hospital.name, **dict(of_period)})
    return make(**{"periods": (period,), **dict(changes)})


def changed(clerk, certificate, **values):
    data = replace(input_of(certificate), **values)
    certificates.update(clerk, certificate, data, certificate.version)


class TestKinds:
    def test_none_for_an_ordinary_certificate(self, clerk, places):
        assert kept_kinds(certificates.create(clerk, entered(places))) == set()
        practice = certificates.create(clerk, entered(places, make=practice_input))
        assert kept_kinds(practice) == set()

    @pytest.mark.parametrize("kind", RAISING)
    def test_each_is_raised_alone(self, clerk, places, kind):
        changes, of_period = RAISING[kind]
        made = certificates.create(clerk, entered(places, changes, of_period))
        assert kept_kinds(made) == {kind}

    def test_number_of_an_unknown_region(self, clerk, places):
        unknown = resident_id_with_check_character("429999" + make_id_number()[6:17])
        made = certificates.create(clerk, entered(places, {"id_number": unknown}))
        assert kept_kinds(made) == {Doubt.ID_NUMBER}
        assert unknown not in str(doubts.of_certificates([made.id]))

    def test_overlap(self, clerk, places):
        period = period_input(place_name=places.hospital.name)
        made = certificates.create(clerk, entered(places, {"periods": (period, period)}))
        assert kept_kinds(made) == {Doubt.OVERLAP}

    def test_numbers_of_an_assistant(self, clerk, places):
        changes = {"practice_certificate_number": "120420102000001"}
        made = certificates.create(clerk, entered(places, changes, make=practice_input))
        assert kept_kinds(made) == {Doubt.ASSISTANT_NUMBER}

    @pytest.mark.parametrize(
        ("graduated_on", "words"),
        [
            (dt.date(2016, 9, 1), None),
            (dt.date(2016, 9, 2), "第1段试用期间才毕业"),
            (dt.date(2017, 8, 31), "第1段试用期间才毕业"),
            (dt.date(2017, 9, 1), "第1段在毕业以前已结束"),
        ],
    )
    def test_graduation_by_the_day(self, clerk, places, graduated_on, words):
        made = certificates.create(clerk, entered(places, {"graduated_on": graduated_on}))
        told = doubts.of_certificates([made.id]).get(made.id, [])
        assert [one.sentence[: len(words or "")] for one in told] == ([words] if words else [])

    def test_every_kind_has_its_test(self):
        elsewhere = {
            *(
                Doubt.ID_NUMBER,
                Doubt.OVERLAP,
                Doubt.ASSISTANT_NUMBER,
                Doubt.LICENCE,
                Doubt.DEPARTMENT,
            ),
            *(Doubt.LICENCE, Doubt.DEPARTMENT, Doubt.MENTOR_BUSY, Doubt.TWO_PLACES),
        }
        assert RAISING.keys() | elsewhere == set(Doubt)


class TestLicence:
    @pytest.mark.parametrize(
        ("term", "kinds"),
        [
            ((dt.date(2016, 9, 1), dt.date(2017, 8, 31)), set()),
            ((dt.date(2016, 9, 2), dt.date(2020, 1, 1)), {Doubt.LICENCE}),
            ((dt.date(2010, 1, 1), dt.date(2017, 8, 30)), {Doubt.LICENCE}),
        ],
    )
    def test_term_covers_what_was_served_here(self, clerk, places, term, kinds):
        made = certificates.create(clerk, entered(places))
        licence = places.hospital.licence_in_use
        licence.valid_from, licence.valid_until = term
        db.session.flush()
        doubts.keep_licence(places.hospital.id)
        assert kept_kinds(made) == kinds

    def test_what_was_served_elsewhere_is_not_held_against_it(self, clerk, places):
        licence = places.hospital.licence_in_use
        licence.valid_from = dt.date(2017, 12, 1)
        db.session.flush()
        of_period = {"place_name": places.other_hospital.name}
        assert kept_kinds(certificates.create(clerk, entered(places, (), of_period))) == set()

    @pytest.mark.parametrize(
        ("departments", "category", "fits"),
        [
            (("03.01",), "110", True),
            (("12",), "110", False),
            (("12.01",), "120", True),
            (("12.01",), "220", True),
            (("01",), "130", True),
            (("03",), "130", False),
            (("50.01",), "141", True),
            (("50",), "142", False),
            (("52",), "142", True),
            (("51.01",), "143", True),
        ],
    )
    def test_departments_match_the_category(self, clerk, places, departments, category, fits):
        licence = places.hospital.licence_in_use
        licence.departments = [LicenceDepartment(department_code=code) for code in departments]
        db.session.flush()
        number = PHYSICIAN[0] + category[1:] + PHYSICIAN[3:]
        made = certificates.create(
            clerk,
            entered(
                places,
                {"exam_category_code": category},
                {"mentor_practice_certificate_number": number},
            ),
        )
        assert kept_kinds(made) == (set() if fits else {Doubt.DEPARTMENT})

    def test_all_above_a_department_count(self):
        assert fields_of(["50.01.01", "nonsense"]) <= {"tcm"}
        assert fields_of(["01", "12.02"]) == {"public_health", "clinical", "dental"}

    def test_another_licence_in_use(self, clerk, places):
        made = certificates.create(clerk, entered(places))
        late = make_licence(
            places.hospital, valid_from=dt.date(2017, 1, 1), department_codes=("12",)
        )
        licences.set_in_use(clerk, late, seen_of(late))
        assert kept_kinds(made) == {Doubt.LICENCE, Doubt.DEPARTMENT}
        licences.cancel_use(clerk, late, seen_of(late))
        assert kept_kinds(made) == {Doubt.LICENCE}
        (told,) = doubts.of_certificates([made.id])[made.id]
        assert "没有使用中的执业许可证" in told.sentence

    def test_corrected_licence(self, clerk, places):
        made = certificates.create(clerk, entered(places))
        licence = places.hospital.licence_in_use
        data = licences.LicenceInput(
            **{
                name: getattr(licence, name)
                for name in licences.LicenceInput.__dataclass_fields__
                if name != "department_codes"
            },
            department_codes=["12"],
        )
        licences.update(clerk, licence, data, licence.version)
        assert kept_kinds(made) == {Doubt.DEPARTMENT}

    def test_what_was_filed_keeps_what_its_bureau_saw(self, clerk, places):
        made = certificates.create(clerk, entered(places))
        made.state = CertificateState.SUBMITTED
        db.session.flush()
        made.state = CertificateState.FILED
        db.session.flush()
        licence = places.hospital.licence_in_use
        licences.cancel_use(clerk, licence, seen_of(licence))
        assert kept_kinds(made) == set()
        assert list(doubts.recount())
        assert kept_kinds(made) == set()

    def test_none_where_no_licence_is_needed(self, places):
        grounds = doubts.Grounds()
        with unscoped(Reason.MAINTENANCE):
            bureau = places.city.institution_id
            assert not grounds.practices_under_licence(bureau)
            assert grounds.practice(bureau) is None


class TestKeeping:
    def test_code_and_version_stay(self, clerk, places):
        made = certificates.create(clerk, entered(places))
        code, version = made.submission_code, made.version
        licence = places.hospital.licence_in_use
        licences.cancel_use(clerk, licence, seen_of(licence))
        assert kept_kinds(made)
        db.session.refresh(made)
        assert (made.submission_code, made.version) == (code, version)
        assert made.submission_code == certificates.code_of(made)

    def test_first_seen_stays_when_the_words_change(self, clerk, places):
        made = certificates.create(clerk, entered(places, (), {"ended_on": dt.date(2017, 8, 1)}))
        (before,) = doubts.of_certificates([made.id])[made.id]
        with time_machine.travel(dt.datetime(2018, 1, 17, tzinfo=dt.UTC), tick=False):
            period = replace(input_of(made).periods[0], ended_on=dt.date(2017, 8, 2))
            changed(clerk, made, periods=(period,))
        (after,) = doubts.of_certificates([made.id])[made.id]
        assert after.sentence != before.sentence
        assert after.first_seen_at == before.first_seen_at

    def test_what_was_mended_goes(self, clerk, places):
        made = certificates.create(clerk, entered(places, RAISING[Doubt.EDUCATION][0]))
        changed(clerk, made, education_code="21")
        assert kept_kinds(made) == set()

    def test_a_deleted_one_has_none(self, clerk, places):
        made = certificates.create(clerk, entered(places, RAISING[Doubt.EDUCATION][0]))
        certificates.delete(clerk, made, "误录")
        assert db.session.scalar(select(CertificateDoubt.id)) is None

    def test_rows_belong_to_the_institution(self, clerk, places):
        made = certificates.create(clerk, entered(places, RAISING[Doubt.EDUCATION][0]))
        (row,) = db.session.scalars(select(CertificateDoubt))
        assert (row.institution_id, row.owner_path) == (made.institution_id, made.owner_path)
        scope.bind(places.other_clerk)
        assert doubts.of_certificates([made.id]) == {}

    def test_an_exam_year_changes(self, places):
        scope.bind(places.clerk)
        made = certificates.create(places.clerk, entered(places))
        scope.bind(places.province)
        cycle = make_exam_cycle()
        data = replace(exam_years.input_of(cycle), trial_cutoff_on=dt.date(2017, 8, 30))
        assert exam_years.update(places.province, cycle, data, cycle.version)
        assert kept_kinds(made) == {Doubt.SHORT}

    def test_an_exam_year_of_many_is_left_to_a_job(self, places, monkeypatch):
        scope.bind(places.clerk)
        made = certificates.create(places.clerk, entered(places))
        monkeypatch.setattr("services.certificates.doubts.keeping.FEW", 0)
        scope.bind(places.province)
        cycle = make_exam_cycle()
        data = replace(exam_years.input_of(cycle), trial_cutoff_on=dt.date(2017, 8, 30))
        assert not exam_years.update(places.province, cycle, data, cycle.version)
        assert kept_kinds(made) == set()
        db.session.commit()
        (key,) = jobs.take_asked()
        jobs.run(key, HANDLERS)
        db.session.expire_all()
        assert kept_kinds(made) == {Doubt.SHORT}
        job = jobs.find(places.province, key)
        assert (job.state, job.storage_name, job.problem) == (JobState.DONE, None, None)

    def test_dates_of_entry_change_no_doubt(self, places, monkeypatch):
        monkeypatch.setattr("services.certificates.doubts.keeping.FEW", -1)
        scope.bind(places.province)
        cycle = make_exam_cycle()
        data = replace(exam_years.input_of(cycle), entry_closes_on=cycle.entry_closes_on)
        assert exam_years.update(places.province, cycle, data, cycle.version)

    def test_recounting_changes_nothing_that_is_right(self, clerk, places):
        for changes, of_period in RAISING.values():
            certificates.create(clerk, entered(places, changes, of_period))
        before = db.session.execute(select(CertificateDoubt.id, CertificateDoubt.sentence)).all()
        assert sum(doubts.recount()) == len(RAISING)
        after = db.session.execute(select(CertificateDoubt.id, CertificateDoubt.sentence)).all()
        assert sorted(after) == sorted(before)

    def test_nothing_of_it_stands_in_the_trail(self, clerk, places):
        certificates.create(clerk, entered(places, RAISING[Doubt.EDUCATION][0]))
        assert "学历，请核对" not in str(last_entry().changes)


class TestFilter:
    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            (doubts.has_doubt, {"少"}),
            (lambda: ~doubts.has_doubt(), {"无"}),
            (lambda: doubts.has_doubt(Doubt.EDUCATION), {"少"}),
            (lambda: doubts.has_doubt(Doubt.TWO_PLACES), set()),
        ],
    )
    def test_any_none_or_one_kind(self, clerk, places, condition, found):
        certificates.create(clerk, entered(places, {"name": "周无"}))
        changes = {"name": "周少", **RAISING[Doubt.EDUCATION][0]}
        certificates.create(clerk, entered(places, changes))
        rows = db.session.scalars(certificates.visible().where(condition())).unique()
        assert {one.name[1:] for one in rows} == found

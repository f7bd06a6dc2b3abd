"""Entering, changing and deleting certificates."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import (
    AuditEntry,
    CertificateState,
    CertificateType,
    CodeState,
    Conclusion,
    InstitutionKind,
    RosterState,
    SubmissionCode,
    TrialCertificate,
)
from services import certificates, scope
from services.certificates import CertificateInput, PeriodInput, input_of
from services.errors import (
    DomainError,
    FieldErrors,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.certificates import (
    ASSISTANT,
    PHYSICIAN,
    certificate_input,
    make_certificate,
    make_id_number,
    period_input,
    practice_input,
)
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.places import make_places
from tests.factories.rosters import make_roster

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january():
    """The middle of January 2018, when most certificates are entered."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def places(app):
    found = make_places()
    make_exam_cycle()
    return found


@pytest.fixture
def clerk(places):
    """The clerk, to whom the session is bound."""
    scope.bind(places.clerk)
    return places.clerk


def codes_of(certificate):
    rows = db.session.scalars(
        select(SubmissionCode)
        .where(SubmissionCode.certificate_id == certificate.id)
        .order_by(SubmissionCode.id)
    )
    return [(row.code, row.content_version, row.state) for row in rows]


def last_entry():
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
    return db.session.scalars(statement).one()


def errors_of(actor, data):
    with pytest.raises(FieldErrors) as caught:
        certificates.create(actor, data)
    return caught.value.errors


class TestCreate:
    def test_stores_what_was_entered_for_the_own_institution(self, clerk, session):
        data = certificate_input(name=" 周晓燕 ", phone="+86 138 0013 8000")

        made = certificates.create(clerk, data)
        session.commit()
        session.expire_all()

        assert made.institution_id == clerk.institution_id
        assert made.owner_path == clerk.path
        assert made.name == "周晓燕"
        assert made.phone == "13800138000"
        assert made.state is CertificateState.COMPLETED
        assert [period.department for period in made.periods] == ["内科"]
        assert made.periods[0].owner_path == clerk.path
        assert made.exam_category.name == "临床执业医师"

    def test_waits_until_the_own_record_is_complete(self, places, clerk, session):
        scan = places.hospital.licence_in_use.scans[0]
        scan.replaced_at = dt.datetime.now(dt.UTC)
        places.hospital.postcode = None
        session.flush()
        session.expire_all()

        with pytest.raises(DomainError, match=r"填写邮政编码；.*上传证照扫描件"):
            certificates.create(clerk, certificate_input())
        assert session.scalar(select(TrialCertificate.id)) is None

        scan.replaced_at = None
        places.hospital.postcode = "430014"
        session.flush()
        session.expire_all()
        assert certificates.create(clerk, certificate_input()).id

    def test_waits_for_a_valid_licence_where_the_category_has_one(self, places, clerk, session):
        places.hospital.licence_in_use.valid_until = NOW.date() - dt.timedelta(days=1)
        session.flush()
        with pytest.raises(DomainError, match="有效期"):
            certificates.create(clerk, certificate_input())

        places.hospital.category_code = "J1"
        session.flush()
        session.expire_all()
        assert certificates.create(clerk, certificate_input()).id

    def test_what_was_entered_is_changed_however_the_record_stands(self, places, clerk, session):
        data = certificate_input()
        made = certificates.create(clerk, data)
        places.hospital.licence_in_use.is_in_use = False
        places.hospital.postcode = None
        session.flush()
        session.expire_all()

        certificates.update(clerk, made, replace(data, school="同济大学"), made.version)
        certificates.mark_printed(clerk, made)
        assert made.school == "同济大学"

    def test_same_form_sent_again_is_answered_though_the_record_has_lapsed(
        self, places, clerk, session
    ):
        data = certificate_input(form_key="a-form-of-this-day")
        made = certificates.create(clerk, data)
        places.hospital.postcode = None
        session.flush()

        assert certificates.create(clerk, data) is made

    def test_gives_the_code_of_the_content(self, clerk):
        made = certificates.create(clerk, certificate_input())

        assert made.submission_code == certificates.code_of(made)
        assert made.submission_code.startswith("18A-")
        assert made.content_version == 1
        assert codes_of(made) == [(made.submission_code, 1, CodeState.CURRENT)]

    def test_takes_gender_and_birth_from_the_number(self, clerk):
        number = make_id_number(born_on=dt.date(1991, 2, 3), gender="1")

        made = certificates.create(clerk, certificate_input(id_number=number.lower()))

        assert made.gender_code == "1"
        assert made.born_on == dt.date(1991, 2, 3)

    def test_clears_the_assistants_numbers_of_a_trial(self, clerk):
        data = certificate_input(
            qualification_certificate_number="1", practice_certificate_number=ASSISTANT
        )

        made = certificates.create(clerk, data)

        assert made.qualification_certificate_number is None
        assert made.practice_certificate_number is None

    def test_keeps_the_assistants_numbers_of_a_practice(self, clerk):
        data = practice_input()

        made = certificates.create(clerk, data)

        assert made.qualification_certificate_number == data.qualification_certificate_number
        assert made.practice_certificate_number == ASSISTANT

    def test_links_a_place_of_the_library_by_its_name(self, places, clerk):
        periods = (
            period_input(place_name=places.other_hospital.name),
            period_input(place_name="不在库中的医院", place_id=places.hospital.id),
            period_input(place_name=places.hospital.name, place_id=places.other_hospital.id),
        )

        made = certificates.create(clerk, certificate_input(periods=periods))

        assert [(p.place_id, p.place_name) for p in made.periods] == [
            (places.other_hospital.id, places.other_hospital.name),
            (None, "不在库中的医院"),
            (places.hospital.id, places.hospital.name),
        ]

    def test_a_key_without_a_name_tells_no_name(self, places, clerk):
        period = period_input(place_name="", place_id=places.other_hospital.id)
        errors = errors_of(clerk, certificate_input(periods=(period,)))
        assert errors == {"periods-0-place_name": "请填写机构名称。"}

    def test_records_the_act_without_personal_data(self, clerk):
        data = practice_input()

        made = certificates.create(clerk, data)

        entry = last_entry()
        text = str(entry.changes)
        assert (entry.tag, entry.object_id, entry.object_label) == (
            "certificate:create",
            made.id,
            "周晓燕",
        )
        assert data.id_number not in text
        assert data.phone not in text
        assert {"label": "民族", "old": "", "new": "汉族"} in entry.changes
        assert "内科" in text

    def test_same_form_sent_twice_makes_one_certificate(self, clerk, session):
        data = certificate_input(form_key="0f4c9a2e-form")

        first = certificates.create(clerk, data)
        second = certificates.create(clerk, replace(data, name=" 周晓燕"))

        assert second is first
        assert scope.count_visible(TrialCertificate) == 1

    def test_same_form_with_other_content_is_refused_rather_than_lost(self, clerk):
        data = certificate_input(form_key="0f4c9a2e-form")
        certificates.create(clerk, data)

        with pytest.raises(DomainError, match="已经保存过"):
            certificates.create(clerk, replace(data, major="口腔医学"))

    def test_form_of_a_deleted_certificate_does_not_bring_it_back(self, clerk):
        data = certificate_input(form_key="0f4c9a2e-form")
        certificates.delete(clerk, certificates.create(clerk, data))

        with pytest.raises(DomainError, match="已被删除"):
            certificates.create(clerk, data)

    @pytest.mark.parametrize("key", ["", "x", "a" * 40, "键" * 10, "a\0bcdefgh"])
    def test_form_key_that_was_made_up_is_refused(self, clerk, key):
        with pytest.raises(DomainError, match="已失效"):
            certificates.create(clerk, certificate_input(form_key=key))

    def test_form_key_of_another_institution_tells_nothing(self, places):
        make_certificate(places.other_clerk, form_key="0f4c9a2e-form")
        with acting(places.clerk), pytest.raises(DomainError, match="已失效"):
            certificates.create(places.clerk, certificate_input(form_key="0f4c9a2e-form"))

    def test_bureaux_enter_nothing(self, places):
        with acting(places.city), pytest.raises(NotAllowedError):
            certificates.create(places.city, certificate_input())

    def test_bureaux_enter_nothing_even_with_the_permission(self, places):
        actor = replace(places.clerk, kind=InstitutionKind.BUREAU)
        with acting(actor), pytest.raises(NotAllowedError, match="试用机构"):
            certificates.create(actor, certificate_input())

    def test_person_is_entered_once_for_year_and_type(self, clerk):
        data = certificate_input()
        certificates.create(clerk, data)

        assert errors_of(clerk, data) == {
            "id_number": "本机构本年度已录入该人员的同类型考核证明，请勿重复录入，可在列表中修改。"
        }
        temporary = replace(data, id_document_code="02", id_number=f" {data.id_number} ")
        assert set(errors_of(clerk, temporary)) == {"id_number"}

    def test_person_may_have_both_types_other_years_and_other_institutions(self, places, clerk):
        data = practice_input()
        make_exam_cycle(2019)
        certificates.create(clerk, data)

        certificates.create(clerk, replace(data, certificate_type=CertificateType.TRIAL))
        certificates.create(clerk, replace(data, exam_year=2019))
        with acting(places.other_clerk):
            certificates.create(places.other_clerk, data)

    def test_deleted_person_can_be_entered_again_with_another_code(self, clerk):
        data = certificate_input()
        first = certificates.create(clerk, data)
        certificates.delete(clerk, first)

        second = certificates.create(clerk, data)

        assert second.submission_code != first.submission_code


class TestYear:
    def test_unknown_year(self, clerk):
        assert errors_of(clerk, certificate_input(exam_year=2031)) == {
            "exam_year": "没有这个考试年度，请重新选择。"
        }

    @pytest.mark.parametrize("year", [0, -1, 10**12, 10**30])
    def test_absurd_year(self, clerk, year):
        assert set(errors_of(clerk, certificate_input(exam_year=year))) == {"exam_year"}

    @pytest.mark.parametrize(
        ("now", "is_open"),
        [
            ("2017-12-31T15:59:59+00:00", False),
            ("2017-12-31T16:00:00+00:00", True),
            ("2018-01-31T15:59:59+00:00", True),
            ("2018-01-31T16:00:00+00:00", False),
        ],
    )
    def test_entry_opens_and_closes_at_midnight_in_china(self, clerk, now, is_open):
        make_exam_cycle(entry_opens_on=dt.date(2018, 1, 1), entry_closes_on=dt.date(2018, 1, 31))
        with time_machine.travel(dt.datetime.fromisoformat(now), tick=False):
            if is_open:
                certificates.create(clerk, certificate_input())
                return
            errors = errors_of(clerk, certificate_input())
        assert errors == {
            "exam_year": "2018年度的填报时间为2018-01-01至2018-01-31，"
            "今天不在填报时间内，不能填报。"
        }

    def test_corrections_are_possible_after_entry_has_closed(self, clerk):
        made = certificates.create(clerk, certificate_input())
        make_exam_cycle(entry_closes_on=dt.date(2018, 1, 10))

        certificates.update(clerk, made, replace(input_of(made), major="口腔医学"), made.version)

        assert made.major == "口腔医学"

    def test_moving_to_a_closed_year_is_not(self, clerk):
        made = certificates.create(clerk, certificate_input())
        make_exam_cycle(
            2017, entry_closes_on=dt.date(2017, 3, 1), entry_opens_on=dt.date(2017, 1, 1)
        )

        with pytest.raises(FieldErrors) as caught:
            certificates.update(clerk, made, replace(input_of(made), exam_year=2017), made.version)

        assert "exam_year" in caught.value.errors


class TestRules:
    def test_everything_is_required_and_named_at_once(self, clerk):
        errors = errors_of(clerk, CertificateInput(periods=(PeriodInput(),)))

        optional = {
            "qualification_certificate_number",
            "practice_certificate_number",
            "periods",
            "form_key",
        }
        expected = {field.name for field in fields(CertificateInput)} - optional
        expected |= {
            f"periods-0-{field.name}" for field in fields(PeriodInput) if field.name != "place_id"
        }
        assert set(errors) == expected
        assert all(text.startswith(("请填写", "请选择")) for text in errors.values())
        assert errors["school"] == "请填写毕业学校。"

    def test_practice_needs_the_assistants_numbers(self, clerk):
        data = practice_input(
            qualification_certificate_number=" ", practice_certificate_number=None
        )

        assert errors_of(clerk, data) == {
            "qualification_certificate_number": "请填写助理资格证号。",
            "practice_certificate_number": "请填写助理执业证号。",
        }

    def test_at_least_one_period(self, clerk):
        assert set(errors_of(clerk, certificate_input(periods=()))) == {"periods"}

    def test_at_most_forty_periods(self, clerk):
        assert set(errors_of(clerk, certificate_input(periods=(period_input(),) * 41))) == {
            "periods"
        }
        made = certificates.create(clerk, certificate_input(periods=(period_input(),) * 40))
        assert len(made.periods) == 40

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": "周3"}, "name"),
            ({"name": "周" * 29}, "name"),
            ({"id_document_code": "99"}, "id_document_code"),
            ({"id_document_code": "0\0"}, "id_document_code"),
            ({"gender_code": "1"}, "gender_code"),
            ({"gender_code": "9"}, "gender_code"),
            ({"born_on": dt.date(1990, 5, 7)}, "born_on"),
            ({"ethnic_group_code": "00"}, "ethnic_group_code"),
            ({"education_code": "x" * 90}, "education_code"),
            ({"exam_category_code": "999"}, "exam_category_code"),
            ({"school": "校" * 61}, "school"),
            ({"school": "武汉\0大学"}, "school"),
            ({"major": "  "}, "major"),
            ({"graduated_on": dt.date(1990, 5, 6)}, "graduated_on"),
            ({"phone": "12345678901"}, "phone"),
        ],
    )
    def test_one_field_wrong(self, clerk, changes, field):
        assert set(errors_of(clerk, certificate_input(**changes))) == {field}

    def test_wrong_check_digit_names_the_number_only(self, clerk):
        number = make_id_number()
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")

        errors = errors_of(clerk, certificate_input(id_number=wrong))

        assert set(errors) == {"id_number"}
        assert wrong not in errors["id_number"]

    def test_what_the_number_will_tell_is_not_asked_for_before_it(self, clerk):
        data = certificate_input(id_number="", gender_code="", born_on=None)

        assert set(errors_of(clerk, data)) == {"id_number"}

    def test_passport_holders_say_gender_and_birth(self, clerk):
        data = certificate_input(id_document_code="07", id_number="e1234567")

        assert set(errors_of(clerk, data)) == {"gender_code", "born_on"}
        made = certificates.create(
            clerk, replace(data, gender_code="1", born_on=dt.date(1990, 1, 1))
        )
        assert made.id_number == "E1234567"

    def test_birth_in_the_future(self, clerk):
        data = certificate_input(
            id_document_code="07",
            id_number="E1234567",
            gender_code="1",
            born_on=dt.date(2018, 1, 16),
            graduated_on=dt.date(2030, 1, 1),
            periods=(period_input(started_on=dt.date(2018, 2, 1), ended_on=dt.date(2018, 3, 1)),),
        )

        assert set(errors_of(clerk, data)) == {"born_on"}

    def test_practice_leads_to_the_physicians_exam_only(self, clerk):
        assert set(errors_of(clerk, practice_input(exam_category_code="210"))) == {
            "exam_category_code"
        }

    def test_trial_leads_to_either_exam(self, clerk):
        for code in ("110", "210", "341", "441"):
            certificates.create(clerk, certificate_input(exam_category_code=code))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda n: f"201442110{n}", "第7位"),
            (lambda n: f"201442220{n}", "类别"),
            (lambda _: f"201442210{make_id_number()}", "身份证号码"),
            (lambda n: f"20144221{n}", "位"),
        ],
        ids=["physician", "category", "other person", "too short"],
    )
    def test_qualification_belongs_to_person_and_category(self, clerk, change, words):
        number = make_id_number()
        data = practice_input(id_number=number, qualification_certificate_number=change(number))

        errors = errors_of(clerk, data)

        assert set(errors) == {"qualification_certificate_number"}
        assert words in errors["qualification_certificate_number"]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"ended_on": dt.date(2016, 9, 1)}, "ended_on"),
            ({"ended_on": dt.date(2016, 8, 1)}, "ended_on"),
            ({"ended_on": dt.date(2018, 9, 1)}, "ended_on"),
            ({"started_on": dt.date(1990, 5, 6)}, "started_on"),
            ({"place_name": "  ", "place_id": 999999}, "place_name"),
            ({"place_name": "  ", "place_id": 10**12}, "place_name"),
            ({"place_name": "院" * 101}, "place_name"),
            ({"place_name": "医\0院"}, "place_name"),
            ({"department": ""}, "department"),
            ({"mentor_name": "?1"}, "mentor_name"),
            ({"mentor_practice_certificate_number": "123"}, "mentor_practice_certificate_number"),
            ({"content": "x" * 501}, "content"),
        ],
    )
    def test_one_field_of_the_second_period_wrong(self, clerk, changes, field):
        data = certificate_input(periods=(period_input(), period_input(**changes)))

        assert set(errors_of(clerk, data)) == {f"periods-1-{field}"}

    def test_trial_may_go_on_until_the_cutoff(self, clerk):
        periods = (period_input(started_on=dt.date(2017, 9, 1), ended_on=dt.date(2018, 8, 31)),)

        certificates.create(clerk, certificate_input(periods=periods))

    def test_problems_are_told_without_storing_anything(self, clerk):
        assert set(certificates.problems(certificate_input(major=""))) == {"major"}
        assert scope.count_visible(TrialCertificate) == 0


class TestUpdate:
    def test_changed_content_makes_a_new_code(self, clerk):
        made = certificates.create(clerk, certificate_input())
        first = made.submission_code

        certificates.update(clerk, made, replace(input_of(made), major="全科医学"), made.version)

        assert made.content_version == 2
        assert made.submission_code.endswith("-02")
        assert codes_of(made) == [
            (first, 1, CodeState.SUPERSEDED),
            (made.submission_code, 2, CodeState.CURRENT),
        ]
        assert made.submission_code == certificates.code_of(made)

    def test_changed_back_content_still_makes_a_new_code(self, clerk):
        made = certificates.create(clerk, certificate_input())
        first, original = made.submission_code, input_of(made)
        certificates.update(clerk, made, replace(original, major="全科医学"), made.version)

        certificates.update(clerk, made, original, made.version)

        assert made.content_version == 3
        assert made.submission_code != first

    def test_nothing_changed_keeps_code_and_version(self, clerk):
        made = certificates.create(clerk, certificate_input())
        before = (made.submission_code, made.version, last_entry().id)

        certificates.update(clerk, made, input_of(made), made.version)

        assert (made.submission_code, made.version, last_entry().id) == before

    def test_phone_is_no_content(self, clerk):
        made = certificates.create(clerk, certificate_input())
        code = made.submission_code

        certificates.update(clerk, made, replace(input_of(made), phone="13900139000"), made.version)

        assert made.phone == "13900139000"
        assert made.submission_code == code
        assert last_entry().changes == [{"label": "手机号", "old": "", "new": "已更改"}]

    def test_period_alone_is_content(self, clerk, session):
        made = certificates.create(clerk, certificate_input())
        code, version = made.submission_code, made.version
        periods = (period_input(department="急诊科"), period_input(place_name="另一家医院"))

        certificates.update(clerk, made, replace(input_of(made), periods=periods), version)
        session.commit()
        session.expire_all()

        assert made.submission_code != code
        assert made.version > version
        assert [period.department for period in made.periods] == ["急诊科", "内科"]
        labels = {change["label"]: change for change in last_entry().changes}
        assert labels["试用信息第1段 试用科室"]["old"] == "内科"
        assert labels["试用信息第1段 试用科室"]["new"] == "急诊科"
        assert labels["试用信息第2段"]["new"].startswith("另一家医院 内科 2016-09-01至2017-08-31")

    def test_periods_taken_out_are_gone(self, clerk, session):
        made = certificates.create(
            clerk, certificate_input(periods=(period_input(), period_input(department="外科")))
        )

        certificates.update(
            clerk, made, replace(input_of(made), periods=(period_input(),)), made.version
        )
        session.commit()
        session.expire_all()

        assert [period.department for period in made.periods] == ["内科"]
        assert made.submission_code == certificates.code_of(made)

    def test_codes_are_shown_as_names_in_the_audit_trail(self, clerk):
        made = certificates.create(clerk, certificate_input())

        certificates.update(clerk, made, replace(input_of(made), education_code="14"), made.version)

        assert {"label": "学历", "old": "大学本科毕业", "new": "硕士研究生毕业"} in (
            last_entry().changes
        )

    def test_stale_form_is_refused(self, clerk):
        made = certificates.create(clerk, certificate_input())
        version = made.version
        certificates.update(clerk, made, replace(input_of(made), major="全科医学"), version)

        with pytest.raises(StaleVersionError):
            certificates.update(clerk, made, replace(input_of(made), major="口腔医学"), version)

        assert made.major == "全科医学"

    def test_errors_leave_everything_as_it_was(self, clerk, session):
        made = certificates.create(clerk, certificate_input())

        with pytest.raises(FieldErrors):
            certificates.update(
                clerk, made, replace(input_of(made), name="周大", major=""), made.version
            )

        assert not session.dirty
        assert made.name == "周晓燕"

    def test_becoming_somebody_else_who_is_there_already_is_refused(self, clerk):
        other = certificates.create(clerk, certificate_input())
        made = certificates.create(clerk, certificate_input())

        with pytest.raises(FieldErrors) as caught:
            certificates.update(
                clerk, made, replace(input_of(made), id_number=other.id_number), made.version
            )

        assert set(caught.value.errors) == {"id_number"}

    def test_superiors_and_neighbours_change_nothing(self, places):
        made = make_certificate(places.clerk)
        for actor in (places.city, places.province, places.other_clerk):
            with acting(actor), pytest.raises(NotAllowedError):
                certificates.update(actor, made, input_of(made), made.version)

    def test_institution_above_another_changes_nothing_there(self, places):
        below = make_actor(make_institution(places.hospital))
        made = make_certificate(below)
        with acting(places.clerk):
            found = certificates.find(made.id)
            with pytest.raises(NotAllowedError, match="填报的试用机构"):
                certificates.update(places.clerk, found, input_of(found), found.version)

    @pytest.mark.parametrize("state", [RosterState.SUBMITTED, RosterState.FILED])
    def test_handed_in_certificate_is_fixed(self, places, state):
        made = make_certificate(places.clerk)
        make_roster(places.clerk, [made], state=state, bureau=places.city)
        with acting(places.clerk):
            with pytest.raises(DomainError, match="不能修改"):
                certificates.update(places.clerk, made, input_of(made), made.version)
            with pytest.raises(DomainError, match="不能修改"):
                certificates.delete(places.clerk, made)

    def test_returned_certificate_can_be_changed(self, places):
        made = make_certificate(places.clerk)
        make_roster(places.clerk, [made], state=RosterState.RETURNED, bureau=places.city)
        with acting(places.clerk):
            certificates.update(
                places.clerk, made, replace(input_of(made), major="全科医学"), made.version
            )
        assert made.major == "全科医学"


class TestDelete:
    def test_keeps_the_row_out_of_sight_and_voids_the_code(self, clerk, session):
        made = certificates.create(clerk, certificate_input())

        certificates.delete(clerk, made)
        session.commit()

        assert made.deleted_at is not None
        assert codes_of(made) == [(made.submission_code, 1, CodeState.VOIDED)]
        assert session.scalars(certificates.visible()).all() == []
        with pytest.raises(NotFoundError):
            certificates.find(made.id)
        assert last_entry().tag == "certificate:delete"

    def test_once_only(self, clerk):
        made = certificates.create(clerk, certificate_input())
        certificates.delete(clerk, made)

        with pytest.raises(DomainError, match="已被删除"):
            certificates.delete(clerk, made)

    def test_person_of_a_draft_may_go(self, places):
        made = make_certificate(places.clerk)
        make_roster(places.clerk, [made])
        with acting(places.clerk):
            certificates.delete(places.clerk, made)
        assert made.deleted_at is not None

    def test_person_of_a_printed_roster_stays(self, places):
        made = make_certificate(places.clerk)
        make_roster(places.clerk, [made], state=RosterState.PRINTED)
        with acting(places.clerk), pytest.raises(DomainError, match="花名册"):
            certificates.delete(places.clerk, made)
        assert made.deleted_at is None

    def test_superior_deletes_nothing(self, places):
        made = make_certificate(places.clerk)
        with acting(places.city), pytest.raises(NotAllowedError):
            certificates.delete(places.city, made)


class TestWarnings:
    def test_none_for_an_ordinary_certificate(self, clerk):
        data = certificate_input()

        assert certificates.warnings_of(data) == []
        assert certificates.warnings_of(certificates.create(clerk, data)) == []

    def test_none_for_an_ordinary_practice(self, clerk):
        assert certificates.warnings_of(practice_input()) == []

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"name": "周"}, "一个字"),
            ({"graduated_on": dt.date(2016, 12, 1)}, "早于毕业时间"),
            ({"graduated_on": dt.date(2018, 6, 1)}, "晚于今天"),
            (
                {"born_on": dt.date(1990, 5, 6), "graduated_on": dt.date(2004, 6, 1)},
                "不满17周岁",
            ),
            ({"education_code": "61"}, "学历"),
            ({"education_code": "31"}, "本科以上"),
            ({"periods": (period_input(ended_on=dt.date(2017, 8, 30)),)}, "合计364天"),
            ({"periods": (period_input(), period_input())}, "重叠"),
            (
                {
                    "periods": (
                        period_input(mentor_practice_certificate_number="2" + PHYSICIAN[1:]),
                    )
                },
                "带教老师应为执业医师",
            ),
        ],
    )
    def test_doubts(self, clerk, changes, words):
        data = certificate_input(**changes)

        doubts = certificates.warnings_of(data)

        assert any(words in doubt for doubt in doubts)
        certificates.create(clerk, data)

    def test_doubts_of_a_practice(self, clerk):
        data = practice_input(practice_certificate_number="120420102000001")

        doubts = certificates.warnings_of(data)

        assert [doubt[:6] for doubt in doubts] == ["助理执业证号", "助理执业证号"]
        certificates.create(clerk, data)

    def test_nothing_entered_yet(self, clerk):
        assert certificates.warnings_of(CertificateInput()) == []

    def test_time_after_the_cutoff_does_not_count(self, clerk):
        make_exam_cycle(trial_cutoff_on=dt.date(2017, 5, 31))

        assert any(
            "截至2017-05-31" in doubt for doubt in certificates.warnings_of(certificate_input())
        )


def test_print_is_recorded_with_the_code_that_was_printed(clerk):
    made = certificates.create(clerk, certificate_input())

    certificates.mark_printed(clerk, made)

    entry = last_entry()
    assert entry.tag == "certificate:print"
    assert entry.changes == [{"label": "提交编码", "old": "", "new": made.submission_code}]


def test_superiors_see_and_neighbours_do_not(places):
    made = make_certificate(places.clerk)
    for actor in (places.clerk, places.city, places.province):
        with acting(actor):
            assert certificates.find(made.id) is made
    for actor in (places.other_clerk, places.other_city, make_actor(make_bureau())):
        with acting(actor), pytest.raises(NotFoundError):
            certificates.find(made.id)


def test_search(places):
    made = make_certificate(places.clerk, name="上官文婧")
    make_certificate(places.other_clerk, name="李雷")

    def found(keyword):
        condition = certificates.search_condition(keyword)
        return db.session.scalars(certificates.visible().where(condition)).all()

    with acting(places.province):
        assert found("官文") == [made]
        assert found(places.hospital.name) == [made]
        assert found(made.submission_code.lower().replace("-", " ")) == [made]
        assert found("%") == []
        with pytest.raises(DomainError):
            found("\0")


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_every_conclusion_can_be_stored(clerk, conclusion):
    assert (
        certificates.create(clerk, certificate_input(conclusion=conclusion)).conclusion
        is conclusion
    )


def test_inputs_do_not_show_their_values():
    data = certificate_input()

    assert data.id_number not in repr(data)
    assert "蒋建国" not in repr(data.periods[0])


def test_stored_certificate_passes_the_rules_as_it_is(places):
    made = make_certificate(places.clerk)
    with unscoped(Reason.MAINTENANCE):
        assert certificates.problems(input_of(made)) == {}

"""Entering, finding and printing certificates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select, text

from extensions import db
from models import (
    CertificateState,
    CertificateType,
    CodeState,
    Conclusion,
    InstitutionKind,
    TrialCertificate,
)
from services import certificates, scope
from services.certificates import input_of
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
    certificate_input,
    make_certificate,
    make_id_number,
    period_input,
    practice_input,
)
from tests.factories.completeness import show_scans
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_bureau
from tests.factories.licences import make_scan
from tests.services.certificate_cases import (
    NOW,
    clerk,
    codes_of,
    errors_of,
    january,
    last_entry,
    places,
)

__all__ = ["clerk", "january", "places"]


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
        licence = places.hospital.licence_in_use
        show_scans(licence)
        places.hospital.postcode = None
        session.flush()
        session.expire_all()

        with pytest.raises(DomainError, match=r"填写邮政编码；.*上传证照扫描件"):
            certificates.create(clerk, certificate_input())
        assert session.scalar(select(TrialCertificate.id)) is None

        show_scans(licence, make_scan(licence))
        places.hospital.postcode = "430014"
        session.flush()
        session.expire_all()
        assert certificates.create(clerk, certificate_input()).id

    def test_waits_for_a_valid_licence_where_the_category_has_one(self, places, clerk, session):
        places.hospital.licence_in_use.valid_until = NOW.date() - dt.timedelta(days=1)
        session.flush()
        with pytest.raises(DomainError, match="换发的许可证"):
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
        certificates.mark_printed(clerk, [made])
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
        certificates.delete(clerk, certificates.create(clerk, data), "误录")

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
        certificates.delete(clerk, first, "误录")

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
        assert set(errors) == {"exam_year"}
        told = "自2018-01-01起填报" if now < "2018" else "已于2018-01-31截止"
        assert told in errors["exam_year"]

    def test_nothing_is_changed_or_deleted_after_entry_has_closed(self, places, clerk):
        made = certificates.create(clerk, certificate_input())
        make_exam_cycle(entry_closes_on=dt.date(2018, 1, 10))
        changed = replace(input_of(made), major="口腔医学")

        for act in (
            lambda: certificates.update(clerk, made, changed, made.version),
            lambda: certificates.delete(clerk, made, "误录"),
        ):
            with pytest.raises(DomainError, match="已于2018-01-10截止") as caught:
                act()
            assert places.city.institution_name in caught.value.message
        assert (made.major, made.deleted_at) == ("临床医学", None)

    def test_moving_to_a_closed_year_is_not(self, clerk):
        made = certificates.create(clerk, certificate_input())
        make_exam_cycle(
            2017, entry_closes_on=dt.date(2017, 3, 1), entry_opens_on=dt.date(2017, 1, 1)
        )

        with pytest.raises(FieldErrors) as caught:
            certificates.update(clerk, made, replace(input_of(made), exam_year=2017), made.version)

        assert "exam_year" in caught.value.errors


def test_print_is_recorded_with_the_code_that_was_printed(clerk):
    made = certificates.create(clerk, certificate_input())

    certificates.mark_printed(clerk, [made])

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


class TestBin:
    def test_two_restore_at_once(self, clerk):
        made = make_certificate(clerk)
        certificates.delete(clerk, made, "误录")
        found = certificates.deleted_by_institution(clerk)
        assert db.session.scalars(found).unique().one() is made
        # Somebody else has saved since it was read.
        db.session.connection().execute(
            text("UPDATE trial_certificates SET version = version + 1 WHERE id = :key"),
            {"key": made.id},
        )
        with pytest.raises(StaleVersionError):
            certificates.restore(clerk, made.id)
        with pytest.raises(NotFoundError):
            certificates.restore(clerk, 0)

    def test_who_is_entered_in_the_same_moment(self, clerk, monkeypatch):
        made = make_certificate(clerk, name="周晓燕")
        certificates.delete(clerk, made, "误录")
        make_certificate(clerk, id_number=made.id_number)
        monkeypatch.setattr("services.certificates.bin.has_twin", lambda *_, **__: False)
        with pytest.raises(DomainError, match="删除后又录入了"):
            certificates.restore(clerk, made.id)

    def test_a_reason_is_needed_and_kept_short(self, clerk):
        made = make_certificate(clerk)
        for reason in ("", " ", "长" * 501, "\x07"):
            with pytest.raises(DomainError, match="删除原因"):
                certificates.delete(clerk, made, reason)

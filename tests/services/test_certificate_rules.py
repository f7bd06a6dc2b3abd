"""The rules that a certificate must keep, and the doubts that stop nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace

import pytest

from models import (
    TrialCertificate,
)
from services import certificates, scope
from services.certificates import CertificateInput, PeriodInput
from tests.factories.certificates import (
    PHYSICIAN,
    certificate_input,
    make_id_number,
    period_input,
    practice_input,
)
from tests.factories.doubts import sentences_of
from tests.factories.exam_cycles import make_exam_cycle
from tests.services.certificate_cases import clerk, errors_of, january, places

__all__ = ["clerk", "january", "places"]


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


class TestWarnings:
    def test_none_for_an_ordinary_certificate(self, clerk):
        data = certificate_input()

        assert sentences_of(data) == []
        assert sentences_of(certificates.create(clerk, data)) == []

    def test_none_for_an_ordinary_practice(self, clerk):
        assert sentences_of(practice_input()) == []

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

        doubts = sentences_of(data)

        assert any(words in doubt for doubt in doubts)
        certificates.create(clerk, data)

    def test_doubts_of_a_practice(self, clerk):
        data = practice_input(practice_certificate_number="120420102000001")

        doubts = sentences_of(data)

        assert [doubt[:6] for doubt in doubts] == ["助理执业证号", "助理执业证号"]
        certificates.create(clerk, data)

    def test_nothing_entered_yet(self, clerk):
        assert sentences_of(CertificateInput()) == []

    def test_time_after_the_cutoff_does_not_count(self, clerk):
        make_exam_cycle(trial_cutoff_on=dt.date(2017, 5, 31))

        assert any("截至2017-05-31" in doubt for doubt in sentences_of(certificate_input()))

"""Codes of organisations, numbers of certificates, mobile numbers and postcodes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import identifiers
from services.identifiers import Checked
from tests.services.identifier_cases import (
    CHECKS,
    org_codes,
    refusal,
    resident,
    resident_ids,
    usccs,
)


@given(st.one_of(org_codes, usccs))
def test_institution_code_is_either(code: str) -> None:
    either = identifiers.check_org_code if len(code) == 9 else identifiers.check_uscc
    assert identifiers.check_institution_code(code) == either(code)


@pytest.mark.parametrize("length", [1, 8, 10, 17, 19])
def test_institution_code_of_another_length(length: int) -> None:
    message = refusal(lambda: identifiers.check_institution_code("1" * length))
    assert f"9位组织机构代码或18位统一社会信用代码，现在是{length}位" in message


def test_org_code_shape_and_print() -> None:
    assert "末位应为数字或X" in refusal(lambda: identifiers.check_org_code("60003734A"))
    assert identifiers.format_org_code("D2143569X") == "D2143569-X"
    assert identifiers.format_org_code("D2143569-x") == "D2143569-X"
    assert identifiers.format_org_code("91110000600037341L") == "91110000600037341L"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("B1110000600037341", "第1位"),
        ("91999999600037341", "第3至8位"),
        ("91110000600037342", "第9至17位"),
    ],
)
def test_uscc_doubts(body: str, place: str) -> None:
    code = identifiers.uscc_with_check_character(body)
    (warning,) = identifiers.check_uscc(code).warnings
    assert warning.startswith(place)


def test_uscc_issued_by_a_central_body() -> None:
    code = identifiers.uscc_with_check_character("12100000600037341")
    assert identifiers.check_uscc(code).warnings == ()


def test_registration_number_parts() -> None:
    parts = identifiers.parse_institution_registration("pdy70012-3 420106 17 D212 2")
    assert parts == identifiers.InstitutionRegistration("PDY700123", "420106", "17", "D212", "2")


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("60003734242010617D2122", "第1至9位"),
        ("60003734149999917D2122", "第10至15位"),
        ("60003734142010699D2122", "第16至17位"),
        ("60003734142010617Y9992", "第18至21位"),
        ("60003734142010617D2128", "第22位"),
    ],
)
def test_registration_number_doubts(number: str, place: str) -> None:
    (warning,) = identifiers.check_institution_registration(number).warnings
    assert warning.startswith(place)


def test_registration_number_refusals() -> None:
    check = identifiers.check_institution_registration
    assert "应为22位，现在是21位" in refusal(lambda: check("60003734142010617D212"))
    assert "只能包含数字和字母" in refusal(lambda: check("60003734142010617D212医"))


@given(resident_ids)
def test_qualification_certificate_holds_the_id_number(number: str) -> None:
    parts = identifiers.parse_qualification_certificate(f"201542110{number}")
    assert (parts.year, parts.province, parts.level, parts.category) == (2015, "42", "1", "10")
    assert identifiers.id_numbers_match(parts.id_number, number)


def test_qualification_certificate_with_an_old_number() -> None:
    value = "200042241" + "420211800101001"
    assert CHECKS["qualification_cert"](value).warnings == ()
    parts = identifiers.parse_qualification_certificate(value)
    assert identifiers.id_numbers_match(parts.id_number, resident(date(1980, 1, 1)))


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("199842210420211800101001", "第1至4位"),
        ("201942210420211800101001", "第1至4位"),
        ("201599210420211800101001", "第5至6位"),
        ("201542299420211800101001", "第8至9位"),
        ("201542210420211801301001", "第10位起"),
        ("201542210110105194912310021", "第10位起"),
    ],
)
def test_qualification_certificate_doubts(value: str, place: str) -> None:
    (warning,) = CHECKS["qualification_cert"](value).warnings
    assert warning.startswith(place)


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("201542310420211800101001", "第7位应为1"),
        ("20154221042021180010100X", "应全部为数字"),
        ("2015422104202118001010011", "应为24或27位，现在是25位"),
    ],
)
def test_qualification_certificate_refusals(value: str, part: str) -> None:
    assert part in refusal(lambda: CHECKS["qualification_cert"](value))


def test_practice_certificate() -> None:
    parts = identifiers.parse_practice_certificate("141420000000456")
    assert parts == identifiers.PracticeCertificate("1", "41", "420000", "000456")
    check = identifiers.check_practice_certificate
    assert check("199420000000456").warnings == ("第2至3位不是已知的医师类别代码，请核对。",)
    assert check("110999999000456").warnings == ("第4至9位不是已知的行政区划代码，请核对。",)
    assert "应全部为数字" in refusal(lambda: check("14142000000045X"))


@pytest.mark.parametrize(
    "value",
    ["13900000000", "+86 139 0000 0000", "8613900000000", "008613900000000", "１３９-0000-0000"],
)
def test_mobile(value: str) -> None:
    assert identifiers.check_mobile(value) == Checked("13900000000")


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("1390000000", "应为11位，现在是10位"),
        ("+85213900000000", "应为11位"),
        ("23900000000", "以1开头"),
        ("1390000000a", "应为11位数字"),
    ],
)
def test_mobile_refusals(value: str, part: str) -> None:
    assert part in refusal(lambda: identifiers.check_mobile(value))


def test_postcode() -> None:
    assert identifiers.check_postcode("４４0000").warnings == ()
    (warning,) = identifiers.check_postcode("100000").warnings
    assert "湖北省" in warning
    assert "应全部为数字" in refusal(lambda: identifiers.check_postcode("43001O"))

"""Identity documents: resident ID, its relatives and every other type of the table."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import identifiers
from tests.services.identifier_cases import CHECKS, TODAY, document, refusal, resident, rows

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENT_TYPES = rows("config/reference/id_document_types.csv")


@given(st.dates(date(1000, 1, 1), TODAY), st.integers(0, 999))
def test_birth_date_and_gender_round_trip(born: date, serial: int) -> None:
    number = resident(born, serial=f"{serial:03d}")
    assert identifiers.birth_date_of(number) == born
    assert identifiers.gender_code_of(number) == ("1" if serial % 2 else "2")


def test_gender_codes_are_those_of_the_table() -> None:
    names = {row["code"]: row["name"] for row in rows("config/reference/genders.csv")}
    assert names[identifiers.gender_code_of("440524188001010014")] == "男性"
    assert names[identifiers.gender_code_of("11010519491231002X")] == "女性"


@pytest.mark.parametrize("read", [identifiers.birth_date_of, identifiers.gender_code_of])
@pytest.mark.parametrize("value", ["", "H12345678", "X10105194912310021"])
def test_nothing_is_read_from_other_numbers(read: Callable[[str], object], value: str) -> None:
    refusal(lambda: read(value))


@pytest.mark.parametrize("day", ["19900230", "19900431", "19901301", "19900100", "00000101"])
def test_a_date_that_does_not_exist(day: str) -> None:
    number = identifiers.resident_id_with_check_character(f"420211{day}001")
    assert "出生日期（第7至14位）不存在" in refusal(lambda: CHECKS["resident_id"](number))


def test_leap_days() -> None:
    assert identifiers.birth_date_of(resident(date(2000, 2, 29))) == date(2000, 2, 29)
    number = identifiers.resident_id_with_check_character("42021119000229001")
    refusal(lambda: CHECKS["resident_id"](number))


@pytest.mark.parametrize(
    ("born", "warning"),
    [
        (date(2002, 3, 1), None),
        (date(2002, 3, 2), "不满16周岁"),
        (TODAY, "不满16周岁"),
        (date(1917, 3, 2), None),
        (date(1917, 3, 1), "超过100周岁"),
    ],
)
def test_age(born: date, warning: str | None) -> None:
    found = CHECKS["resident_id"](resident(born)).warnings
    assert len(found) == (0 if warning is None else 1)
    assert warning is None or warning in found[0]


def test_birth_is_measured_by_the_day_given() -> None:
    born = TODAY + timedelta(days=1)
    assert "晚于今天" in refusal(lambda: CHECKS["resident_id"](resident(born)))
    assert identifiers.check_resident_id(resident(born), today=born).value == resident(born)


def test_lengths_are_named() -> None:
    message = refusal(lambda: CHECKS["resident_id"]("11010519491231002"))
    assert message == "身份证号码应为18位，现在是17位。"


@pytest.mark.parametrize(
    ("region", "warning"),
    [
        ("420211", None),
        ("999999", "前6位不是已知的行政区划代码"),
        ("810000", "港澳台居民居住证"),
    ],
)
def test_region_of_a_resident_id(region: str, warning: str | None) -> None:
    found = CHECKS["resident_id"](resident(date(1990, 1, 1), region)).warnings
    assert len(found) == (0 if warning is None else 1)
    assert warning is None or warning in found[0]


def test_regions() -> None:
    # In force, abolished in 1983, of residence permits only, never existing, malformed.
    assert all(map(identifiers.region_known, ["420102", "422222", "830000"]))
    assert not any(map(identifiers.region_known, ["429999", "42", "", "code"]))


def test_other_cards_with_the_same_algorithm() -> None:
    mainland = resident(date(1990, 1, 1))
    assert "81、82或83加4个0开头" in refusal(lambda: document("03", mainland))
    assert "以9开头" in refusal(lambda: document("15", mainland))
    assert document("15", "911124198108030024").warnings == ()
    assert document("15", "usa110081010101").value == "USA110081010101"
    assert "3个字母加12个数字" in refusal(lambda: document("15", "US1110081010101"))
    nowhere = identifiers.resident_id_with_check_character("99912419810803002")
    assert document("15", nowhere).warnings == ("第2至3位不是已知的省级代码，请核对。",)
    permit = resident(TODAY + timedelta(days=1), "820000")
    assert "晚于今天" in refusal(lambda: document("03", permit))
    assert "不满16周岁" in document("03", resident(TODAY, "820000")).warnings[0]


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_old_and_new_number_of_a_person_match(born: date, serial: int) -> None:
    new = resident(born, serial=f"{serial:03d}")
    old = new[:6] + new[8:17]
    assert identifiers.id_numbers_match(old, new)
    assert identifiers.id_numbers_match(new.lower(), old)
    assert not identifiers.id_numbers_match(old, resident(born, "420102", f"{serial:03d}"))


def test_an_old_number_is_no_later_person() -> None:
    new = resident(date(2001, 5, 6))
    assert not identifiers.id_numbers_match(new[:6] + new[8:17], new)


def test_every_type_of_the_table_is_handled() -> None:
    assert {row["code"] for row in DOCUMENT_TYPES} == identifiers.IDENTITY_DOCUMENT_CODES


@pytest.mark.parametrize("type_code", ["", "1", "16", "居民身份证"])
def test_unknown_type(type_code: str) -> None:
    message = refusal(lambda: document(type_code, "11010519491231002X"))
    assert message == "证件类型无效，请从列表中重新选择。"


@pytest.mark.parametrize("type_code", ["04", "05", "06", "07", "08", "09"])
@given(data=st.data())
def test_whatever_fits_the_pattern_of_the_table(type_code: str, data: st.DataObject) -> None:
    """The types without a binding check digit accept exactly the shapes of the table."""
    pattern = next(row["pattern"] for row in DOCUMENT_TYPES if row["code"] == type_code)
    value = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
    checked = document(type_code, value)
    assert checked.value == re.sub(r"[()\s]", "", value).upper()
    assert document(type_code, checked.value) == checked


@pytest.mark.parametrize(
    ("type_code", "value", "normal", "warned"),
    [
        ("02", "110105 19491231 002x", "11010519491231002X", False),
        ("04", "A123456（3）", "A1234563", False),
        ("04", "a123456(4)", "A1234564", True),
        ("04", "AB987654(3)", "AB9876543", False),
        ("05", "1/234567/8", "12345678", False),
        ("05", "5123456(7)", "51234567", False),
        ("06", "A123456789", "A123456789", False),
        ("06", "A123456788", "A123456788", True),
        ("07", "e 12345678", "E12345678", False),
        ("08", "H1234567801", "H1234567801", False),
        ("09", "0123456701(B)", "0123456701B", False),
        ("10", "军字第 2001-123 号", "军字第2001123号", False),
        ("13", "士兵证", "士兵证", True),
        ("14", "𠮷〔2018〕第1号", "𠮷〔2018〕第1号", False),
    ],
)
def test_accepted_document(type_code: str, value: str, normal: str, *, warned: bool) -> None:
    checked = document(type_code, value)
    assert checked.value == normal
    assert bool(checked.warnings) is warned


@pytest.mark.parametrize(
    ("type_code", "value", "part"),
    [
        ("01", "11010519491231002Y", "末位应为数字或X"),
        ("04", "A123456", "应为8或9位，现在是7位"),
        ("04", "12345678", "1至2个字母"),
        ("05", "21234567", "以1、5、7或8开头"),
        ("06", "A323456789", "1或2"),
        ("07", "E1234", "6至20位"),
        ("07", "E" * 21, "6至20位"),
        ("07", "E1234567/8", "6至20位"),
        ("08", "C12345678", "字母H或M"),
        ("08", "H123456789", "8位或10位"),
        ("09", "123456789", "8位数字"),
        ("11", "警" * 31, "不能超过30个字，现在是31个字"),
        ("12", "文职\x00123", "请删除其他符号"),
        ("15", "9111241981080300", "应为15或18位，现在是16位"),
    ],
)
def test_refused_document(type_code: str, value: str, part: str) -> None:
    assert part in refusal(lambda: document(type_code, value))

"""Identifiers: the vectors, check characters, the normal form and the discretion of messages."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services import identifiers
from services.errors import DomainError
from services.identifiers import Checked, InvalidIdentifierError
from tests.services.identifier_cases import (
    CHECKS,
    USCC_ALPHABET,
    checked_numbers,
    document,
    refusal,
    resident_ids,
    rows,
    usccs,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
VECTORS = rows("tests/data/validation_vectors.csv")

# What the message must name for each vector that is refused.
REASONS = {
    "110105194912310021": "校验位不符",
    "420102209901010016": "晚于今天",
    "110105491231002": "15位的旧身份证号码",
    "810000199408230022": "校验位不符",
    "600037342": "校验位不符",
    "91110000600037341M": "校验位不符",
    "91110000600037341I": "不含I、O、S、V、Z",
    "310420106000123": "第1位应为1（执业医师）或2（执业助理医师）",
    "21042010600012": "应为15位，现在是14位",
    "2015422104201": "应为24或27位，现在是13位",
    "12345678901": "第2位为3至9",
    "43001": "应为6位，现在是5位",
}
# The vectors call these invalid and leave a choice: the first has a full-width digit ("normalise
# with NFKC first or reject"), and half-width and full-width input are to be equal; the second is
# in use although it does not parse ("accept only as a warning").
NORMALISED = "1101051949123100２X"
WARNED_OF = "5456961589465151461515"


def mentions(message: str, value: str) -> bool:
    """Tell whether five characters in a row of the value stand in the message."""
    return any(value[i : i + 5] in message for i in range(len(value) - 4))


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['kind']}-{row['value']}")
def test_vector(row: dict[str, str]) -> None:
    check, value = CHECKS[row["kind"]], row["value"]
    if value == NORMALISED:
        assert check(value).value == "11010519491231002X"
    elif value == WARNED_OF:
        assert len(check(value).warnings) == 4
    elif row["expected"] == "valid":
        checked = check(value)
        assert checked.value == value.replace("-", "").upper()
        # The only doubt in a valid vector is an age nobody reaches.
        assert all("超过100周岁" in warning for warning in checked.warnings)
    else:
        message = refusal(lambda: check(value))
        assert REASONS[value] in message
        assert not mentions(message, value)


def test_every_refused_vector_has_a_reason() -> None:
    refused = {row["value"] for row in VECTORS if row["expected"] == "invalid"}
    assert refused == set(REASONS) | {NORMALISED, WARNED_OF}


@given(checked_numbers)
def test_generated_number_is_accepted(kind_and_number: tuple[str, str]) -> None:
    kind, number = kind_and_number
    assert CHECKS[kind](number).value == number


@given(checked_numbers, st.data())
def test_any_other_digit_is_refused(kind_and_number: tuple[str, str], data: st.DataObject) -> None:
    kind, number = kind_and_number
    places = [i for i, character in enumerate(number) if character.isdigit()]
    assume(places)
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != number[place])
    refusal(lambda: CHECKS[kind](number[:place] + digit + number[place + 1 :]))


@given(usccs, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_any_other_character_of_a_uscc_is_refused(code: str, place: int, other: str) -> None:
    """MOD 31 over a prime alphabet detects letters too; MOD 11 of org codes does not."""
    assume(other != code[place])
    refusal(lambda: identifiers.check_uscc(code[:place] + other + code[place + 1 :]))


@given(
    st.one_of(st.tuples(st.just("resident_id"), resident_ids), st.tuples(st.just("uscc"), usccs)),
    st.data(),
)
def test_swapped_neighbours_are_refused(
    kind_and_number: tuple[str, str], data: st.DataObject
) -> None:
    """Neighbouring weights differ modulo the prime, so a swap is always detected."""
    kind, number = kind_and_number
    place = data.draw(st.integers(0, len(number) - 2))
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    refusal(lambda: CHECKS[kind](swapped))


@given(st.text("0123456789", min_size=8, max_size=8), st.integers(0, 7))
def test_swapped_digits_of_an_org_code_are_refused(body: str, place: int) -> None:
    """Guaranteed between digits; two letters may differ by eleven and hide a swap."""
    code = identifiers.org_code_with_check_character(body)
    assume(code[place : place + 2].isdigit() and code[place] != code[place + 1])
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    refusal(lambda: identifiers.check_org_code(swapped))


@pytest.mark.parametrize(
    ("complete", "body"),
    [
        (identifiers.resident_id_with_check_character, "4202111990010100"),
        (identifiers.resident_id_with_check_character, "4202111990010100１1"),
        (identifiers.org_code_with_check_character, "6000373"),
        (identifiers.org_code_with_check_character, "d2143569"),
        (identifiers.uscc_with_check_character, "9111000060003734I"),
        (identifiers.uscc_with_check_character, "9111000060003734"),
    ],
)
def test_a_body_that_cannot_be_completed(complete: Callable[[str], str], body: str) -> None:
    with pytest.raises(ValueError, match="the body must be") as caught:
        complete(body)
    assert not isinstance(caught.value, InvalidIdentifierError)


@given(st.text())
def test_normalising_is_idempotent(text: str) -> None:
    once = identifiers.normalise(text)
    assert identifiers.normalise(once) == once


@given(checked_numbers)
def test_full_width_equals_half_width(kind_and_number: tuple[str, str]) -> None:
    kind, number = kind_and_number
    assert CHECKS[kind](number.lower().translate(FULL_WIDTH)) == CHECKS[kind](number)


@given(checked_numbers, st.data())
def test_blanks_hyphens_and_invisible_marks_do_not_count(
    kind_and_number: tuple[str, str], data: st.DataObject
) -> None:
    kind, number = kind_and_number
    place = data.draw(st.integers(0, len(number)))
    padding = data.draw(st.sampled_from([" ", "\t", "\u3000", "-", "－", "—", "\u202d", "\ufeff"]))
    assert CHECKS[kind](f" {number[:place]}{padding}{number[place:]}\n").value == number


@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize("nothing", ["", "  ", "--", "\u3000\u200b"])
def test_nothing_is_asked_for(kind: str, nothing: str) -> None:
    assert refusal(lambda: CHECKS[kind](nothing)).startswith("请填写")


@given(st.text(max_size=30))
def test_any_text_is_accepted_in_ascii_or_refused_with_a_sentence(text: str) -> None:
    sentences: list[str] = []
    for check in CHECKS.values():
        try:
            assert check(text).value.isascii()
        except InvalidIdentifierError as error:
            sentences.append(error.message)
    assert all(sentence.endswith("。") for sentence in sentences)


def test_a_refusal_is_a_broken_rule_of_the_domain() -> None:
    with pytest.raises(DomainError, match="请填写手机号。") as caught:
        identifiers.check_mobile("")
    assert isinstance(caught.value, ValueError)
    assert caught.value.field is None


@pytest.mark.parametrize("kind", CHECKS)
def test_digits_of_other_scripts_are_refused(kind: str) -> None:
    vector = next(row["value"] for row in VECTORS if row["kind"] == kind)
    to_arabic = {ord("0") + i: 0x0660 + i for i in range(10)}
    refusal(lambda: CHECKS[kind](vector.translate(to_arabic)))


@given(checked_numbers, st.data())
def test_messages_never_contain_the_number(
    kind_and_number: tuple[str, str], data: st.DataObject
) -> None:
    """Whatever a number is checked as, neither message, warnings nor ``repr`` repeat it."""
    _, number = kind_and_number
    number = number[: data.draw(st.integers(6, len(number)))]
    checks = [
        *CHECKS.values(),
        identifiers.check_institution_code,
        *(lambda v, c=code: document(c, v) for code in identifiers.IDENTITY_DOCUMENT_CODES),
        lambda v: Checked(identifiers.birth_date_of(v).isoformat()),
        lambda v: Checked(identifiers.gender_code_of(v)),
    ]
    for check in checks:
        try:
            said = repr(check(number))
        except InvalidIdentifierError as error:
            said = str(error) + repr(error)
        assert not mentions(said, number)


def test_parsed_certificates_hide_personal_parts() -> None:
    parts = identifiers.parse_qualification_certificate("201542210420102190101010010")
    assert "420102190101010010" not in repr(parts)


@pytest.mark.parametrize("typed", ["43001²", "43001①", "4300₁1", "43001½"])
def test_digits_that_nobody_has_meant_are_refused(typed):
    with pytest.raises(InvalidIdentifierError, match="特殊数字"):
        identifiers.check_postcode(typed)
    for check in (
        partial(identifiers.check_resident_id, today=dt.date(2017, 12, 27)),
        identifiers.check_uscc,
        identifiers.check_org_code,
        identifiers.check_mobile,
        identifiers.check_institution_registration,
        identifiers.check_practice_certificate,
    ):
        with pytest.raises(InvalidIdentifierError, match="特殊数字"):
            check(typed)

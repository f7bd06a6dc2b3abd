"""Typed codes that are none: what is wrong with them is pointed at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import misreading, signing
from services.misreading import look_at

CODE = "18A-7K3F-9QXW-B2MD-C-03"


def marked(found):
    return "".join(f"[{letter}]" if is_wrong else letter for letter, is_wrong in found.marked)


@pytest.mark.parametrize(
    ("typed", "shown", "sentence"),
    [
        ("18A-7K3F-9Q#W-B2MD-C-03", "18A-7K3F-9Q[#]W-B2MD-C-03", misreading.WRONG),
        ("1XA7K3F9QXWB2MDC03", "1[X]A-7K3F-9QXW-B2MD-C-03", misreading.WRONG),
        ("18A-7K3F-9QXW-B2MD-C-0B", "18A-7K3F-9QXW-B2MD-C-0[B]", misreading.WRONG),
        ("18甲-7K3F-9QXW-B2MD-C-03", "18[甲]-7K3F-9QXW-B2MD-C-03", misreading.WRONG),
        # The eye takes O for 0 and I for 1; so does the platform.
        ("I8A-7K3F-9QXW-B2MD-C-O3", "I8A-7K3F-9QXW-B2MD-C-O3", misreading.MISREAD),
        (CODE, CODE, misreading.MISREAD),
        ("HMC-18A-7K3F-9QXW-B2MD-C", "HMC-18A-7K3F-9QXW-B2MD-C", misreading.MISREAD),
        ("", "", misreading.EMPTY),
        ("HMC", "HMC-", misreading.EMPTY),
    ],
)
def test_what_is_wrong(typed, shown, sentence):
    found = look_at(typed)
    assert (marked(found), found.sentence) == (shown, sentence)
    assert found.has_marks is ("[" in shown)


def test_missing_and_superfluous_characters_are_counted():
    assert "应有18位，现在是13位，少5位" in look_at("18A7K3F9QXWB2").sentence
    assert "应有16位，现在是15位，少1位" in look_at("HMC18A7K3F9QXWB2MD").sentence
    assert "多出3位" in look_at("18A7K3F9QXWB2MDC03000").sentence


@given(st.text(max_size=100))
def test_it_never_fails_and_shows_nothing_that_was_not_typed(typed):
    found = look_at(typed)
    letters = "".join(letter for letter, _ in found.marked).replace("-", "")
    assert letters in signing.normalise(typed)
    assert found.sentence

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import personal_numbers
from services.personal_numbers import UNSAID, is_personal, said
from tests.factories.certificates import make_id_number
from tests.services.personal_number_cases import OTHERS, PEOPLE

SCRIPT = Path(__file__).parents[2] / "static/js/personal_numbers.js"


@pytest.mark.parametrize("keyword", PEOPLE)
def test_numbers_of_people(keyword):
    assert is_personal(keyword)
    assert said(keyword) == UNSAID


@pytest.mark.parametrize("keyword", OTHERS)
def test_other_words(keyword):
    assert not is_personal(keyword)
    assert said(keyword) == keyword


@pytest.mark.parametrize(
    ("keyword", "numbers"),
    [
        ("sfz420106199001011234", ["420106199001011234"]),
        ("201542210420102190101010010", ["420102190101010010"]),
        ("0086 138 0013 8000", ["13800138000"]),
        ("A123456（7）", ["A1234567"]),
        ("张三，ea1234567", ["EA1234567"]),
        ("1/234567/8", ["12345678"]),
        ("13800138000/13900139000", ["13800138000", "13900139000"]),
    ],
)
def test_numbers_are_found_in_their_normal_form(keyword, numbers):
    assert personal_numbers._numbers_in(keyword) == numbers


def is_between(character):
    """Whether a character is none that a number could be made of, in any of its forms."""
    plain = unicodedata.normalize("NFKC", character)
    return not any(one.isalnum() or unicodedata.category(one)[0] == "M" for one in plain)


SEPARATORS = st.text(st.characters(exclude_categories=["Cs", "L", "M", "N"]).filter(is_between))
NUMBERS = st.one_of(
    st.builds(make_id_number, born_on=st.dates(dt.date(1930, 1, 1), dt.date(2017, 12, 31))),
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.from_regex(r"\A(?!HB)[A-Z]{1,2}[0-9]{7}\Z"),
)


@given(number=NUMBERS, gaps=st.lists(SEPARATORS, min_size=19, max_size=19))
def test_any_number_typed_with_any_separators_is_recognised(number, gaps):
    typed = "".join(gap + one for gap, one in zip(gaps, number, strict=False)) + gaps[-1]
    assert is_personal(typed)
    assert number in personal_numbers._numbers_in(typed)


@given(word=st.from_regex(r"\A[A-Za-z\u4e00-\u9fff]{1,8}\Z"), is_before=st.booleans())
def test_letters_beside_a_number_do_not_hide_it(word, is_before):
    for number in ("13800138000", "420106199001011234"):
        # An X behind seventeen digits is one of them.
        assert is_personal(word + number if is_before else number + word)


@pytest.mark.parametrize("name", ["ID", "OLD_ID", "MOBILE", "DOCUMENT", "BARE", "REGISTRATION"])
def test_the_browser_asks_by_the_same_expressions(name):
    script = SCRIPT.read_text(encoding="utf-8")
    assert re.search(rf"const {name} = /(.*)/;", script)[1] == (
        getattr(personal_numbers, f"_{name}").pattern
    )

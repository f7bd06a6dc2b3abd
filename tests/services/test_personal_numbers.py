from __future__ import annotations

import re
from pathlib import Path

import pytest

from services import personal_numbers
from services.personal_numbers import is_personal
from tests.factories.certificates import make_id_number

SCRIPT = Path(__file__).parents[2] / "static/js/personal_numbers.js"


@pytest.mark.parametrize(
    "keyword",
    [
        *("13800138000", "+86 138 0013 8000", "138-0013-8000", "\uff11\uff13\uff18" + "00138000"),
        *("420102199001011237", "42010219900101123x", "420102 19900101 1237", "420102900101123"),
        *(
            "420102199001011237。",
            "张三 420102199001011237",
            "证件420102199001011237",
            "138.0013.8000",
        ),
        *("420102/19900101/1237", "13800138000 汉口医院", "E12345678", "h1234567890"),
        # The number of a certificate holds that of the person.
        "201742110420102199001011237"[:9] + "420102199001011237",
    ],
)
def test_numbers_of_people(keyword):
    assert is_personal(keyword)


@pytest.mark.parametrize(
    "keyword",
    [
        *("", "周晓燕", "hb2000201", "10000001", "12345678901", "430015", "1380013800"),
        *("18A-7K3F-9QXW-B2MD-C-03", "D600", "2018年 第1批", "E1234567"),
        *("12420100441626842Y", "124201004416268420", "110420102000001", "44162684242010211A1001"),
    ],
)
def test_other_words(keyword):
    assert not is_personal(keyword)


def test_every_number_that_the_tests_draw_is_one():
    assert all(is_personal(make_id_number()) for _ in range(20))


def test_the_browser_asks_by_the_same_pattern():
    script = re.search(r"PERSONAL = /(.*)/;", SCRIPT.read_text(encoding="utf-8"))[1]
    ours = personal_numbers._PERSONAL.pattern
    assert script.replace("\\d", "[0-9]").replace("[[0-9]X]", "[0-9X]") == ours

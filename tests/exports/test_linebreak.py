"""Where lines break."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.linebreak import LineBreaker

# Ten points a character, Latin ones half of it.
WIDTHS = defaultdict(lambda: 1000, dict.fromkeys(range(0x20, 0x7F), 500))


def broken(text: str, characters: float) -> list[str]:
    """Break a text for a column as broad as so many Chinese characters."""
    return [line for line, _ in LineBreaker(WIDTHS, 10, characters * 10).break_text(text)]


@pytest.mark.parametrize(
    ("text", "characters", "lines"),
    [
        ("内科", 4, ["内科"]),
        ("", 4, []),
        ("内科\n外科", 4, ["内科", "外科"]),
        ("内\n\n外", 4, ["内", "", "外"]),
        # Lines of about the same length.
        ("考核结论", 3, ["考核", "结论"]),
        ("传染科医学", 4, ["传染科", "医学"]),
        # A stop does not begin a line, an opening bracket does not end one.
        ("内外妇儿，五官", 4, ["内外妇", "儿，五官"]),
        ("内外妇（儿科）", 4, ["内外妇", "（儿科）"]),
        ("买买提·阿卜", 3, ["买买", "提·", "阿卜"]),
        # Numbers and Latin words stay whole, but for a hyphen.
        ("证420222199001011234", 9, ["证", "420222199001011234"]),
        ("2017.01-2017.06", 5, ["2017.01-", "2017.06"]),
        ("18A-7K3F-9QXW", 4, ["18A-", "7K3F-", "9QXW"]),
        # What is longer than the column is broken anywhere.
        ("A" * 10, 2.5, ["AAAAA", "AAAAA"]),
        ("，，，，，，", 3, ["，，，", "，，，"]),
        ("医 师", 2, ["医", "师"]),
    ],
)
def test_lines(text, characters, lines):
    assert broken(text, characters) == lines


@given(st.text(st.sampled_from("内外妇儿，。（）·A1-, \n"), max_size=60), st.integers(2, 12))
def test_no_line_is_too_long_and_nothing_but_blanks_is_lost(text, characters):
    breaker = LineBreaker(WIDTHS, 10, characters * 10)
    lines = breaker.break_text(text)
    for line, width in lines:
        assert width == pytest.approx(breaker.width(line))
        assert width <= characters * 10 + 1e-6
    shown = "".join(line for line, _ in lines)
    assert shown.replace(" ", "") == text.replace("\n", "").replace(" ", "")


def test_long_texts_are_filled_and_fast():
    lines = broken("医" * 100_000, 10)
    assert len(lines) == 10_000
    assert set(lines) == {"医" * 10}

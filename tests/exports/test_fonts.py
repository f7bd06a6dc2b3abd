"""Fonts: coverage, cleaning, and text that can be copied from paper."""

from __future__ import annotations

import re
import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.pdfbase.ttfonts import TTFontFile
from reportlab.pdfgen.canvas import Canvas

from exports.fonts import (
    BOLD,
    FONT_DIRECTORY,
    REGULAR,
    MissingGlyphError,
    character_widths,
    printable,
    register_fonts,
    to_unicode_map,
)
from services.errors import DomainError

ROOT = Path(__file__).parents[2]


def test_fonts_come_with_their_licence():
    licence = (FONT_DIRECTORY / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert {path.name for path in FONT_DIRECTORY.glob("*.ttf")} == {
        "NotoSerifSC-Regular.ttf",
        "NotoSerifSC-Bold.ttf",
    }


def test_pages_can_show_every_rare_character_that_papers_can_print():
    style = (ROOT / "static/css/platform.css").read_text(encoding="utf-8")
    first, _, later = re.search(r"unicode-range: U\+(\w+)-(\w+), U\+(\w+)-", style).groups()
    printed = TTFontFile(str(FONT_DIRECTORY / "NotoSerifSC-Regular.ttf")).charToGlyph
    shown = TTFontFile(str(ROOT / "static/css/rare-characters.ttf")).charToGlyph
    rare = {c for c in printed if int(first, 16) <= c < 0xA000 or c >= int(later, 16)}
    assert rare <= set(shown)
    assert ord("𬭎") in rare


@pytest.mark.parametrize("text", ["周𬭎", "㛃䶮", "阿卜杜拉·买买提", "（“”）《》。√□", "Ａ１　A1"])
def test_what_our_papers_need_is_there(text):
    assert printable(text) == text


def test_common_characters_are_there():
    # The first plane of the 通用规范汉字表 lies within the Unified Ideographs of Unicode 1.1.
    characters = register_fonts()
    assert sum(chr(code) in characters for code in range(0x4E00, 0x9FA6)) > 20_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1bc\x7fd\x85e", "abcde"),
        ("王\u202e\u200b\u2066\ufeff\u00ad芳", "王芳"),
        ("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ("a\tb", "a b"),
        (" 王　芳 ", " 王　芳 "),
    ],
)
def test_control_characters_have_no_shape(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("character", ["𠀀", "😀", "\ue000", "ا", "\ud800", "\U000e0100"])
def test_missing_glyph_is_an_error_that_names_it(character):
    with pytest.raises(MissingGlyphError) as caught:
        printable(f"张{character}三")
    error = caught.value
    assert (error.character, error.text) == (character, f"张{character}三")
    assert f"U+{ord(character):04X}" in error.message
    assert "张" not in error.message
    assert error.message.isprintable()
    assert isinstance(error, DomainError)


@given(st.text(max_size=30))
@example("\u1680")
def test_text_is_printable_or_refused_and_cleaning_is_stable(text):
    # Line breaks and tabs are understood, other blanks are printed if the fonts have them.
    known = "".join(
        it
        for it in text
        if it in register_fonts() or (it.isspace() and unicodedata.category(it) != "Zs")
    )
    shown = printable(known)
    assert printable(shown) == shown
    assert set(shown) <= register_fonts()
    if any(it.isprintable() and it not in register_fonts() for it in text):
        with pytest.raises(MissingGlyphError) as caught:
            printable(text)
        assert caught.value.character in text


def test_fonts_are_registered_once():
    assert register_fonts() is register_fonts()


def test_widths_are_known():
    assert character_widths(REGULAR)[ord("医")] == character_widths(BOLD)[ord("医")] == 1000


def test_unicode_map_is_utf_16_in_blocks_of_a_hundred():
    subset = [0, 0x4E2D, 0x2CB4E, *range(0x5000, 0x5000 + 250)]
    written = to_unicode_map("AAAAAA+X", subset)
    assert "<01> <4E2D>" in written
    assert "<02> <D872DF4E>" in written
    assert re.findall(r"(\d+) beginbfchar", written) == ["100", "100", "53"]
    assert len(re.findall(r"^<[0-9A-F]{2}> <[0-9A-F]{4}", written, re.MULTILINE)) == 253


@pytest.mark.parametrize("font", [REGULAR, BOLD])
def test_text_of_every_plane_can_be_copied(font):
    register_fonts()
    characters = [it for it in sorted(register_fonts()) if it > "\u3400"]
    rare = [it for it in characters if it > "\uffff"][:300]
    common = characters[::80][:300]
    output = BytesIO()
    canvas = Canvas(output, initialFontName=font, invariant=1)
    lines = ["".join(chosen) for chosen in (rare[:150], common[:150], rare[150:], common[150:])]
    for number, line in enumerate(lines):
        for start in range(0, len(line), 30):
            canvas.drawString(20, 800 - 150 * number - start, line[start : start + 30])
    canvas.save()
    text = "".join(PdfReader(BytesIO(output.getvalue())).pages[0].extract_text().split())
    assert text == "".join(lines)
    assert len(rare) > 100

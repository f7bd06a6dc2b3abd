"""Headers of downloads."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from exports.http import PDF, XLSX, attachment


def names_of(filename: str, **options: bool) -> tuple[str, str, str]:
    """Return disposition, ASCII name and Chinese name as a browser reads them."""
    header = attachment(filename, PDF, **options)["Content-Disposition"]
    disposition, plain, encoded = header.split("; ")
    assert plain.startswith('filename="')
    assert plain.endswith('"')
    assert encoded.startswith("filename*=UTF-8''")
    return disposition, plain[10:-1], unquote(encoded[17:], errors="strict")


def test_chinese_name_travels_encoded_beside_an_ascii_one():
    header = attachment("花名册2018.pdf", PDF)["Content-Disposition"]
    assert header == (
        "attachment; filename=\"2018.pdf\"; filename*=UTF-8''%E8%8A%B1%E5%90%8D%E5%86%8C2018.pdf"
    )


def test_a_standard_reader_gets_the_chinese_name():
    header = attachment("周𬭎.pdf", PDF)["Content-Disposition"]
    assert parse_options_header(header) == ("attachment", {"filename": "周𬭎.pdf"})


@pytest.mark.parametrize(
    ("filename", "plain", "chinese"),
    [
        ("花名册.xlsx", "download.xlsx", "花名册.xlsx"),
        ("roster 2018.pdf", "roster 2018.pdf", "roster 2018.pdf"),
        ("../../etc/passwd", "etc_passwd", "_.._etc_passwd"),
        ("C:\\a\\b.pdf", "C__a_b.pdf", "C__a_b.pdf"),
        ('a"b;c.pdf', "a_b_c.pdf", "a_b;c.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ("\u202efdp.exe", "fdp.exe", "fdp.exe"),
        ("100%41.pdf", "100_41.pdf", "100%41.pdf"),
        ("", "download", "download"),
        ("...", "download", "download"),
    ],
)
def test_names(filename, plain, chinese):
    assert names_of(filename) == ("attachment", plain, chinese)


def test_long_names_keep_their_suffix():
    _, _, name = names_of("医" * 400 + ".xlsx")
    assert name.endswith("医.xlsx")
    assert len(name) <= 150


def test_inline_is_shown_and_keeps_its_name():
    assert names_of("证明.pdf", inline=True) == ("inline", "download.pdf", "证明.pdf")


@given(st.text(max_size=300))
def test_no_name_breaks_out_of_the_header(filename):
    headers = attachment(filename, XLSX)
    assert headers["Content-Disposition"].isascii()
    assert headers["Content-Disposition"].isprintable()
    _, plain, name = names_of(filename)
    assert plain
    assert not set(plain + name) & set('/\\"\r\n')
    assert name not in {".", ".."}
    assert len(name) <= 150
    assert name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("mimetype", ["text/html\r\nX: y", "花名册/pdf", "pdf", "a/b/c", ""])
def test_media_types_are_plain(mimetype):
    with pytest.raises(ValueError, match="media type"):
        attachment("a.pdf", mimetype)


def test_downloads_are_neither_sniffed_nor_stored():
    headers = attachment("a.pdf", PDF)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"

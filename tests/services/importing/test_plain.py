"""What the reader of cells is given: the bytes that were scanned, whatever the package says."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from services.errors import DomainError
from services.institutions.importing.reading import read_table
from services.workbooks import archive, sheets
from services.workbooks.plain import plain_workbook
from tests.factories.workbooks import (
    HEADERS,
    NAMESPACE,
    import_table,
    patched,
    saved,
    with_sheet,
    xml_row,
)

GOOD = [{"name": "前川街卫生室", "category_code": "D600 村卫生室"}]
HEAD = xml_row(1, HEADERS)


def good():
    return import_table(GOOD)


def _with_a_second(relationship, *, also=""):
    """A good workbook whose relations name ``also`` besides its sheet, which would be a bomb."""
    with zipfile.ZipFile(io.BytesIO(good())) as parts:
        xml = parts.read("xl/_rels/workbook.xml.rels").decode()
    far = HEAD + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    sheet = f'<worksheet xmlns="{NAMESPACE}"><sheetData>{far}</sheetData></worksheet>'
    return patched(
        good(),
        {
            "xl/_rels/workbook.xml.rels": relationship(xml).encode(),
            "xl/worksheets/far.xml": sheet.encode(),
            **({also: sheet.encode()} if also else {}),
        },
    )


def _link(target, mode=""):
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    return f'<Relationship Id="rId1" Type="{kind}" Target="{target}" {mode}/>'


AMBIGUOUS = {
    "a key twice": lambda: _with_a_second(
        lambda xml: xml.replace(
            "</Relationships>", _link("worksheets/far.xml") + "</Relationships>"
        )
    ),
    "a key twice, the first counts": lambda: _with_a_second(
        lambda xml: xml.replace("<Relationship ", _link("worksheets/far.xml") + "<Relationship ", 1)
    ),
    "a key twice, once outside": lambda: _with_a_second(
        lambda xml: xml.replace(
            "</Relationships>",
            _link("worksheets/far.xml", 'TargetMode="External"') + "</Relationships>",
        )
    ),
    "a target by detours": lambda: _with_a_second(
        lambda xml: xml.replace("/xl/worksheets/sheet1.xml", "foo/../worksheets/sheet1.xml"),
        also="xl/foo/../worksheets/sheet1.xml",
    ),
}


@pytest.mark.parametrize("make", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_is_read_is_what_was_scanned(make):
    """Two readers may take different parts for one sheet; ours is given one sheet only."""
    package = archive.unpack(make())
    book = sheets.book_of(package)
    (sheet,) = book.sheets
    with zipfile.ZipFile(plain_workbook(package, book, sheet)) as parts:
        scanned = package.parts[sheet.part]
        held = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        assert [parts.read(name) for name in held] == [scanned]
    if b"XFD1048576" in scanned:
        with pytest.raises(DomainError, match="XFD1048576"):
            read_table(make())
    else:
        assert [row.text("name") for row in read_table(make()).rows] == ["前川街卫生室"]


def with_shared_strings():
    """A good workbook as Excel writes it: its texts stand in a part of their own."""
    texts = [*HEADERS, "前川街卫生室", "D600 村卫生室"]
    cells = "".join(f'<c r="{chr(65 + n)}1" t="s"><v>{n}</v></c>' for n in range(len(HEADERS)))
    name, category = len(HEADERS), len(HEADERS) + 1
    row = f'<c r="B2" t="s"><v>{name}</v></c><c r="C2" t="s"><v>{category}</v></c>'
    data = with_sheet(f'<row r="1">{cells}</row><row r="2">{row}</row>')
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        xml = parts.read("xl/_rels/workbook.xml.rels").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    link = f'<Relationship Id="rId9" Type="{kind}" Target="texts.xml"/></Rel'
    return patched(
        data,
        {
            "xl/_rels/workbook.xml.rels": xml.replace("</Rel", link).encode(),
            "xl/texts.xml": f'<sst xmlns="{NAMESPACE}">{items}</sst>'.encode(),
        },
    )


def test_what_is_read_is_packed_anew():
    """Whatever the zip says of itself, the library behind gets one of ours."""
    package = archive.unpack(with_shared_strings())
    book = sheets.book_of(package)
    with zipfile.ZipFile(plain_workbook(package, book, book.sheets[0])) as parts:
        assert {info.compress_type for info in parts.infolist()} == {zipfile.ZIP_STORED}
        assert set(parts.namelist()) == {
            "[Content_Types].xml",
            "_rels/.rels",
            "xl/workbook.xml",
            "xl/_rels/workbook.xml.rels",
            "xl/worksheets/sheet1.xml",
            "xl/styles.xml",
            "xl/sharedStrings.xml",
        }
    assert [row.text("name") for row in read_table(with_shared_strings()).rows] == ["前川街卫生室"]


@pytest.mark.parametrize("epoch", [CALENDAR_WINDOWS_1900, CALENDAR_MAC_1904])
def test_a_date_is_told_as_its_sheet_shows_it(epoch):
    book = openpyxl.load_workbook(io.BytesIO(good()))
    book.epoch = epoch
    book.active["B2"] = dt.date(2017, 12, 31)
    (row,) = read_table(saved(book)).rows
    assert "2017-12-31" in row.cells["name"].problem

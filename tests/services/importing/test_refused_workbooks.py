"""Workbooks that are refused as a whole, each with the sentence that says how to mend it."""

from __future__ import annotations

import datetime as dt
import io
import resource
import struct
import warnings
import zipfile

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from services.errors import DomainError
from services.institutions.importing import archive, reading, sheets
from services.institutions.importing.plain import plain_workbook
from services.institutions.importing.reading import read_table
from tests.factories.workbooks import (
    HEADERS,
    NAMESPACE,
    SHEET_PART,
    import_table,
    patched,
    saved,
    table,
    with_sheet,
    xml_row,
)

GOOD = [{"name": "前川街卫生室", "category_code": "D600 村卫生室"}]
COLUMNS = "ABCDEFGHIJ"
HEAD = xml_row(1, HEADERS)
ROW = xml_row(2, ["", "前川街卫生室", "D600 村卫生室"])


def good():
    return import_table(GOOD)


def compound(stream):
    """Return the head of a compound file that holds ``stream``, as old workbooks are."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as new, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that stands twice
        for name, data in parts:
            new.writestr(name, data)
    return file.getvalue()


def encrypted_zip():
    data = bytearray(good())
    # The flag of the first part, in its own head and in the directory at the end.
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(mark)
        data[start + at] |= 1
    return bytes(data)


def bomb():
    """Return a file of some hundred kilobytes that would be 204 MB."""
    blank = b"<row>" + b'<c t="n"><v>1</v></c>' * 40
    return patched(good(), {SHEET_PART: blank * 240_000})


def smaller_than_said(name=SHEET_PART):
    """Return a zip whose directory says less than what comes out of one part."""
    data = bytearray(good())
    start = data.rindex(name.encode(), 0, data.index(b"PK\x05\x06")) - 46
    assert data[start : start + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, start + 24, 100)
    return bytes(data)


def doctype(entity):
    with zipfile.ZipFile(io.BytesIO(good())) as parts:
        xml = parts.read(SHEET_PART)
    head = f"<?xml version='1.0'?><!DOCTYPE x [{entity}]>".encode()
    return patched(good(), {SHEET_PART: head + xml.replace(b"D600", b"&x;")})


def utf_16():
    with zipfile.ZipFile(io.BytesIO(good())) as parts:
        xml = parts.read(SHEET_PART).decode()
    return patched(good(), {SHEET_PART: xml.encode("utf-16")})


def hidden_book():
    book = openpyxl.load_workbook(io.BytesIO(good()))
    book.create_sheet("x")
    data = saved(book)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        xml = parts.read("xl/workbook.xml")
    return patched(data, {"xl/workbook.xml": xml.replace(b'state="visible"', b'state="hidden"')})


def two_of_one_name():
    book = openpyxl.load_workbook(io.BytesIO(good()))
    name = book.active.title
    book.create_sheet("x")
    data = saved(book)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        xml = parts.read("xl/workbook.xml")
    return patched(data, {"xl/workbook.xml": xml.replace(b'"x"', f'"{name}"'.encode())})


def without_relations():
    return zipped([("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>")])


REFUSED = {
    "empty": (lambda: b"", archive.EMPTY_FILE),
    "csv renamed": (lambda: "机构名称,机构类别\n".encode("gb18030"), archive.NOT_A_WORKBOOK),
    "a web page": (lambda: b"<html><table></table></html>", archive.NOT_A_WORKBOOK),
    "a PDF": (lambda: b"%PDF-1.7\n", archive.NOT_A_WORKBOOK),
    "xls": (lambda: compound("Workbook"), archive.OLD_FORMAT),
    "xls of 1995": (lambda: compound("Book"), archive.OLD_FORMAT),
    "encrypted": (lambda: compound("EncryptedPackage"), archive.ENCRYPTED),
    "an old letter": (lambda: compound("Letter"), archive.NOT_A_WORKBOOK),
    "encrypted zip": (encrypted_zip, archive.ENCRYPTED),
    "xlsb": (lambda: patched(good(), {"xl/workbook.bin": b"\x83\x01"}), archive.OTHER_FORMAT),
    "ods": (
        lambda: zipped([("mimetype", "application/vnd.oasis.opendocument.spreadsheet")]),
        archive.OTHER_FORMAT,
    ),
    "macros": (lambda: patched(good(), {"xl/vbaProject.bin": b"x"}), archive.MACROS),
    "a letter": (without_relations, archive.NOT_A_WORKBOOK),
    "a zip of nothing": (lambda: zipped([]), archive.NOT_A_WORKBOOK),
    "bomb": (bomb, archive.BURSTING),
    "too many parts": (
        lambda: patched(good(), {f"xl/media/{n}.png": b"x" for n in range(200)}),
        archive.BURSTING,
    ),
    "nested zip": (lambda: patched(good(), {"xl/media/a.png": good()}), archive.EMBEDDED),
    "embedded workbook": (
        lambda: patched(good(), {"xl/embeddings/a.xlsx": b"x"}),
        archive.EMBEDDED,
    ),
    "embedded old object": (
        lambda: patched(good(), {"xl/embeddings/oleObject1.bin": compound("x")}),
        archive.EMBEDDED,
    ),
    "foreign entity": (
        lambda: doctype('<!ENTITY x SYSTEM "file:///etc/passwd">'),
        archive.UNSAFE_XML,
    ),
    "billion laughs": (
        lambda: doctype('<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;&a;&a;&a;">'),
        archive.UNSAFE_XML,
    ),
    "utf-16": (utf_16, archive.UNSAFE_XML),
    "odd encoding": (
        lambda: patched(good(), {SHEET_PART: b"<?xml version='1.0' encoding='utf-7'?><x/>"}),
        archive.UNSAFE_XML,
    ),
    "a part twice": (
        lambda: zipped(
            [("[Content_Types].xml", "<T/>"), ("_rels/.rels", "<R/>"), ("_RELS/.rels", "<R/>")]
        ),
        archive.DAMAGED,
    ),
    "bzip2": (lambda: zipped([("xl/workbook.xml", "<x/>")], zipfile.ZIP_BZIP2), archive.DAMAGED),
    "lzma": (lambda: zipped([("xl/workbook.xml", "<x/>")], zipfile.ZIP_LZMA), archive.DAMAGED),
    "two sheets of one name": (two_of_one_name, archive.DAMAGED),
    "cut off": (lambda: good()[:-200], archive.DAMAGED),
    "a lying size": (smaller_than_said, archive.DAMAGED),
    "a lying checksum": (
        lambda: good().replace(b"PK\x03\x04", b"PK\x03\x04", 1)[:60] + b"\0" * 40 + good()[100:],
        archive.DAMAGED,
    ),
    "too large": (lambda: b"PK\x03\x04" + bytes(archive.LARGEST_FILE), archive.TOO_LARGE),
    "formats only, by the hundred thousand": (
        lambda: with_sheet(
            HEAD + ROW + "".join(f'<c r="{c}{n}" s="1"/>' for n in range(30_001) for c in COLUMNS)
        ),
        archive.TOO_MANY_CELLS,
    ),
    "a million empty rows": (
        lambda: with_sheet(HEAD + ROW + "".join(f'<row r="{n}"/>' for n in range(100_001))),
        archive.TOO_MANY_CELLS,
    ),
    "merged everywhere": (
        lambda: with_sheet(
            HEAD + ROW,
            after="<mergeCells>" + '<mergeCell ref="A3:M1048576"/>' * 30 + "</mergeCells>",
        ),
        archive.TOO_MANY_CELLS,
    ),
    "merged in width": (
        lambda: with_sheet(
            HEAD + ROW, after='<mergeCells><mergeCell ref="A5:XFD12000"/></mergeCells>'
        ),
        archive.TOO_MANY_CELLS,
    ),
    "merged in a hidden sheet": (
        lambda: patched(
            good(),
            {
                "xl/worksheets/sheet2.xml": b"<x:worksheet><x:mergeCells>"
                b"<x:mergeCell ref='A1:XFD1048576'/></x:mergeCells></x:worksheet>"
            },
        ),
        archive.TOO_MANY_CELLS,
    ),
    "the last cell of all": (
        lambda: with_sheet(HEAD + ROW + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        sheets.TOO_FAR.format(place="XFD1048576", rows=12_000, columns=100),
    ),
    **{
        f"a far cell that is empty: {cell}": (
            lambda cell=cell: with_sheet(
                HEAD + ROW + f'<row r="1048576"><c r="XFD1048576" {cell}</c></row>'
            ),
            sheets.TOO_FAR.format(place="XFD1048576", rows=12_000, columns=100),
        )
        for cell in (
            't="str"><v></v>',
            't="str"><v/>',
            't="inlineStr"><is><t></t></is>',
            't="inlineStr"><is/>',
            't="d"><v></v>',
            "><f></f>",
        )
    },
    "a far column": (
        lambda: table([[*HEADERS, *[None] * 100, "x"], ["", "前川街卫生室", "D600 村卫生室"]]),
        sheets.TOO_FAR.format(place="DJ1", rows=12_000, columns=100),
    ),
    "an address that is none": (
        lambda: with_sheet(HEAD + '<row r="2"><c r="AAAAAAA2"><v>1</v></c></row>'),
        archive.DAMAGED,
    ),
    "5,001 rows": (
        lambda: import_table([{**GOOD[0], "name": f"卫生室{n}"} for n in range(5_001)]),
        sheets.TOO_MANY_ROWS,
    ),
    "10,000 rows": (
        lambda: with_sheet(HEAD + "".join(xml_row(n, ["", "x", "y"]) for n in range(2, 10_002))),
        sheets.TOO_MANY_ROWS,
    ),
    "broken XML": (lambda: patched(good(), {SHEET_PART: b"<worksheet><row>"}), archive.DAMAGED),
    "a string that is not there": (
        lambda: with_sheet(HEAD + '<row r="2"><c r="A2" t="s"><v>99</v></c></row>'),
        archive.DAMAGED,
    ),
    "no sheets": (
        lambda: patched(good(), {"xl/workbook.xml": b"<workbook><sheets/></workbook>"}),
        sheets.NO_SHEETS,
    ),
    "all sheets hidden": (hidden_book, reading.NO_VISIBLE),
    "nothing at all": (lambda: table([]), reading.NO_HEADER),
    "no header": (lambda: table([["前川街卫生室", "D600 村卫生室"]]), reading.NO_HEADER),
    "a header too far down": (
        lambda: table([*[["标题"]] * 10, HEADERS, ["", "前川街卫生室"]]),
        reading.NO_HEADER,
    ),
    "only the header": (lambda: table([HEADERS]), reading.NO_ROWS),
    "only the example": (
        lambda: import_table([{"unit_number": "示例", "name": "（示例）"}]),
        reading.NO_ROWS,
    ),
    "a missing column": (
        lambda: table([["机构名称", "信息上报", "机构地址"], ["前川街卫生室"]]),
        "缺少必需的列：机构类别。请在表头中补上，或使用下载的模板。",
    ),
    "a column twice": (
        lambda: table([["机构名称", "机构类别", "机构代码", "统一社会信用代码"], ["x", "y"]]),
        "表头中有2列都是“机构代码”（C、D列），请只保留一列。",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
def test_workbook_is_refused(make, sentence):
    with pytest.raises(DomainError) as refused:
        read_table(make())
    assert refused.value.message == sentence


def test_there_are_enough_of_them():
    assert len(REFUSED) >= 30


def test_a_bomb_is_not_unpacked():
    data = bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DomainError):
        read_table(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024


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

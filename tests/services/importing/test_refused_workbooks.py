"""Workbooks that are refused as a whole, each with the sentence that says how to mend it.

D06 (archives that unpack to too much), D07 (sheets without an end) and D08 (XML that points out or
multiplies) are the attacks of the security bar under these numbers.
"""

from __future__ import annotations

import io
import resource
import struct
import warnings
import zipfile

import openpyxl
import pytest

from services.certificates.importing import LAYOUT as PEOPLE
from services.errors import DomainError
from services.institutions.importing import reading
from services.institutions.importing.reading import read_table
from services.workbooks import archive, sheets, tables
from tests.factories.workbooks import (
    HEADERS,
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
    "D06 bomb": (bomb, archive.BURSTING),
    "D06 too many parts": (
        lambda: patched(good(), {f"xl/media/{n}.png": b"x" for n in range(200)}),
        archive.BURSTING,
    ),
    "D06 nested zip": (lambda: patched(good(), {"xl/media/a.png": good()}), archive.EMBEDDED),
    "embedded workbook": (
        lambda: patched(good(), {"xl/embeddings/a.xlsx": b"x"}),
        archive.EMBEDDED,
    ),
    "embedded old object": (
        lambda: patched(good(), {"xl/embeddings/oleObject1.bin": compound("x")}),
        archive.EMBEDDED,
    ),
    "D08 foreign entity": (
        lambda: doctype('<!ENTITY x SYSTEM "file:///etc/passwd">'),
        archive.UNSAFE_XML,
    ),
    "D08 billion laughs": (
        lambda: doctype('<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;&a;&a;&a;">'),
        archive.UNSAFE_XML,
    ),
    "D08 utf-16": (utf_16, archive.UNSAFE_XML),
    "D08 odd encoding": (
        lambda: patched(good(), {SHEET_PART: b"<?xml version='1.0' encoding='utf-7'?><x/>"}),
        archive.UNSAFE_XML,
    ),
    "D06 a part twice": (
        lambda: zipped(
            [("[Content_Types].xml", "<T/>"), ("_rels/.rels", "<R/>"), ("_RELS/.rels", "<R/>")]
        ),
        archive.DAMAGED,
    ),
    "D06 bzip2": (
        lambda: zipped([("xl/workbook.xml", "<x/>")], zipfile.ZIP_BZIP2),
        archive.DAMAGED,
    ),
    "D06 lzma": (lambda: zipped([("xl/workbook.xml", "<x/>")], zipfile.ZIP_LZMA), archive.DAMAGED),
    "two sheets of one name": (two_of_one_name, archive.DAMAGED),
    "cut off": (lambda: good()[:-200], archive.DAMAGED),
    "D06 a lying size": (smaller_than_said, archive.DAMAGED),
    "a lying checksum": (
        lambda: good().replace(b"PK\x03\x04", b"PK\x03\x04", 1)[:60] + b"\0" * 40 + good()[100:],
        archive.DAMAGED,
    ),
    "D06 too large": (lambda: b"PK\x03\x04" + bytes(archive.LARGEST_FILE), archive.TOO_LARGE),
    "D07 formats only, by the hundred thousand": (
        lambda: with_sheet(
            HEAD + ROW + "".join(f'<c r="{c}{n}" s="1"/>' for n in range(30_001) for c in COLUMNS)
        ),
        archive.TOO_MANY_CELLS,
    ),
    "D07 a million empty rows": (
        lambda: with_sheet(HEAD + ROW + "".join(f'<row r="{n}"/>' for n in range(100_001))),
        archive.TOO_MANY_CELLS,
    ),
    "D07 merged everywhere": (
        lambda: with_sheet(
            HEAD + ROW,
            after="<mergeCells>" + '<mergeCell ref="A3:M1048576"/>' * 30 + "</mergeCells>",
        ),
        archive.TOO_MANY_CELLS,
    ),
    "D07 merged in width": (
        lambda: with_sheet(
            HEAD + ROW, after='<mergeCells><mergeCell ref="A5:XFD12000"/></mergeCells>'
        ),
        archive.TOO_MANY_CELLS,
    ),
    "D07 merged in a hidden sheet": (
        lambda: patched(
            good(),
            {
                "xl/worksheets/sheet2.xml": b"<x:worksheet><x:mergeCells>"
                b"<x:mergeCell ref='A1:XFD1048576'/></x:mergeCells></x:worksheet>"
            },
        ),
        archive.TOO_MANY_CELLS,
    ),
    "D07 the last cell of all": (
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
    "D07 a far column": (
        lambda: table([[*HEADERS, *[None] * 100, "x"], ["", "前川街卫生室", "D600 村卫生室"]]),
        sheets.TOO_FAR.format(place="DJ1", rows=12_000, columns=100),
    ),
    "an address that is none": (
        lambda: with_sheet(HEAD + '<row r="2"><c r="AAAAAAA2"><v>1</v></c></row>'),
        archive.DAMAGED,
    ),
    "D07 5,001 rows": (
        lambda: import_table([{**GOOD[0], "name": f"卫生室{n}"} for n in range(5_001)]),
        sheets.TOO_MANY_ROWS.format(most=5_000),
    ),
    "D07 10,000 rows": (
        lambda: with_sheet(HEAD + "".join(xml_row(n, ["", "x", "y"]) for n in range(2, 10_002))),
        sheets.TOO_MANY_ROWS.format(most=5_000),
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
    "all sheets hidden": (hidden_book, tables.NO_VISIBLE),
    "nothing at all": (lambda: table([]), reading.NO_HEADER),
    "no header": (lambda: table([["前川街卫生室", "D600 村卫生室"]]), reading.NO_HEADER),
    "a header too far down": (
        lambda: table([*[["标题"]] * 10, HEADERS, ["", "前川街卫生室"]]),
        reading.NO_HEADER,
    ),
    "only the header": (lambda: table([HEADERS]), tables.NO_ROWS),
    "only the example": (
        lambda: import_table([{"unit_number": "示例", "name": "（示例）"}]),
        tables.NO_ROWS,
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


#: What hangs on the columns of the table that is looked for, or on how many rows it may have.
OF_INSTITUTIONS = {
    "D07 5,001 rows",
    "D07 10,000 rows",
    "nothing at all",
    "no header",
    "a header too far down",
    "only the header",
    "only the example",
    "a missing column",
    "a column twice",
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
def test_workbook_is_refused(make, sentence):
    with pytest.raises(DomainError) as refused:
        read_table(make())
    assert refused.value.message == sentence


@pytest.mark.parametrize("name", [name for name in REFUSED if name not in OF_INSTITUTIONS])
def test_it_is_refused_whoever_looks_for_a_table_in_it(name):
    make, sentence = REFUSED[name]
    with pytest.raises(DomainError) as refused:
        tables.read_table(make(), PEOPLE)
    assert refused.value.message == sentence


def test_there_are_enough_of_them():
    assert len(REFUSED) >= 30


def test_a_bomb_is_not_unpacked():
    """D06."""
    data = bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DomainError):
        read_table(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024

"""Rows as XML: what openpyxl itself would have written, cell for cell."""

from __future__ import annotations

import datetime as dt
import zipfile
from io import BytesIO

import pytest
from lxml import etree
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from exports.columns import Column
from exports.row_xml import row_encoder

COLUMNS = (
    Column("name", "姓名", 12),
    Column("count", "数量", 6, "integer"),
    Column("born_on", "出生日期", 12, "date"),
)
ROWS = [
    ("周𬭎", 3, dt.date(1990, 1, 1)),
    ("=1+1", 0, dt.date(1900, 1, 5)),
    (" <b>&amp;\"'\r\n\t", -7, dt.date(2100, 12, 31)),
    ("\u3000全角空格", 2**40, dt.date(1900, 3, 1)),
    ("a\rb", None, None),
    (None, None, None),
    ("末", 1, dt.date(2018, 1, 4)),
]


def by_openpyxl(rows):
    """Return the rows as the library writes them, without the kind of a number: it is the usual."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("x")
    for row in rows:
        cells = [WriteOnlyCell(sheet, value) for value in row]
        for cell in cells:
            # Without a style the library leaves out empty cells.
            cell.number_format = "0.000"
        if cells[0].value is not None:
            cells[0].data_type = "s"
        for cell in cells:
            cell._style = cells[0]._style
        sheet.append(cells)
    made = BytesIO()
    workbook.save(made)
    return rows_of(zipfile.ZipFile(made).read("xl/worksheets/sheet1.xml").decode())


def rows_of(sheet):
    """Return the rows of a sheet, written in the one way that is the same for the same content."""
    text = etree.canonicalize(sheet).replace(' t="n"', "")
    return text.partition("<sheetData>")[2].partition("</sheetData>")[0]


def test_a_row_is_what_the_library_would_write():
    encode = row_encoder(COLUMNS, (1, 1, 1))
    rows = "".join(encode(row, number) for number, row in enumerate(ROWS, 1))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    ours = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    assert rows_of(ours) == by_openpyxl(ROWS)


def test_each_column_has_its_style():
    row = row_encoder(COLUMNS, (4, 5, 6))(("a", 1, None), 3)
    assert [part.split('"')[0] for part in row.split(' s="')[1:]] == ["4", "5", "6"]
    assert row.startswith('<row r="3"><c r="A3"')


@pytest.mark.parametrize("values", [("a",), ("a", 1, None, 2)])
def test_a_row_of_another_length_is_refused(values):
    with pytest.raises(ValueError, match="one value for each column"):
        row_encoder(COLUMNS, (1, 1, 1))(values, 2)

"""Rows to xlsx: streamed, and with every text cell stored as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from exports.row_xml import clean, row_encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from openpyxl.cell import Cell

    from exports.columns import Column, ColumnKind

_SHEET: Final = "xl/worksheets/sheet1.xml"
"""The part of the file that holds the rows: openpyxl counts sheets from 1."""

_AT_ONCE: Final = 200
"""Rows that are compressed together; more only cost memory."""

_FORBIDDEN_IN_TITLE: Final = re.compile(r"[\[\]:*?/\\]")

_THIN: Final = Side(style="thin")
_BORDER: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_FORMATS: Final[dict[ColumnKind, str]] = {"text": "@", "date": "yyyy-mm-dd", "integer": "0"}


def write_workbook(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    file: BinaryIO,
    *,
    banner: Sequence[str] = (),
    dress: Callable[[Any], None] | None = None,
) -> None:
    """Write a workbook of one sheet to a binary file open for writing.

    Each row holds one value for each column; `rows` is read once and never held, so a hundred
    thousand of them cost no memory. `banner` lines stand above the header. Values of a `text`
    column are stored as text whatever they look like: `=1+1` never becomes a formula and an ID
    number never a float. Characters that a workbook cannot hold are taken out. `None` is an empty
    cell. `dress` gets the sheet before its first row, to add drop-downs to it or sheets to its
    workbook; it is called for each draft of the frame around the rows. Rows never lie on the disk
    but in the file. Raises `TypeError` for a value that does not fit the kind of its column and
    `ValueError` for a row of another length.
    """
    header_row = len(banner) + 1
    frame = partial(_frame, title, columns, banner, dress)
    empty = frame(header_row)
    encode = row_encoder(columns, empty.styles)
    last = header_row
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        with archive.open(_SHEET, "w") as sheet:
            sheet.write(empty.before_rows)
            rows = iter(rows)
            while part := [
                encode(row, last + at) for at, row in enumerate(islice(rows, _AT_ONCE), 1)
            ]:
                sheet.write("".join(part).encode())
                last += len(part)
            # The end of the sheet says how far the rows go, which was not known before.
            full = frame(last)
            sheet.write(full.after_rows)
        for name, data in full.others.items():
            archive.writestr(name, data)


@dataclass(frozen=True)
class _Frame:
    """A workbook but for its rows."""

    #: Number of the style of each column.
    styles: Sequence[int]
    before_rows: bytes
    after_rows: bytes
    #: The other parts of the file by their names.
    others: Mapping[str, bytes]


def _frame(
    title: str,
    columns: Sequence[Column],
    banner: Sequence[str],
    dress: Callable[[Any], None] | None,
    last_row: int,
) -> _Frame:
    """Let openpyxl make a workbook whose rows end at ``last_row``, and leave the rows out.

    It takes some ten microseconds for each cell, most of which is a tree of XML elements that is
    made and written one by one; a row of ours is one text (``exports/row_xml.py``).
    """
    workbook = Workbook(write_only=True)
    name = _FORBIDDEN_IN_TITLE.sub(" ", clean(title)).strip("' ")[:31] or "Sheet1"
    sheet: Any = workbook.create_sheet(name)
    header_row = len(banner) + 1
    _set_up(sheet, columns, header_row)
    if dress is not None:
        dress(sheet)
    _write_banner(sheet, banner, len(columns))
    sheet.append([_header_cell(sheet, column.label) for column in columns])
    sheet.auto_filter.ref = f"A{header_row}:{get_column_letter(len(columns))}{last_row}"
    styles = [_style_of(sheet, column) for column in columns]
    made = BytesIO()
    workbook.save(made)
    with ZipFile(made) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    before, end, after = parts.pop(_SHEET).partition(b"</sheetData>")
    return _Frame(styles, before, end + after, parts)


def workbook_bytes(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    banner: Sequence[str] = (),
) -> bytes:
    """Return what `write_workbook` writes."""
    file = BytesIO()
    write_workbook(title, columns, rows, file, banner=banner)
    return file.getvalue()


def _style_of(sheet: Any, column: Column) -> int:
    """Settle the style of a column in the workbook and return its number."""
    styled = WriteOnlyCell(sheet)
    styled.number_format = _FORMATS[column.kind]
    styled.border = _BORDER
    styled.alignment = Alignment(
        vertical="center",
        horizontal="left" if column.kind == "text" else "center",
        wrap_text=column.kind == "text",
    )
    number: int = styled.style_id
    return number


def _header_cell(sheet: Any, label: str) -> Cell:
    cell = WriteOnlyCell(sheet, clean(label))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell.border = _BORDER
    return cell


def _write_banner(sheet: Any, banner: Sequence[str], breadth: int) -> None:
    """Write the lines above the header, each across the whole table; the first is the title."""
    for number, line in enumerate(banner, 1):
        cell = WriteOnlyCell(sheet, clean(line))
        cell.data_type = "s"
        cell.font = Font(bold=True, size=16) if number == 1 else Font(size=11)
        cell.alignment = Alignment(
            horizontal="center" if number == 1 else "left", vertical="center"
        )
        sheet.append([cell])
        if breadth > 1:
            sheet.merged_cells.add(f"A{number}:{get_column_letter(breadth)}{number}")


def _set_up(sheet: Any, columns: Sequence[Column], header_row: int) -> None:
    """Widths, frozen header and print layout, which have to stand before the first row."""
    for at, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(at)].width = column.width + 1
    if header_row > 1:
        sheet.row_dimensions[1].height = 28
    sheet.freeze_panes = f"A{header_row + 1}"
    sheet.print_title_rows = f"{header_row}:{header_row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.HeaderFooter.oddFooter.center.text = "第 &P 页 共 &N 页"

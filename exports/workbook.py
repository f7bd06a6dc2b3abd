"""Rows to xlsx: streamed, and with every text cell stored as text."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from exports.columns import Column, ColumnKind

_LONGEST_TEXT: Final = 32_767
"""Characters a cell can hold (Excel specifications and limits)."""

# What XML 1.0 (2.2) cannot carry; one such character makes Excel refuse the whole file.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

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
    workbook. Raises `TypeError` for a value that does not fit the kind of its column and
    `ValueError` for a row of another length.
    """
    workbook = Workbook(write_only=True)
    name = _FORBIDDEN_IN_TITLE.sub(" ", clean(title)).strip("' ")[:31] or "Sheet1"
    sheet: Any = _TextSheet(workbook, name)
    # Workbook.create_sheet makes the stock class only.
    workbook._add_sheet(sheet)  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        _fill(sheet, columns, rows, banner, dress)
        workbook.save(file)
    finally:
        sheet.discard()


def _fill(
    sheet: Any,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    banner: Sequence[str],
    dress: Callable[[Any], None] | None,
) -> None:
    """Write everything of a sheet but its end."""
    header_row = len(banner) + 1
    _set_up(sheet, columns, header_row)
    if dress is not None:
        dress(sheet)
    _write_banner(sheet, banner, len(columns))
    sheet.append([_header_cell(sheet, column.label) for column in columns])
    sheet.row_cells = [_column_cell(sheet, column, at) for at, column in enumerate(columns, 1)]
    fillers = tuple(_FILLERS[column.kind] for column in columns)
    last = header_row
    for row in rows:
        if len(row) != len(fillers):
            raise ValueError("a row must have one value for each column")
        sheet.append([fill(value) for fill, value in zip(fillers, row, strict=True)])
        last += 1
    sheet.auto_filter.ref = f"A{header_row}:{get_column_letter(len(columns))}{last}"


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


def clean(text: str) -> str:
    """Take out what a cell cannot hold; cut what is longer than a cell."""
    if not text.isprintable():
        text = _ILLEGAL.sub("", text)
    if len(text) > _LONGEST_TEXT:
        text = text[: _LONGEST_TEXT - 1] + "…"
    return text


def _text(value: object) -> str | None:
    if value is None:
        return None
    return clean(value if type(value) is str else str(value)) or None


def _date(value: object) -> dt.date | None:
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    raise TypeError(f"a date column cannot hold {type(value).__name__}")


def _integer(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"an integer column cannot hold {type(value).__name__}")


_FILLERS: Final[dict[ColumnKind, Callable[[object], Any]]] = {
    "text": _text,
    "date": _date,
    "integer": _integer,
}
_DATA_TYPES: Final[dict[ColumnKind, str]] = {"text": "s", "date": "d", "integer": "n"}


class _Cell(Cell):
    """A cell that keeps its type and its style however its value looks."""

    __slots__ = ("kind", "letter", "style_number")

    kind: str
    letter: str
    style_number: int

    @property
    def coordinate(self) -> str:
        """Column letter and row."""
        return f"{self.letter}{self.row}"

    @property
    def style_id(self) -> int:
        """Number of the style in the workbook, which the stock class looks up for each cell."""
        return self.style_number

    @property
    def has_style(self) -> bool:
        """Always."""
        return True


class _TextSheet(WriteOnlyWorksheet):
    """A write-only sheet that fills one cell for each column again and again.

    The stock sheet guesses the type of each value, turns text that begins with `=` into a formula
    and makes a new cell object wherever there is a style. Here a column has one cell, written to
    the stream before the next row fills it. `row_cells` is empty while the head is written, by the
    stock way.
    """

    row_cells: Sequence[_Cell] = ()

    def _values_to_row(self, values: Sequence[Any], row_idx: int) -> Iterator[Any]:
        if not self.row_cells:
            yield from super()._values_to_row(values, row_idx)  # type: ignore[misc]  # not in stubs
            return
        for cell, value in zip(self.row_cells, values, strict=True):
            # The public setter would guess the type.
            cell._value = value  # type: ignore[attr-defined]  # noqa: SLF001
            cell.data_type = "n" if value is None else cell.kind
            cell.row = row_idx
            yield cell

    def discard(self) -> None:
        """Take away the temporary file of a sheet that was not saved: it holds personal data."""
        writer: Any = self._writer  # type: ignore[attr-defined]
        if writer is None or not Path(writer.out).exists():
            return
        with suppress(Exception):
            self.close()
        writer.cleanup()


def _column_cell(sheet: _TextSheet, column: Column, at: int) -> _Cell:
    """The cell of a column, its style settled."""
    styled = WriteOnlyCell(sheet)
    styled.number_format = _FORMATS[column.kind]
    styled.border = _BORDER
    styled.alignment = Alignment(
        vertical="center",
        horizontal="left" if column.kind == "text" else "center",
        wrap_text=column.kind == "text",
    )
    cell = _Cell(sheet, row=1, column=at)
    cell.letter = get_column_letter(at)
    cell.kind = _DATA_TYPES[column.kind]
    cell.style_number = styled.style_id
    return cell


def _header_cell(sheet: _TextSheet, label: str) -> Cell:
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

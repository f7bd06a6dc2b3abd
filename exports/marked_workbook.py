"""The user's own workbook with the wrong cells coloured and explained."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from services.institutions.importing import ERRORS_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Who speaks in the comments; by it our own marks are known again when the file comes back.
AUTHOR: Final = "导入检查"
_WRONG: Final = PatternFill("solid", start_color="FFC7CE", end_color="FFC7CE")
_NO_FILL: Final = PatternFill()
_COMMENT_WIDTH: Final = 320
_COMMENT_HEIGHT: Final = 110
_COLUMN_WIDTH: Final = 60


class CannotMarkError(Exception):
    """The workbook cannot be written again; its content is readable all the same."""


def marked_workbook(
    data: bytes,
    sheet_name: str,
    header_row: int,
    errors: Mapping[int, Mapping[int, str]],
) -> bytes:
    """Return a workbook in which every wrong cell is red and bears a comment that explains.

    ``errors`` maps rows to columns (both from 1) to sentences; a last column repeats them for each
    row, so that they can be filtered and printed. Formulas stay formulas, and marks of an earlier
    check go. ``data`` must have passed the check of uploads. Raises ``CannotMarkError``.
    """
    try:
        # Whatever an uploaded workbook holds that openpyxl cannot read, there is nothing to mend.
        book = load_workbook(BytesIO(data))
        sheet = book[sheet_name]
        _clear(sheet)
        column = _errors_column(sheet, header_row)
        for row, sentences in errors.items():
            for at, sentence in sentences.items():
                _mark(sheet.cell(row, at), sentence)
            told = sheet.cell(row, column, "\n".join(dict.fromkeys(sentences.values())))
            told.alignment = Alignment(wrap_text=True, vertical="top")
            told.font = Font(color="9C0006")
        book.active = book.index(sheet)
        file = BytesIO()
        book.save(file)
    except Exception as error:
        raise CannotMarkError from error
    return file.getvalue()


def _clear(sheet: Any) -> None:
    """Take away what an earlier check left in the sheet."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
                cell.fill = _NO_FILL


def _errors_column(sheet: Any, header_row: int) -> int:
    """Return the column of the explanations, emptied, with its header."""
    headers = [cell.value for cell in sheet[header_row]]
    last = max((at for at, value in enumerate(headers, 1) if value not in {None, ""}), default=0)
    column = headers.index(ERRORS_HEADER) + 1 if ERRORS_HEADER in headers else last + 1
    for row in range(header_row + 1, sheet.max_row + 1):
        if sheet.cell(row, column).value is not None:
            sheet.cell(row, column).value = None
    sheet.cell(header_row, column, ERRORS_HEADER).font = Font(bold=True, color="9C0006")
    sheet.column_dimensions[get_column_letter(column)].width = _COLUMN_WIDTH
    return column


def _mark(cell: Any, sentence: str) -> None:
    # Of merged cells the first one bears the mark; the others cannot.
    if not hasattr(cell, "hyperlink") or type(cell).__name__ == "MergedCell":
        return
    before = cell.comment.text if cell.comment is not None else ""
    comment = Comment(f"{sentence}\n\n{before}".rstrip(), AUTHOR)
    comment.width, comment.height = _COMMENT_WIDTH, _COMMENT_HEIGHT
    cell.comment = comment
    cell.fill = _WRONG

"""The user's own workbook with the wrong cells coloured and explained."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from services.workbooks import ERRORS_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Who speaks in the comments; by it our own marks are known again when the file comes back.
AUTHOR: Final = "导入检查"
#: Between our sentence and the user's own comment, and between the names of both.
_BEFORE: Final = "\n\n"
_BESIDES: Final = "、"
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


def _cells(sheet: Any) -> list[Any]:
    """Return the cells that there are: going by rows would make those in between as well."""
    return list(sheet._cells.values())  # noqa: SLF001 - openpyxl offers no other way


def _clear(sheet: Any) -> None:
    """Take away what an earlier check left in the sheet; what stood there before comes back."""
    for cell in _cells(sheet):
        comment = cell.comment
        if comment is None or not comment.author.startswith(AUTHOR):
            continue
        before = comment.text.partition(_BEFORE)[2]
        author = comment.author.removeprefix(AUTHOR).removeprefix(_BESIDES)
        cell.comment = Comment(before, author) if before else None
        cell.fill = _NO_FILL


def _errors_column(sheet: Any, header_row: int) -> int:
    """Return the column of the explanations, emptied, with its header."""
    filled = [cell for cell in _cells(sheet) if cell.value not in {None, ""}]
    ours = [c.column for c in filled if c.row == header_row and c.value == ERRORS_HEADER]
    # Behind everything: a column without a header may hold the user's own remarks.
    column = ours[0] if ours else max((cell.column for cell in filled), default=0) + 1
    for cell in filled:
        if cell.column == column and cell.row > header_row:
            cell.value = None
    sheet.cell(header_row, column, ERRORS_HEADER).font = Font(bold=True, color="9C0006")
    sheet.column_dimensions[get_column_letter(column)].width = _COLUMN_WIDTH
    return column


def _mark(cell: Any, sentence: str) -> None:
    # Of merged cells the first one bears the mark; the others cannot.
    if not hasattr(cell, "hyperlink") or type(cell).__name__ == "MergedCell":
        return
    text, author = sentence, AUTHOR
    if cell.comment is not None:
        text += _BEFORE + cell.comment.text
        author += _BESIDES + cell.comment.author
    comment = Comment(text, author)
    comment.width, comment.height = _COMMENT_WIDTH, _COMMENT_HEIGHT
    cell.comment = comment
    cell.fill = _WRONG

"""What the tables that users fill in and upload again share: text cells, lists, instructions."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from exports.columns import Column
from exports.row_xml import clean
from exports.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from services.importing import ImportColumn
    from services.workbooks import SheetColumn

#: The hidden sheet from which drop-downs take their entries.
_LISTS: Final = "字典"


@dataclass(frozen=True)
class Narrowed:
    """A list of which only the first ``count`` entries are offered where ``by`` has ``entry``."""

    by: str
    entry: str
    count: int


def table_bytes(
    sheet_name: str,
    columns: Sequence[ImportColumn],
    rows: Iterable[Sequence[str]],
    dress: Callable[[Any], None],
    *,
    example_mark: str,
) -> bytes:
    """Return an import table: text columns, ``rows``, its example grey, and what ``dress`` adds.

    The example row is known by ``example_mark`` in the first column.
    """

    def dressed(sheet: Any) -> None:
        make_columns_text(sheet, len(columns))
        sheet.conditional_formatting.add(
            f"A2:{get_column_letter(len(columns))}50",
            FormulaRule(  # type: ignore[no-untyped-call]
                formula=[f'$A2="{example_mark}"'],
                font=Font(italic=True, color="808080"),
                fill=PatternFill("solid", bgColor="F2F2F2"),
            ),
        )
        dress(sheet)

    file = BytesIO()
    headers = [Column(column.key, column.header, column.width) for column in columns]
    write_workbook(sheet_name, headers, rows, file, dress=dressed)
    return file.getvalue()


def make_columns_text(sheet: Any, count: int) -> None:
    """Let whatever is typed into the first ``count`` columns stay text."""
    for at in range(1, count + 1):
        sheet.column_dimensions[get_column_letter(at)].number_format = "@"


def add_lists(
    sheet: Any,
    columns: Sequence[SheetColumn],
    choices: Mapping[str, Sequence[str]],
    rows: int,
    *,
    open_lists: Collection[str] = (),
    narrowed: Mapping[str, Narrowed] | None = None,
) -> None:
    """Give the columns that have ``choices`` drop-downs in the first ``rows`` rows.

    In ``open_lists`` something else may be typed as well; ``narrowed`` lists are shorter where
    another column of the row has a certain entry.
    """
    letters = {column.key: get_column_letter(at) for at, column in enumerate(columns, 1)}
    lists = sheet.parent.create_sheet(_LISTS)
    lists.sheet_state = "hidden"
    listed = [column for column in columns if choices.get(column.key)]
    lists.append([column.label for column in listed])
    for index in range(max((len(choices[column.key]) for column in listed), default=0)):
        texts = [choices[column.key][index : index + 1] for column in listed]
        lists.append([text_cell(lists, text[0]) if text else None for text in texts])
    for at, column in enumerate(listed, 1):
        letter = get_column_letter(at)
        validation = DataValidation(
            type="list",
            formula1=_entries(
                letter, len(choices[column.key]), (narrowed or {}).get(column.key), letters
            ),
            allow_blank=True,
            showErrorMessage=column.key not in open_lists,
            errorTitle=column.label,
            error=f"请从下拉列表中选择{column.label}。",
        )
        place = letters[column.key]
        validation.add(f"{place}2:{place}{rows}")
        sheet.data_validations.append(validation)


def _entries(letter: str, count: int, narrowed: Narrowed | None, letters: Mapping[str, str]) -> str:
    """Return the formula of a list that stands in a column of the hidden sheet."""
    whole = f"{_LISTS}!${letter}$2:${letter}${count + 1}"
    if narrowed is None:
        return whole
    part = f"{_LISTS}!${letter}$2:${letter}${narrowed.count + 1}"
    return f'IF(${letters[narrowed.by]}2="{narrowed.entry}",{part},{whole})'


def add_instructions(workbook: Any, lines: Sequence[str]) -> None:
    """Add a sheet that says how to fill the table in; the first line is its title."""
    sheet = workbook.create_sheet("填写说明")
    sheet.column_dimensions["A"].width = 110
    for number, line in enumerate(lines, 1):
        cell = text_cell(sheet, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=True, size=14) if number == 1 else Font(size=11)
        sheet.append([cell])


def text_cell(sheet: Any, text: str) -> Cell:
    """Return a cell that stays text, whatever a name in the library begins with."""
    cell: Cell = WriteOnlyCell(sheet, clean(text))
    cell.data_type = "s"
    cell.number_format = "@"
    return cell

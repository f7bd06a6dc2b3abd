"""Finding the table in a workbook: the sheet, its header, its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from python_calamine import CalamineError, CalamineWorkbook

from services.errors import DomainError
from services.workbooks import sheets
from services.workbooks.archive import DAMAGED, Package, unpack
from services.workbooks.cells import EMPTY, Cell, Raw, read_cell
from services.workbooks.layout import ERRORS_HEADER, fold_header
from services.workbooks.plain import plain_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.workbooks.layout import Layout, SheetColumn
    from services.workbooks.sheets import Book, SheetRef, SheetShape

#: The header stands in one of the first rows: titles may stand above it.
_HEADER_ROWS: Final = 10
#: A row with fewer of our headers is a title, not a header.
_LEAST_HEADERS: Final = 2
#: Of a repeated header in the middle of the data.
REPEATED_HEADER: Final = "这一行是重复的表头，请删除。"
_MOST_NAMED: Final = 10

NO_VISIBLE: Final = "文件中的工作表都是隐藏的。请取消隐藏后重新上传。"
NO_ROWS: Final = "表头下面没有内容。请填写后重新上传（示例行不会导入）。"


@dataclass(frozen=True)
class ReadRow:
    """One row of data: its number in the sheet, its cells by field, and what holds for all of it.

    Fields whose column is not in the sheet are not in ``cells``.
    """

    number: int
    cells: dict[str, Cell]
    problem: str = ""

    def text(self, key: str) -> str:
        """Return the text of a cell; empty where there is none."""
        return self.cells.get(key, EMPTY).text

    def holds(self, key: str) -> bool:
        """Whether anything was filled in, be it wrong."""
        return not self.cells.get(key, EMPTY).is_empty


@dataclass(frozen=True)
class ReadTable:
    """What was understood of a workbook."""

    sheet_name: str
    header_row: int
    #: Field → number of its column, from 1.
    places: dict[str, int]
    rows: list[ReadRow]
    #: What the user should know of the file as a whole.
    notes: list[str]


class NoHeaderError(DomainError):
    """A sheet has no header of ours."""


def read_table(data: bytes, layout: Layout) -> ReadTable:
    """Read an uploaded workbook; raises ``DomainError`` with a sentence that says how to mend it.

    The file is checked and unpacked first; see ``archive``.
    """
    package = unpack(data)
    sheets.refuse_large_merges(package)
    book = sheets.book_of(package)
    visible = [sheet for sheet in book.sheets if sheet.is_visible]
    if not visible:
        raise DomainError(NO_VISIBLE)
    visible.sort(key=lambda sheet: sheet.name.strip() != layout.sheet_name)
    shapes = {sheet.name: sheets.scan(package, sheet, layout.most_rows) for sheet in visible}
    problem: DomainError = NoHeaderError(layout.no_header)
    for sheet in visible:
        values = _values(package, book, sheet)
        try:
            header_row, places, ignored = _header(values, layout)
        except NoHeaderError:
            continue
        except DomainError as error:
            problem = error
            continue
        others = [other.name for other in visible if other is not sheet]
        shape = shapes[sheet.name]
        return _table(layout, sheet, shape, values, header_row, places, [ignored, others])
    raise problem


def _values(package: Package, book: Book, sheet: SheetRef) -> list[list[Raw]]:
    try:
        with CalamineWorkbook.from_filelike(plain_workbook(package, book, sheet)) as read:
            return read.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except CalamineError:
        raise DomainError(DAMAGED) from None


def _header(
    values: Sequence[Sequence[Raw]], layout: Layout
) -> tuple[int, dict[str, int], list[str]]:
    """Return the row of the header, the places of our columns, and the headers that are not ours.

    Of the first rows it is the one with the most of our columns, the first of them among equals.
    """
    candidates = [
        (number, [layout.column_of(str(value)) for value in row])
        for number, row in enumerate(values[:_HEADER_ROWS], 1)
    ]
    number, columns = max(
        candidates, key=lambda it: len({c.key for c in it[1] if c}), default=(0, [])
    )
    keys = {column.key for column in columns if column}
    is_title = layout.main_key not in keys and len(keys) < len(layout.columns) // 2
    if len(keys) < _LEAST_HEADERS or is_title:
        raise NoHeaderError(layout.no_header)
    _require_columns(columns, layout)
    places = {column.key: at for at, column in enumerate(columns, 1) if column}
    ignored = [
        text
        for value, column in zip(values[number - 1], columns, strict=True)
        if column is None and (text := str(value).strip()) and text != ERRORS_HEADER
    ]
    return number, places, ignored


def _require_columns(columns: Sequence[SheetColumn | None], layout: Layout) -> None:
    places: dict[str, list[str]] = {}
    for at, column in enumerate(columns, 1):
        if column is not None:
            places.setdefault(column.key, []).append(sheets.letters_of(at))
    twice = [(key, letters) for key, letters in places.items() if len(letters) > 1]
    if twice:
        key, letters = twice[0]
        raise DomainError(
            f"表头中有{len(letters)}列都是“{layout.by_key[key].label}”（{'、'.join(letters)}列），"
            "请只保留一列。"
        )
    missing = [c.label for c in layout.columns if c.is_required and c.key not in places]
    if missing:
        raise DomainError(f"缺少必需的列：{'、'.join(missing)}。请在表头中补上，或使用下载的模板。")


def _table(
    layout: Layout,
    sheet: SheetRef,
    shape: SheetShape,
    values: Sequence[Sequence[Raw]],
    header_row: int,
    places: dict[str, int],
    unread: Sequence[list[str]],
) -> ReadTable:
    """Return the table; ``unread`` are the headers that are not ours and the other sheets."""
    ignored, others = unread
    header = {key: fold_header(str(values[header_row - 1][at - 1])) for key, at in places.items()}
    rows, examples = [], []
    for number, row in _filled(values, shape, header_row):
        read = _row(number, row, shape, places, header, layout)
        if layout.example is not None and read.text(layout.example[0]) == layout.example[1]:
            examples.append(number)
        elif read.problem or any(not cell.is_empty for cell in read.cells.values()):
            rows.append(read)
    if not rows:
        raise DomainError(NO_ROWS)
    if len(rows) > layout.most_rows:
        raise DomainError(sheets.TOO_MANY_ROWS.format(most=layout.most_rows))
    ignored = [*ignored, *_unnamed(values, header_row)]
    hidden = [row.number for row in rows if row.number in shape.hidden_rows]
    notes = [f"读取的是工作表“{sheet.name}”，表头在第{header_row}行。"]
    if others:
        notes.append(f"其他工作表未读取：{_listed(others)}。")
    if ignored:
        notes.append(f"以下列不是导入表的内容，已忽略：{_listed(ignored)}。")
    if examples:
        notes.append(f"第{_listed(examples)}行是示例，不会导入。")
    if hidden:
        notes.append(f"有{len(hidden)}行在表中被隐藏（第{_listed(hidden)}行），同样会导入。")
    return ReadTable(sheet.name, header_row, places, rows, notes)


def _unnamed(values: Sequence[Sequence[Raw]], header_row: int) -> list[str]:
    """Return the columns that hold something below an empty header, by their letters."""
    header, *below = values[header_row - 1 :]
    return [
        f"{sheets.letters_of(at)}列（没有列名）"
        for at, name in enumerate(header, 1)
        if not str(name).strip() and any(row[at - 1] != "" for row in below)
    ]


def _filled(
    values: Sequence[Sequence[Raw]], shape: SheetShape, header_row: int
) -> Iterator[tuple[int, Sequence[Raw]]]:
    """Yield the rows below the header in which anything stands, formulas without a value too."""
    special = {row for row, _column in shape.kinds}
    for number in range(header_row + 1, max(len(values), *special, 0) + 1):
        row = values[number - 1] if number <= len(values) else ()
        if number in special or any(value != "" for value in row):
            yield number, row


def _row(
    number: int,
    row: Sequence[Raw],
    shape: SheetShape,
    places: dict[str, int],
    header: dict[str, str],
    layout: Layout,
) -> ReadRow:
    cells = {
        key: read_cell(
            row[at - 1] if at <= len(row) else "",
            shape.kinds.get((number, at), ""),
            is_merged=bool(shape.merged) and shape.is_merged(number, at),
            is_number=key in layout.digits,
            is_date=key in layout.dates,
        )
        for key, at in places.items()
    }
    repeated = sum(fold_header(cell.text) == header[key] for key, cell in cells.items())
    is_header = repeated >= max(_LEAST_HEADERS, len(cells) // 2)
    return ReadRow(number, cells, REPEATED_HEADER if is_header else "")


def _listed(values: Sequence[object]) -> str:
    shown = "、".join(str(value)[:30] for value in values[:_MOST_NAMED])
    return shown if len(values) <= _MOST_NAMED else f"{shown}等{len(values)}个"

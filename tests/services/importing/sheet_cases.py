"""Cells and sheets that people really send, for whichever table: ``cases_of`` a kind of records.

A case is (workbook, row → (status, field → part of the sentence), parts of notes). Row 1 is the
header, the case's rows follow.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl

from services.workbooks import cells, tables
from tests.factories.workbooks import SHEET_PART, patched, saved, table, with_sheet, xml_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.importing import ImportColumn

NEW, CHANGED, UNCHANGED, WRONG = "new", "changed", "unchanged", "wrong"


@dataclass(frozen=True)
class Kind:
    """A kind of records that is imported, and one good row of its table."""

    title: str
    columns: Sequence[ImportColumn]
    row: Mapping[str, str]
    #: Another good row, of another record.
    other: Mapping[str, str]
    #: Columns of free text, of digits (with a good value), and of more digits than a number keeps.
    text: str
    digits: str
    number: str
    long: str
    #: Where a row fails as a whole, and what marks the example.
    main: str
    example: Mapping[str, str]
    #: Whether what stands in the column of digits may be repeated in a sentence.
    is_told: bool = True

    @property
    def headers(self) -> list[str]:
        """The headers of the template."""
        return [column.header for column in self.columns]

    @property
    def keys(self) -> list[str]:
        """The fields in the order of the columns."""
        return [column.key for column in self.columns]

    def label(self, key: str) -> str:
        """Return how a column is called in notes."""
        return next(column.label for column in self.columns if column.key == key)

    def cells(self, **values: Any) -> list[Any]:
        """Return the good row with ``values``, as the cells of a sheet."""
        return self.in_order({**self.row, **values})

    def in_order(self, values: Mapping[str, Any]) -> list[Any]:
        """Return values as the cells of a row."""
        return [values.get(key) for key in self.keys]

    def one(self, **values: Any) -> bytes:
        """Return a table with one row, which has ``values`` as they are, formats included."""
        return table([self.headers, self.cells(**values)], title=self.title)

    def edited(self, key: str, edit: Any, rows: int = 1) -> bytes:
        """Return a table of which ``edit`` gets the sheet and the letters of a column."""
        letters = openpyxl.utils.get_column_letter(self.keys.index(key) + 1)
        some = [self.in_order(row) for row in (self.row, self.other)][:rows]
        return table(
            [self.headers, *some], title=self.title, edit=lambda sheet: edit(sheet, letters)
        )


def cases_of(kind: Kind) -> dict[str, Any]:
    """Return the cases that any table must stand."""
    text, digits = kind.text, kind.digits
    told = f"按“{kind.number}”理解" if kind.is_told else "去掉了单元格内多余的换行、撇号等"
    return {
        "line break": (
            lambda: kind.one(**{text: "某村 \n2号"}),
            {2: (NEW, {})},
            [f"{kind.label(text)}：去掉了单元格内的换行，按“某村 2号”理解"],
        ),
        "control character": (
            lambda: _control_character(kind),
            {2: (WRONG, {text: "不可见的控制字符"})},
            [],
        ),
        "formula": (
            lambda: kind.one(**{text: "=cmd|' /C calc'!A0"}),
            {2: (WRONG, {text: "单元格是公式"})},
            [],
        ),
        "error": (
            lambda: kind.edited(text, _make_error),
            {2: (WRONG, {text: "单元格是错误值"})},
            [],
        ),
        "truth value": (
            lambda: kind.one(**{text: True}),
            {2: (WRONG, {text: "单元格是逻辑值"})},
            [],
        ),
        "digits lost": (
            lambda: kind.one(**{kind.long: 12420100441626842}),
            {2: (WRONG, {kind.long: cells.LOST_DIGITS})},
            [],
        ),
        "scientific notation": (
            lambda: kind.one(**{kind.long: 1.2420100441626e17}),
            {2: (WRONG, {kind.long: cells.LOST_DIGITS})},
            [],
        ),
        "scientific notation as text": (
            lambda: kind.one(**{kind.long: "1.2420100441626E+17"}),
            {2: (WRONG, {kind.long: "科学记数法（如1.24E+17），后面的数字已经丢失"})},
            [],
        ),
        "a number where text belongs": (
            lambda: kind.one(**{digits: int(kind.number)}),
            {2: (NEW, {})},
            [],
        ),
        "a number written with a point": (
            lambda: kind.one(**{digits: f"{kind.number}.0"}),
            {2: (NEW, {})},
            [f"{kind.label(digits)}：“{kind.number}.0”按“{kind.number}”理解"]
            if kind.is_told
            else [f"{kind.label(digits)}：{told}"],
        ),
        "leading apostrophe": (
            lambda: kind.one(**{digits: f"'{kind.number}"}),
            {2: (NEW, {})},
            [told],
        ),
        "full width digits": (
            lambda: kind.one(**{digits: kind.number.translate(_FULL_WIDTH)}),
            {2: (NEW, {})},
            [],
        ),
        **{
            f"a date: {value}": (
                lambda value=value: kind.one(**{text: value}),
                {2: (WRONG, {text: "单元格被识别为日期或时间"})},
                [],
            )
            for value in (
                dt.date(2017, 3, 5),
                dt.datetime(2017, 3, 5, 8, 30),  # noqa: DTZ001 - a cell has no time zone
                dt.time(8, 30),
                dt.timedelta(hours=30),
            )
        },
        "hidden row": (
            lambda: kind.edited(text, _hide),
            {2: (NEW, {})},
            ["有1行在表中被隐藏（第2行）"],
        ),
        "more sheets": (lambda: _more_sheets(kind), {2: (NEW, {})}, ["其他工作表未读取：第一张"]),
        "merged cells": (
            lambda: kind.edited(text, lambda sheet, at: sheet.merge_cells(f"{at}2:{at}3"), 2),
            {2: (WRONG, {text: cells.MERGED}), 3: (WRONG, {text: cells.MERGED})},
            [],
        ),
        "a second header": (
            lambda: table(
                [kind.headers, kind.cells(), kind.headers, kind.in_order(kind.other)],
                title=kind.title,
            ),
            {2: (NEW, {}), 3: (WRONG, {kind.main: tables.REPEATED_HEADER}), 4: (NEW, {})},
            [],
        ),
        "example": (
            lambda: table([kind.headers, kind.in_order(kind.example), kind.cells()]),
            {3: (NEW, {})},
            ["第2行是示例"],
        ),
        "blank rows": (
            lambda: table([kind.headers, [], kind.cells(), [], ["  ", " ", "\u3000"], [None]]),
            {3: (NEW, {})},
            [],
        ),
        "remarks in a column without a name": (
            lambda: table([[*kind.headers, ""], [*kind.cells(), "已核"]]),
            {2: (NEW, {})},
            ["列（没有列名）"],
        ),
        "shuffled below a title": (
            lambda: table(
                [["登记表"], [], ["备注", *kind.headers[::-1]], ["请核对", *kind.cells()[::-1]]]
            ),
            {4: (NEW, {})},
            ["表头在第3行", "以下列不是导入表的内容，已忽略：备注"],
        ),
        "lying dimension": (
            lambda: with_sheet(
                _xml_row(1, kind.headers) + _xml_row(2, kind.cells()),
                before='<dimension ref="A1:A1"/>',
            ),
            {2: (NEW, {})},
            [],
        ),
        "cells without places": (lambda: _without_places(kind), {2: (NEW, {})}, []),
        "rich text": (lambda: _rich_text(kind), {2: (NEW, {})}, []),
    }


_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def _make_error(sheet: Any, letters: str) -> None:
    cell = sheet[f"{letters}2"]
    cell.value, cell.data_type = "#N/A", "e"


def _hide(sheet: Any, _letters: str) -> None:
    sheet.row_dimensions[2].hidden = True


def _more_sheets(kind: Kind) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(kind.one()))
    first = book.create_sheet("第一张", 0)
    first.append(kind.headers)
    first.append(kind.in_order(kind.other))
    book.create_sheet("隐藏").sheet_state = "hidden"
    return saved(book)


def _control_character(kind: Kind) -> bytes:
    data = kind.one(**{kind.text: "某村XX号"})
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        xml = parts.read(SHEET_PART)
    return patched(data, {SHEET_PART: xml.replace(b"XX", b"_x0007_")})


def _xml_row(number: int, values: Sequence[Any]) -> str:
    return xml_row(number, [value or "" for value in values])


def _without_places(kind: Kind) -> bytes:
    """Return a sheet whose cells do not say where they stand, as some programs write them."""
    rows = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{value or ""}</t></is></c>' for value in row)
        + "</row>"
        for row in (kind.headers, kind.cells())
    )
    return with_sheet(rows)


def _rich_text(kind: Kind) -> bytes:
    """Return a sheet in which one text is made of two pieces."""
    values = kind.cells()
    at = kind.keys.index("name")
    half = len(values[at]) // 2
    pieces = "".join(f"<r><t>{part}</t></r>" for part in (values[at][:half], values[at][half:]))
    plain = _xml_row(2, values)
    return with_sheet(
        _xml_row(1, kind.headers)
        + plain.replace(f"<is><t>{values[at]}</t></is>", f"<is>{pieces}</is>")
    )

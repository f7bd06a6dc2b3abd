"""What calamine does not tell of a sheet: how far it reaches, and what kinds of cells it holds.

Its part of the package is read once by expat, before calamine builds a table of everything between
the first and the last cell: a stray value in XFD1048576 would make that table sixteen billion
cells large. Cells that hold formulas, errors or truth values are noted by their place, as are
hidden rows and merged cells.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from services.errors import DomainError
from services.workbooks.archive import AGAIN, DAMAGED, MOST_CELLS, TOO_MANY_CELLS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.workbooks.archive import Package

#: Rows that may stand above the data: titles, header, example.
_MARGIN: Final = 20
#: Rows and columns up to which a sheet is looked at; blank rows in between count.
LAST_ROW: Final = 12_000
LAST_COLUMN: Final = 100

TOO_MANY_ROWS: Final = "一次最多导入{most}行，该工作表超过了这个数量。请分成几个文件，逐个上传。"
TOO_FAR: Final = (
    "{place}处有内容，超出了导入表的范围（{rows}行、{columns}列）。请删除该处的内容"
    "（选中多余的行或列，右键“删除”），保存后重新上传。"
)
NO_SHEETS: Final = f"文件中没有可以读取的工作表。{AGAIN}"

_PLACE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_RANGE: Final = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_KINDS: Final = {"b": "boolean", "e": "error"}
_TRUE: Final = frozenset({"1", "true"})

Place = tuple[int, int]


@dataclass(frozen=True)
class SheetRef:
    """One sheet of the workbook: its name, its part, and whether users see it."""

    name: str
    part: str
    is_visible: bool


@dataclass(frozen=True)
class Book:
    """The sheets of a workbook in its order, and the parts that all of them share.

    ``styles`` and ``strings`` are empty where there are none.
    """

    sheets: list[SheetRef]
    styles: str
    strings: str
    counts_from_1904: bool


@dataclass
class SheetShape:
    """What the scan of one sheet found; rows and columns count from 1."""

    #: Place → ``formula``, ``error`` or ``boolean``.
    kinds: dict[Place, str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    #: Row → first and last column of each stretch of merged cells in it.
    merged: dict[int, list[Place]] = field(default_factory=dict)
    filled_rows: int = 0

    def is_merged(self, row: int, column: int) -> bool:
        """Whether a cell is part of merged cells."""
        return any(left <= column <= right for left, right in self.merged.get(row, ()))


def letters_of(column: int) -> str:
    """Return the letters of a column: 1 is A, 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number of a column: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def book_of(package: Package) -> Book:
    """Return what the workbook says of its parts; raises ``DomainError`` without any sheet."""
    name = _target(_relations(package, "_rels/.rels", "").values(), "/officeDocument")
    name = name or "xl/workbook.xml"
    folder, last = posixpath.split(name)
    relations = _relations(package, f"{folder}/_rels/{last}.rels", folder)
    found, counts_from_1904 = [], False
    for tag, values in _elements(_part(package, name)):
        if tag == "workbookPr":
            counts_from_1904 = values.get("date1904") in _TRUE
        if tag != "sheet":
            continue
        key = next((v for k, v in values.items() if k.split(":")[-1] == "id"), "")
        part = relations.get(key, ("", ""))[1]
        if part in package.parts and "name" in values:
            visible = values.get("state", "visible") == "visible"
            found.append(SheetRef(values["name"], part, visible))
    if not found:
        raise DomainError(NO_SHEETS)
    if len({sheet.name for sheet in found}) < len(found):
        # Nobody could say which of them is meant, and the one that comes back marked is named.
        raise DomainError(DAMAGED)
    return Book(
        sheets=found,
        styles=_target(relations.values(), "/styles"),
        strings=_target(relations.values(), "/sharedStrings"),
        counts_from_1904=counts_from_1904,
    )


def refuse_large_merges(package: Package) -> None:
    """Raise ``DomainError`` when merged cells make up too much, in hidden sheets as well.

    openpyxl, which writes the marked workbook, makes an object of each cell within them.
    """
    area = 0
    for data in package.parts.values():
        if b"mergeCell" not in data:
            continue
        for _tag, values in _elements(data, only="mergeCell"):
            found = _RANGE.fullmatch(values.get("ref", ""))
            if found is not None:
                columns = column_number(found[3]) - column_number(found[1]) + 1
                area += max(columns, 0) * max(int(found[4]) - int(found[2]) + 1, 0)
    if area > MOST_CELLS:
        raise DomainError(TOO_MANY_CELLS)


def scan(package: Package, sheet: SheetRef, most_rows: int) -> SheetShape:
    """Read the part of a sheet; raises ``DomainError`` for what is too far out or too much.

    Above ``most_rows`` rows of data there is some room for titles, header and example.
    """
    return _Scan(package.parts[sheet.part], most_rows).shape


class _Scan:
    """The state of one reading: where it is, and whether the present cell holds anything."""

    def __init__(self, data: bytes, most_rows: int) -> None:
        self.shape = SheetShape()
        self._most_rows = most_rows
        self._row = self._column = 0
        self._kind = ""
        self._is_filled = self._row_is_filled = self._holds_value = False
        #: Whether calamine makes room for the cell, be its value empty.
        self._is_taken = False
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        _parse(parser, data)

    def _start(self, tag: str, values: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "c":
            self._start_cell(values)
        elif tag in {"v", "is"}:
            self._holds_value = self._is_taken = True
        elif tag == "f":
            self._kind = "formula"
            self._is_filled = self._is_taken = True
        elif tag == "row":
            self._row = _whole(values.get("r"), self._row + 1)
            self._column = 0
            self._row_is_filled = False
            if values.get("hidden") in _TRUE:
                self.shape.hidden_rows.add(self._row)
        elif tag == "mergeCell":
            self._merge(values.get("ref", ""))

    def _start_cell(self, values: dict[str, str]) -> None:
        place = values.get("r")
        if place is None:
            self._column += 1
        else:
            found = _PLACE.fullmatch(place)
            if found is None:
                raise DomainError(DAMAGED)
            self._column, self._row = column_number(found[1]), int(found[2])
        self._kind = _KINDS.get(values.get("t", ""), "")
        self._is_filled = self._holds_value = self._is_taken = False

    def _text(self, _data: str) -> None:
        if self._holds_value:
            self._is_filled = True

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in {"v", "is"}:
            self._holds_value = False
        elif tag == "c" and self._is_taken:
            if self._row > LAST_ROW or self._column > LAST_COLUMN:
                place = f"{letters_of(self._column)}{self._row}"
                raise DomainError(TOO_FAR.format(place=place, rows=LAST_ROW, columns=LAST_COLUMN))
            if self._is_filled:
                if self._kind:
                    self.shape.kinds[self._row, self._column] = self._kind
                self._row_is_filled = True
        elif tag == "row" and self._row_is_filled:
            self.shape.filled_rows += 1
            if self.shape.filled_rows > self._most_rows + _MARGIN:
                raise DomainError(TOO_MANY_ROWS.format(most=self._most_rows))

    def _merge(self, reference: str) -> None:
        found = _RANGE.fullmatch(reference)
        if found is not None:
            stretch = column_number(found[1]), column_number(found[3])
            for row in range(int(found[2]), min(int(found[4]), LAST_ROW) + 1):
                self.shape.merged.setdefault(row, []).append(stretch)


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else otherwise


def _parser() -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


def _parse(parser: Any, data: bytes) -> None:
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, ValueError):
        raise DomainError(DAMAGED) from None


def _elements(data: bytes, only: str = "") -> list[tuple[str, dict[str, str]]]:
    """Return the elements of a part with their attributes, or those of one name ``only``."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(tag: str, values: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == only or not only:
            found.append((name, values))

    parser = _parser()
    parser.StartElementHandler = start
    _parse(parser, data)
    return found


def _part(package: Package, name: str) -> bytes:
    data = package.parts.get(name)
    if data is None:
        raise DomainError(DAMAGED)
    return data


def _relations(package: Package, name: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return key → (type, part) of a part's relationships to other parts of the package."""
    found: dict[str, tuple[str, str]] = {}
    for tag, values in _elements(_part(package, name)):
        if tag == "Relationship" and values.get("TargetMode") != "External":
            target = values.get("Target", "")
            part = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[values.get("Id", "")] = values.get("Type", ""), part
    return found


def _target(relations: Iterable[tuple[str, str]], suffix: str) -> str:
    """Return the part of the first relationship whose type ends with ``suffix``, or nothing."""
    return next((part for kind, part in relations if kind.endswith(suffix)), "")

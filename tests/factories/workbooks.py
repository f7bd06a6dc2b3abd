"""Workbooks as people and attackers upload them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl

from services.institutions.importing import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

HEADERS = [column.header for column in COLUMNS]
KEYS = [column.key for column in COLUMNS]
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET_PART = "xl/worksheets/sheet1.xml"


def import_table(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return an import table with ``rows``, each from field to value."""
    return table([HEADERS, *([row.get(key) for key in KEYS] for row in rows)])


def table(
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "机构",
    edit: Callable[[Any], None] | None = None,
) -> bytes:
    """Return a workbook of one sheet; ``edit`` gets the sheet before it is saved."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if edit is not None:
        edit(sheet)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Return a workbook as bytes."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def patched(
    data: bytes, parts: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a workbook with some of its parts replaced, or with others added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return file.getvalue()


def with_sheet(rows: str, *, before: str = "", after: str = "") -> bytes:
    """Return a workbook whose only sheet has ``rows`` as its XML."""
    xml = f'<worksheet xmlns="{NAMESPACE}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    return patched(table([["x"]]), {SHEET_PART: xml.encode()})


def xml_row(number: int, values: Sequence[str]) -> str:
    """Return the XML of a row of texts from column A on."""
    cells = "".join(
        f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
        for at, value in enumerate(values)
    )
    return f'<row r="{number}">{cells}</row>'

"""The sheet that was scanned, in a workbook of our own: what the reader of cells is given.

Two readers of one package may take different parts for the same sheet: names and keys can stand
twice, targets can be written in many ways. So calamine never sees the user's package. It gets one
that we have written, with the very bytes that were scanned as its only sheet.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.workbooks.archive import Package
    from services.workbooks.sheets import Book, SheetRef

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_SHEET: Final = "worksheets/sheet1.xml"
_STYLES: Final = "styles.xml"
_STRINGS: Final = "sharedStrings.xml"


def plain_workbook(package: Package, book: Book, sheet: SheetRef) -> io.BytesIO:
    """Return a zip without compression that holds ``sheet``, its texts and its formats."""
    targets = {"worksheet": _SHEET, "styles": _STYLES, "sharedStrings": _STRINGS}
    sources = {_SHEET: sheet.part, _STYLES: book.styles, _STRINGS: book.strings}
    held = {to: package.parts[part] for to, part in sources.items() if part in package.parts}
    relations = {kind: to for kind, to in targets.items() if to in held}
    system = ' date1904="1"' if book.counts_from_1904 else ""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(
            "[Content_Types].xml",
            f'{_DECLARATION}<Types xmlns="{_TYPES}">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        packed.writestr("_rels/.rels", _relations({"officeDocument": "xl/workbook.xml"}))
        packed.writestr("xl/_rels/workbook.xml.rels", _relations(relations))
        packed.writestr(
            "xl/workbook.xml",
            f'{_DECLARATION}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr{system}/>'
            '<sheets><sheet name="1" sheetId="1" r:id="worksheet"/></sheets></workbook>',
        )
        for name, data in held.items():
            packed.writestr(f"xl/{name}", data)
    file.seek(0)
    return file


def _relations(targets: dict[str, str]) -> str:
    """Return the XML of relationships from their kind, which is their key as well, to a part."""
    links = "".join(
        f'<Relationship Id="{kind}" Type="{_OFFICE}/{kind}" Target="{to}"/>'
        for kind, to in targets.items()
    )
    return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}">{links}</Relationships>'

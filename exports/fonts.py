"""The fonts of printed papers: registered once, checked for every character, searchable."""

from __future__ import annotations

import logging
import re
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

from services.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

REGULAR: Final = "NotoSerifSC"
BOLD: Final = "NotoSerifSC-Bold"

STATIC_DIRECTORY: Final = Path(__file__).resolve().parent.parent / "static"
FONT_DIRECTORY: Final = STATIC_DIRECTORY / "fonts"

# Control and format characters have no shape on paper: direction marks, zero-width characters,
# byte order marks. A name that hides one must not print differently from a name without it.
_UNPRINTED: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb]"
)
_LINE_BREAK: Final = re.compile("\r\n|[\r\u2028\u2029]")

_registering: Final = threading.Lock()


class MissingGlyphError(DomainError):
    """A character that neither font of ours can draw.

    `character` is the character, `text` the string that holds it. The message is for the user.
    """

    def __init__(self, character: str, text: str) -> None:
        """Name the character; `text` is kept for the caller and never shown."""
        self.character = character
        self.text = text
        shown = character if character.isprintable() else "□"
        super().__init__(
            f"打印字库中没有字符“{shown}”（U+{ord(character):04X}），无法打印。"
            "请核对该字是否录入有误；确为生僻字的，请联系系统管理员更新字库。"
        )


class SearchableFont(TTFont):
    """A TrueType font whose text can be searched and copied, whatever plane it is from.

    ReportLab writes the code point itself into the ToUnicode map, which is UTF-16: everything
    beyond U+FFFF came back from a reader as other characters. It also lists up to 256 characters
    in one block where the format allows 100. Both are mended after ReportLab has added its objects.
    """

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - the name is ReportLab's
        """Add the font's objects to a document and replace the ToUnicode maps."""
        subsets: list[list[int]] = self.state[doc].subsets
        super().addObjects(doc)
        face = self.face
        for number, subset in enumerate(subsets):
            name = (SUBSETN(number) + b"+" + face.name + face.subfontNameX).decode("pdfdoc")
            doc.idToObject["toUnicodeCMap:" + name].content = to_unicode_map(name, subset)


def to_unicode_map(font_name: str, subset: Sequence[int]) -> str:
    """The ToUnicode map of a subset: code of the byte → UTF-16BE (ISO 32000-1, 9.10.3)."""
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo",
        f"<< /Registry ({font_name})",
        f"/Ordering ({font_name})",
        "/Supplement 0",
        ">> def",
        f"/CMapName /{font_name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    entries = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be', 'surrogatepass').hex().upper()}>"
        for code, point in enumerate(subset)
    ]
    for start in range(0, len(entries), 100):
        block = entries[start : start + 100]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines)


def register_fonts() -> frozenset[str]:
    """Make the fonts known to ReportLab and xhtml2pdf; return the characters that both can draw.

    Costs a tenth of a second, once a process. `FileNotFoundError` or ReportLab's `TTFError` come
    through when the font files are missing or damaged: without them nothing can be printed.
    """
    with _registering:
        return _register()


@cache
def _register() -> frozenset[str]:
    # xhtml2pdf logs whole documents when something in them displeases it, names and ID numbers
    # included; no level of it is fit for a log file.
    silenced = logging.getLogger("xhtml2pdf")
    silenced.addHandler(logging.NullHandler())
    silenced.propagate = False
    silenced.setLevel(logging.CRITICAL + 1)

    from xhtml2pdf import default  # noqa: PLC0415 - slow to import, and needed by papers only

    regular = SearchableFont(REGULAR, FONT_DIRECTORY / "NotoSerifSC-Regular.ttf")
    bold = SearchableFont(BOLD, FONT_DIRECTORY / "NotoSerifSC-Bold.ttf")
    pdfmetrics.registerFont(regular)
    pdfmetrics.registerFont(bold)
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
    )
    default.DEFAULT_FONT[REGULAR.lower()] = REGULAR
    shared = regular.face.charToGlyph.keys() & bold.face.charToGlyph.keys()
    return frozenset(map(chr, shared)) | {"\n"}


def printable(text: str) -> str:
    r"""Return the text as paper can show it, or raise `MissingGlyphError`.

    Control and format characters are taken out, line breaks become `\n`, tabs spaces. Everything
    else is kept exactly as it is: a name is never normalised on its way to paper.
    """
    if not text.isprintable():
        text = _UNPRINTED.sub("", _LINE_BREAK.sub("\n", text)).replace("\t", " ")
    known = register_fonts()
    if not known.issuperset(text):
        raise MissingGlyphError(next(it for it in text if it not in known), text)
    return text


def character_widths(font_name: str) -> dict[int, float]:
    """Return the widths of a font's characters in thousandths of its size, by code point."""
    register_fonts()
    font: Any = pdfmetrics.getFont(font_name)
    widths: dict[int, float] = font.face.charWidths
    return widths

"""A row of a sheet as the XML that a workbook holds (ECMA-376, part 1, 18.3.1.4 and 18.3.1.73)."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from exports.columns import Column, ColumnKind

_LONGEST_TEXT: Final = 32_767
"""Characters a cell can hold (Excel specifications and limits)."""

# What XML 1.0 (2.2) cannot carry; one such character makes Excel refuse the whole file.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# A carriage return as it is would be read back as a line feed.
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ESCAPED: Final = re.compile("[&<>\r]")


def row_encoder(
    columns: Sequence[Column], styles: Sequence[int]
) -> Callable[[Sequence[object], int], str]:
    """Return what turns the values of a row, and its number, into XML.

    ``styles`` holds the number of the style of each column. Every text is stored as text, whatever
    it looks like. What is returned raises ``TypeError`` for a value that does not fit the kind of
    its column, and ``ValueError`` for a row of another length.
    """
    cells = [
        (_CONTENTS[column.kind], f'<c r="{get_column_letter(at)}', f'" s="{style}"')
        for at, (column, style) in enumerate(zip(columns, styles, strict=True), 1)
    ]
    breadth = len(cells)

    def encode(values: Sequence[object], number: int) -> str:
        if len(values) != breadth:
            raise ValueError("a row must have one value for each column")
        made = "".join(
            [
                f"{start}{number}{style}{content(value)}"
                for (content, start, style), value in zip(cells, values, strict=True)
            ]
        )
        return f'<row r="{number}">{made}</row>'

    return encode


def clean(text: str) -> str:
    """Take out what a cell cannot hold; cut what is longer than a cell."""
    if not text.isprintable():
        text = _ILLEGAL.sub("", text)
    if len(text) > _LONGEST_TEXT:
        text = text[: _LONGEST_TEXT - 1] + "…"
    return text


def _text(value: object) -> str:
    if value is None:
        return "/>"
    text = clean(value if type(value) is str else str(value))
    if not text:
        return "/>"
    if _ESCAPED.search(text):
        text = _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)
    kept = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    return f' t="inlineStr"><is><t{kept}>{text}</t></is></c>'


def _date(value: object) -> str:
    if value is None:
        return "/>"
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return _day(value)
    raise TypeError(f"a date column cannot hold {type(value).__name__}")


@lru_cache(maxsize=4096)
def _day(value: dt.date) -> str:
    return f"><v>{to_excel(value):.0f}</v></c>"  # type: ignore[no-untyped-call]


def _integer(value: object) -> str:
    if value is None:
        return "/>"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"><v>{value}</v></c>"
    raise TypeError(f"an integer column cannot hold {type(value).__name__}")


_CONTENTS: Final[dict[ColumnKind, Callable[[object], str]]] = {
    "text": _text,
    "date": _date,
    "integer": _integer,
}
"""What follows the address and the style of a cell, to its end."""

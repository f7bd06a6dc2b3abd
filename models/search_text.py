"""The text in which a keyword is looked for: names, their pinyin initials, and codes."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin

#: Longer texts are cut: PostgreSQL's indexes take 2,700 bytes a row.
LONGEST_SEARCH_TEXT: Final = 400


def folded(text: str) -> str:
    """Return the form in which texts are searched: half width, without case or outer blanks."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


@lru_cache(maxsize=4096)
def initials_of(name: str) -> str:
    """Return the pinyin initials of a Chinese name: ``hkyy`` for 汉口医院; others stay."""
    return "".join(lazy_pinyin(folded(name), style=Style.FIRST_LETTER, strict=False))


def search_text_of(name: str, *codes: str | None) -> str:
    """Return what a record is found by: its name, its initials and its codes, one a line."""
    parts = [folded(name), initials_of(name), *(folded(code) for code in codes if code)]
    return "\n".join(parts)[:LONGEST_SEARCH_TEXT]

"""Names of uploaded files, which are the user's own words: what of them may be kept and shown."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Control, format, surrogate, private and unassigned characters, and separators of lines.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_GAP: Final = r"[ ._-]?"
#: What may be somebody's ID or phone number: any long number, and both as people group them.
_PERSONAL_NUMBER: Final = re.compile(
    r"\d{11,}[Xx]?"
    rf"|(?<!\d)\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx](?!\d)"
    rf"|(?<!\d)1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"
)
_MASK: Final = "…"


def masked(name: str) -> str:
    """Return ``name`` without what may be a person's number: names are kept in plain text."""
    return _PERSONAL_NUMBER.sub(_MASK, name)


def visible(name: str) -> str:
    """Return a file's name without folders, characters that cannot be seen, and such numbers."""
    last = re.split(r"[/\\]", name[:1000])[-1]
    return masked("".join(c for c in last if unicodedata.category(c) not in _INVISIBLE).strip())

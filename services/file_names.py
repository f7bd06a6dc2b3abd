"""Names of uploaded files, which are the user's own words: what of them people may be shown."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Control, format, surrogate, private and unassigned characters, and separators of lines.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(name: str) -> str:
    """Return a file's name without folders and without characters that cannot be seen."""
    last = re.split(r"[/\\]", name[:1000])[-1]
    return "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE).strip()

"""Names of uploaded files: what the user called them, made harmless."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from models import ScanType

ENDINGS: Final = {ScanType.JPEG: ".jpg", ScanType.PNG: ".png", ScanType.PDF: ".pdf"}
UNNAMED: Final = "证照"
_LONGEST: Final = 100
#: Characters that a file name cannot hold on the systems our users have, or that hide.
_FORBIDDEN: Final = frozenset('<>:"|?*')
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Devices of Windows, whatever their ending.
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
#: So long a number may be somebody's ID or phone number, and names stand in plain text.
_LONG_NUMBER: Final = re.compile(r"\d{11,}[Xx]?")


def harmless(name: str, scan_type: ScanType) -> str:
    """Return ``name`` without folders, hidden characters and long numbers.

    Its ending is that of what the file is; other endings become a part of the name.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name[:1000]))[-1]
    kept = "".join(
        c for c in last if c not in _FORBIDDEN and unicodedata.category(c) not in _INVISIBLE
    )
    stem = kept.strip(" .").rpartition(".")[0] or kept.strip(" .")
    stem = _LONG_NUMBER.sub("…", stem.replace(".", "_")).strip(" _")[:_LONGEST].rstrip()
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"{UNNAMED}{stem}"
    return stem + ENDINGS[scan_type]

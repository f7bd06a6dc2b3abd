"""Names of uploaded files: what the user called them, made harmless."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from models import ScanType
from services.file_names import masked, visible

ENDINGS: Final = {ScanType.JPEG: ".jpg", ScanType.PNG: ".png", ScanType.PDF: ".pdf"}
UNNAMED: Final = "证照"
_LONGEST: Final = 100
#: Characters that a file name cannot hold on the systems our users have.
_FORBIDDEN: Final = frozenset('<>:"|?*')
#: Devices of Windows, whatever their ending.
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def harmless(name: str, scan_type: ScanType) -> str:
    """Return ``name`` without folders, hidden characters and numbers of people.

    Its ending is that of what the file is; other endings become a part of the name.
    """
    last = visible(unicodedata.normalize("NFKC", name))
    kept = "".join(c for c in last if c not in _FORBIDDEN)
    stem = kept.strip(" .").rpartition(".")[0] or kept.strip(" .")
    # Once more: what stood between two parts of a number may be gone.
    stem = masked(stem.replace(".", "_")).strip(" _")[:_LONGEST].rstrip()
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"{UNNAMED}{stem}"
    return stem + ENDINGS[scan_type]

"""Headers of a downloaded file whose name is Chinese."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP: Final = "application/zip"

_FORBIDDEN: Final = frozenset('/\\:*?"<>|')
"""Characters that a file name cannot hold on the systems our users have."""

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of control characters, direction marks, unassigned and private characters."""

_LONGEST_SUFFIX: Final = 10

_LONGEST: Final = 150
"""Characters kept of a file name; file systems stop at 255 bytes, a Chinese character has three."""


def attachment(filename: str, mimetype: str, *, inline: bool = False) -> dict[str, str]:
    """Return the headers that make a browser save a response under `filename`.

    With `inline` the browser shows it first and saves it, when asked, under that name.

    The Chinese name travels as `filename*` (RFC 6266, RFC 8187), beside an ASCII name for programs
    that do not know it. Path separators, line breaks and control characters are taken out of the
    name, so that neither a header nor a directory can be written through it. `mimetype` comes from
    our own code and is refused with `ValueError` if it is not a plain media type.
    """
    if not mimetype.isascii() or not mimetype.isprintable() or mimetype.count("/") != 1:
        raise ValueError("mimetype must be a plain media type")
    name = _safe_name(filename)
    return {
        "Content-Type": mimetype,
        "Content-Disposition": (
            f'{"inline" if inline else "attachment"}; filename="{_ascii_name(name)}"; '
            f"filename*=UTF-8''{quote(name, safe='')}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }


def _safe_name(filename: str) -> str:
    """Drop what a header or a file system would read as more than a name."""
    kept = "".join(
        "_" if character in _FORBIDDEN else character
        for character in unicodedata.normalize("NFC", filename)
        if unicodedata.category(character) not in _INVISIBLE
    ).strip(" .")
    stem, suffix = _parted(kept)
    stem = stem[: _LONGEST - len(suffix)].rstrip(" .")
    return (stem or "download") + suffix


def _ascii_name(name: str) -> str:
    """Return the ASCII part of the name if it still tells anything, else `download`."""
    stem, suffix = _parted(name)
    plain = stem.encode("ascii", "ignore").decode().replace("%", "_").replace(";", "_")
    return (plain.strip(" ._-") or "download") + suffix


def _parted(name: str) -> tuple[str, str]:
    """Part a name into stem and suffix; only a short one of letters and digits is a suffix."""
    suffix = PurePosixPath(name).suffix
    if len(suffix) > _LONGEST_SUFFIX or not suffix.isascii() or not suffix[1:].isalnum():
        suffix = ""
    return name[: len(name) - len(suffix)], suffix

"""What becomes of an uploaded file, and how much of it is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

#: An A4 page at 600 dots per inch has 35 million, one of A3 at 400 has 31.
MOST_PIXELS: Final = 40_000_000
#: Stored images are no longer than this: A4 at 300 dots per inch. A browser that can shrinks what
#: is too large for an upload to the same size.
LONGEST_SIDE: Final = 3600
#: A card of 9 cm at 110 dots per inch; with fewer dots nobody reads what it says.
SHORTEST_SIDE: Final = 400
#: The small pictures in a list.
LONGEST_THUMBNAIL: Final = 320
#: A licence has two sides; with renewals and annexes twenty pages are a lot.
MOST_PAGES: Final = 30


class UnfitFileError(Exception):
    """The file cannot be taken; ``reason`` is one of the keys of ``process.SENTENCES``."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Cleaned:
    """A clean file, and what is made from it: ``parts`` by name (``thumb``, ``page-1`` …).

    ``scan_type`` is a value of ``ScanType``; only a PDF has pictures of its pages.
    """

    scan_type: str
    data: bytes
    page_count: int = 1
    parts: dict[str, bytes] = field(default_factory=dict)

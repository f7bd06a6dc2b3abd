"""Anchors: a line for every commit that lengthened the chain, in files beside the database.

They show what the chain alone cannot: that entries at its end are missing, or that all of it was
written anew. So they ought to be copied to where those who run the database cannot write.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from flask import current_app

from models import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

FOLDER: Final = "audit-anchors"
_PARTS: Final = 3


class Anchor(NamedTuple):
    """One line of an anchor file: the last entry of a commit."""

    sequence: int
    mac: str


def append(sequence: int, mac: str) -> None:
    """Write down that the chain has come to an entry; call it after the commit.

    One file per day (UTC), one line ``sequence mac time``. The act has happened already, so that a
    full disk is logged and hinders nobody.
    """
    now = utc_now()
    folder = _folder()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # Lines this short are appended whole, whoever else is writing.
        descriptor = os.open(
            folder / f"{now:%Y-%m-%d}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
        )
        try:
            os.write(descriptor, f"{sequence} {mac} {now.isoformat()}\n".encode("ascii"))
        finally:
            os.close(descriptor)
    except OSError as error:
        logger.error("no anchor for entry %d: %s", sequence, error.strerror)  # noqa: TRY400


def extent() -> dict[Path, int]:
    """Return the anchor files with their present sizes: what was committed by now."""
    return {path: path.stat().st_size for path in sorted(_folder().glob("*.log"))}


def read(files: dict[Path, int]) -> Iterator[Anchor]:
    """Yield the anchors of ``files`` up to the sizes given; a line that is none is passed over."""
    for path, size in files.items():
        with path.open("rb") as lines:
            while lines.tell() < size and (line := lines.readline()):
                parts = line.split()
                if len(parts) == _PARTS and parts[0].isdigit():
                    yield Anchor(int(parts[0]), parts[1].decode("ascii", "replace"))


def _folder() -> Path:
    return Path(current_app.config["DATA_DIR"]) / FOLDER

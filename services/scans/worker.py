"""The process that reads uploaded files: ``python -m services.scans.worker``.

A file on standard input, its clean form on standard output: one line of JSON that lists the parts
with their lengths, then their bytes. It has little time and memory, can write no file, and is given
no environment, so that a file that breaks a decoder finds neither keys nor a way to stay.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Final

from services.scans.cleaned import Cleaned, UnfitFileError
from services.scans.cleaning import clean

#: Seconds of work; the largest image that is taken needs two, thirty pages need eight.
MOST_SECONDS: Final = 20
#: Bytes of memory: a picture of 40 million dots is held three times at the worst.
MOST_MEMORY: Final = 1536 * 1024 * 1024


def main() -> None:
    """Clean one file."""
    limit_oneself()
    try:
        cleaned = clean(sys.stdin.buffer.read())
    except UnfitFileError as error:
        _answer({"reason": error.reason})
    except MemoryError:
        _answer({"reason": "too_heavy"})
    else:
        _answer(_head_of(cleaned), cleaned.data, *cleaned.parts.values())


def limit_oneself() -> None:
    """Give up, for good, the right to more time, memory and files than a scan needs."""
    for limit, most in (
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (most, most))


def _head_of(cleaned: Cleaned) -> dict[str, object]:
    return {
        "scan_type": cleaned.scan_type,
        "page_count": cleaned.page_count,
        "size": len(cleaned.data),
        "parts": {name: len(data) for name, data in cleaned.parts.items()},
    }


def _answer(head: dict[str, object], *bodies: bytes) -> None:
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    for body in bodies:
        out.write(body)
    out.flush()


if __name__ == "__main__":
    main()

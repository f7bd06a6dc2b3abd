"""A process that does what it is told, a line of JSON at a time, and answers with a line."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def serve(acts: Mapping[str, Callable[..., Any]]) -> None:
    """Call ``acts`` by their names until there is nothing more to read."""
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        arguments = json.loads(line)
        result = acts[arguments.pop("act")](**arguments)
        answers.write(f"{json.dumps(result)}\n")
        answers.flush()


def resident(which: str) -> float:
    """MB of this process now (VmRSS) or at its peak (VmHWM), as Linux counts them."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - one line
        found = next(line for line in status if line.startswith(which))
    return int(found.split()[1]) / 1024

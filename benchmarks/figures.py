"""What a benchmark has found, in the form that the report reads: a line of JSON for each."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Names the file to which figures are added; without it they are only printed by the benchmark.
FILE: Final = "BENCH_FIGURES"
OURS: Final = "ours"


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was done in several ways, ``OURS`` among them, all in the same unit.

    ``topic`` is a key of ``benchmarks.performance.TOPICS``. ``place`` says on which data: a
    database, a size. ``rows`` is how many rows there were, where the report draws how a figure
    grows with them; 0 elsewhere.
    """

    topic: str
    what: str
    unit: str
    ways: Mapping[str, float]
    place: str = ""
    rows: int = 0


def note(*figures: Figure) -> None:
    """Add figures to the file of this run, if there is one."""
    name = os.environ.get(FILE)
    if name:
        with Path(name).open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(asdict(one), ensure_ascii=False)}\n" for one in figures)


def read(path: Path) -> list[Figure]:
    """Return the figures of a run in the order in which they were found."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Figure(**json.loads(line)) for line in lines]

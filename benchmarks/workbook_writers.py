"""Rows as xlsx by us and by other writers, in turn, and the memory that each needs.

`python -m benchmarks.workbook_writers` writes 50,000 rows three times by each; `--rows` fewer. It
exits with 1 if ours takes longer than a bare loop of openpyxl.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.beside import in_turn, peer, seconds_of
from benchmarks.certificates_xlsx import CERTIFICATE_COLUMNS, ours, rows, to_nowhere
from benchmarks.figures import OURS, Figure, note
from benchmarks.measure import memory_growth, report

ROWS: Final = 50_000
REPETITIONS: Final = 3
PEERS: Final = ("bare openpyxl", "XlsxWriter", "rustpy-xlsxwriter", "rustypyxl")
RATIO_LIMIT: Final = 1.0
_KINDS: Final = 500


def source() -> dict[str, object]:
    """Return what is to be written, as JSON can hold it."""
    made = [
        [value.isoformat() if isinstance(value, dt.date) else value for value in row]
        for row in rows(_KINDS)
    ]
    return {
        "title": "试用期考核证明",
        "labels": [column.label for column in CERTIFICATE_COLUMNS],
        "widths": [column.width for column in CERTIFICATE_COLUMNS],
        "kinds": [column.kind for column in CERTIFICATE_COLUMNS],
        "rows": made,
    }


def growth_of(file: str, way: str, count: int) -> float:
    """Return by how many MB a process that has written a little grows with many rows."""
    with peer("writers") as one:
        one.tell("write", source=file, way=way, count=10)
        growth: float = one.tell("write", source=file, way=way, count=count)["growth"]
        return growth


def main() -> int:
    """Measure, print, and say by the exit status whether ours is the faster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        path = Path(folder) / "rows.json"
        path.write_text(json.dumps(source(), ensure_ascii=False), encoding="utf-8")
        file = str(path)
        with peer("writers") as others:

            def by(way: str) -> float:
                seconds: float = others.tell("write", source=file, way=way, count=count)["seconds"]
                return seconds

            ways = {OURS: lambda: seconds_of(partial(to_nowhere, ours, count))}
            ways |= {way: partial(by, way) for way in PEERS}
            seconds = in_turn(ways, REPETITIONS)
        growths = {
            OURS: memory_growth(partial(to_nowhere, ours, count), partial(to_nowhere, ours, 10))
        }
        growths |= {way: growth_of(file, way, count) for way in PEERS}
    note(
        Figure("xlsx", f"{count:,} rows of {len(CERTIFICATE_COLUMNS)} columns", "s", seconds),
        Figure("xlsx", "growth of memory", "MB", growths),
    )
    ratio = seconds[OURS] / seconds["bare openpyxl"]
    table = [(way, f"{seconds[way]:.2f} s, {growths[way]:.0f} MB", "", True) for way in seconds]
    kept = ratio <= RATIO_LIMIT
    table.append(("ratio to bare openpyxl", f"{ratio:.2f}", f"<= {RATIO_LIMIT}", kept))
    return report(f"xlsx, {count:,} rows, median of {REPETITIONS}", table)


if __name__ == "__main__":
    sys.exit(main())

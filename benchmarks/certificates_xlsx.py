"""50,000 certificates as xlsx against a bare write-only loop of openpyxl.

`python -m benchmarks.certificates_xlsx` exits with 1 if ours takes more than 1.2 times as long or
grows the process by more than 150 MB.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

from openpyxl import Workbook

from benchmarks.measure import compare, memory_growth, report
from benchmarks.samples import people
from exports.columns import Column
from exports.rosters import COLUMNS
from exports.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS: Final = 50_000
RATIO_LIMIT: Final = 1.2
MEMORY_LIMIT: Final = 150.0
REPETITIONS: Final = 3
_KINDS: Final = 500
"""Different rows, made beforehand: the making is not what is measured."""

CERTIFICATE_COLUMNS: Final = (*COLUMNS, Column("graduated_on", "毕业日期", 11, "date"))


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """Yield rows one at a time, as a query does."""
    made = [
        (*(getattr(person, column.key) for column in COLUMNS), dt.date(2016, 6, 30))
        for person in people(_KINDS)
    ]
    for position in range(count):
        yield made[position % _KINDS]


def ours(count: int, file: BinaryIO) -> None:
    """Write the rows our way."""
    write_workbook("试用期考核证明", CERTIFICATE_COLUMNS, rows(count), file)


def bare(count: int, file: BinaryIO) -> None:
    """Append the rows as they are: no styles, no widths, formulas wherever a text begins with =."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("试用期考核证明")
    sheet.append([column.label for column in CERTIFICATE_COLUMNS])
    for row in rows(count):
        sheet.append(row)
    workbook.save(file)


def to_nowhere(write: Callable[[int, BinaryIO], None], count: int) -> None:
    """Run a writer whose bytes nobody keeps."""
    with open(os.devnull, "wb") as file:  # noqa: PTH123 - os.devnull is a name, not a path of ours
        write(count, file)


def main() -> int:
    """Measure, print, and say by the exit status whether the limits hold."""
    result = compare(partial(to_nowhere, ours, ROWS), partial(to_nowhere, bare, ROWS), REPETITIONS)
    growth = memory_growth(partial(to_nowhere, ours, ROWS), partial(to_nowhere, ours, 10))
    return report(
        f"试用期考核证明 xlsx, {ROWS} rows, median of {REPETITIONS}",
        [
            ("bare openpyxl, write-only", f"{result.bare:.2f} s", "", True),
            ("write_workbook", f"{result.ours:.2f} s", "", True),
            ("ratio", f"{result.ratio:.2f}", f"<= {RATIO_LIMIT}", result.ratio <= RATIO_LIMIT),
            ("growth of memory", f"{growth:.1f} MB", f"<= {MEMORY_LIMIT:.0f} MB",
             growth <= MEMORY_LIMIT),
        ],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

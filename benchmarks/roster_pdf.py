"""A roster of 1,000 people as PDF against the same rows in bare ReportLab tables.

`python -m benchmarks.roster_pdf` exits with 1 if ours takes more than 1.5 times as long.
"""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Final

from reportlab.lib.pagesizes import A4, landscape
from reportlab.platypus import Flowable, PageBreak, SimpleDocTemplate, Table, TableStyle

from benchmarks.measure import compare, report
from benchmarks.samples import roster
from exports.fonts import REGULAR, register_fonts
from exports.rosters import COLUMNS, RosterPaper, grid_columns, render_roster_pdf

PEOPLE: Final = 1_000
LIMIT: Final = 1.5
REPETITIONS: Final = 9
ROWS_OF_A_PAGE: Final = 16


def bare_pdf(paper: RosterPaper) -> bytes:
    """Draw the rows with one ReportLab table a page: no wrapping, head, seals, codes or checks."""
    register_fonts()
    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR, 8, 10.4),
            ("GRID", (0, 0), (-1, -1), 0.4, "black"),
            ("ALIGN", (0, 0), (-1, -1), "CENTER"),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
    )
    head = [column.label for column in COLUMNS]
    rows = [[str(getattr(person, column.key)) for column in COLUMNS] for person in paper.people]
    widths = [column.width for column in grid_columns()]
    story: list[Flowable] = []
    for start in range(0, len(rows), ROWS_OF_A_PAGE):
        data = [head, *rows[start : start + ROWS_OF_A_PAGE]]
        story += [Table(data, widths, style=style), PageBreak()]
    output = BytesIO()
    SimpleDocTemplate(output, pagesize=landscape(A4), leftMargin=28, rightMargin=28).build(story)
    return output.getvalue()


def main() -> int:
    """Measure, print, and say by the exit status whether the limit holds."""
    paper = roster(PEOPLE)
    result = compare(lambda: render_roster_pdf(paper), lambda: bare_pdf(paper), REPETITIONS)
    return report(
        f"花名册 PDF, {PEOPLE} people, median of {REPETITIONS}",
        [
            ("bare ReportLab tables", f"{result.bare:.3f} s", "", True),
            ("render_roster_pdf", f"{result.ours:.3f} s", "", True),
            ("ratio", f"{result.ratio:.2f}", f"<= {LIMIT}", result.ratio <= LIMIT),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())

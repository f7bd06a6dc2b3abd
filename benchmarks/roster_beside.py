"""A roster as PDF by us and by other libraries, which draw one table of the same texts.

`python -m benchmarks.roster_beside` draws 1,000 people; `--people` fewer. It has no limit of its
own: that against bare ReportLab is kept by `benchmarks.roster_pdf`.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
import tempfile
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xhtml2pdf import pisa

from benchmarks.beside import in_turn, peer, seconds_of
from benchmarks.figures import OURS, Figure, note
from benchmarks.measure import report
from benchmarks.roster_pdf import PEOPLE, bare_pdf
from benchmarks.samples import roster
from exports.fonts import REGULAR, register_fonts
from exports.rosters import COLUMNS, grid_columns, render_roster_pdf

if TYPE_CHECKING:
    from exports.rosters import RosterPaper

FONT: Final = Path(__file__).resolve().parents[1] / "static" / "fonts" / "NotoSerifSC-Regular.ttf"
#: The slowest take half a minute.
REPETITIONS: Final = 1


def texts(paper: RosterPaper) -> list[list[str]]:
    """Return the rows as the other libraries take them."""
    return [[str(getattr(one, column.key)) for column in COLUMNS] for one in paper.people]


def by_xhtml2pdf(paper: RosterPaper) -> bytes:
    """Draw one table of HTML with a head that is repeated."""
    register_fonts()
    head = "".join(f"<th>{html.escape(column.label)}</th>" for column in COLUMNS)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>"
        for row in texts(paper)
    )
    style = (
        f"@page {{ size: a4 landscape; margin: 1.2cm }} body {{ font-family: {REGULAR} }} "
        "td, th { border: 0.4pt solid black; text-align: center; font-size: 8pt }"
    )
    page = f'<style>{style}</style><table repeat="1"><tr>{head}</tr>{body}</table>'
    file = BytesIO()
    pisa.CreatePDF(page, file, encoding="utf-8")
    return file.getvalue()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    count = parser.parse_args().people
    paper = roster(count)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, peer("papers") as others:
        path = Path(folder) / "roster.json"
        source = {
            "font": str(FONT),
            "labels": [column.label.replace("\n", "") for column in COLUMNS],
            "widths": [column.width for column in grid_columns()],
            "rows": texts(paper),
        }
        path.write_text(json.dumps(source, ensure_ascii=False), encoding="utf-8")

        def by(way: str) -> float:
            seconds: float = others.tell("draw", source=str(path), way=way)["seconds"]
            return seconds

        # Fonts are read once by a process that serves pages.
        render_roster_pdf(roster(10))
        seconds = in_turn(
            {
                OURS: lambda: seconds_of(partial(render_roster_pdf, paper)),
                "bare ReportLab": lambda: seconds_of(partial(bare_pdf, paper)),
                "xhtml2pdf": lambda: seconds_of(partial(by_xhtml2pdf, paper)),
                "fpdf2": partial(by, "fpdf2"),
                "WeasyPrint": partial(by, "WeasyPrint"),
            },
            REPETITIONS,
        )
    note(Figure("pdf", f"{count:,} people", "s", seconds))
    return report(
        f"花名册 PDF, {count:,} people",
        [(way, f"{took:.2f} s", "", True) for way, took in seconds.items()],
    )


if __name__ == "__main__":
    sys.exit(main())

"""One table of many rows as PDF, by other libraries, as their documentation shows it."""

from __future__ import annotations

import html
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from fpdf import FPDF
from fpdf.fonts import FontFace
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.peers.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable

_STYLE: Final = """
@page { size: A4 landscape; margin: 12mm }
@font-face { font-family: Paper; src: url(%(font)s) }
body { font-family: Paper; font-size: 8pt }
table { border-collapse: collapse; width: 100%%; table-layout: fixed }
thead { display: table-header-group }
td, th { border: 0.4pt solid black; text-align: center; overflow-wrap: anywhere }
"""


def _fpdf2(source: dict[str, Any], path: str) -> None:
    """Draw by ``FPDF.table``, whose first row is the head of each page."""
    paper = FPDF(orientation="landscape", format="A4")
    paper.add_font("Paper", fname=source["font"])
    paper.set_font("Paper", size=8)
    paper.add_page()
    with paper.table(
        col_widths=tuple(source["widths"]),
        text_align="CENTER",
        headings_style=FontFace(emphasis=""),
    ) as table:
        for cells in (source["labels"], *source["rows"]):
            row = table.row()
            for cell in cells:
                row.cell(cell)
    paper.output(path)


def _weasyprint(source: dict[str, Any], path: str) -> None:
    """Lay out HTML with a head that is repeated, in a font that the style sheet names."""
    total = sum(source["widths"])
    columns = "".join(f'<col style="width: {100 * w / total:.2f}%">' for w in source["widths"])
    head = "".join(f"<th>{html.escape(label)}</th>" for label in source["labels"])
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>"
        for row in source["rows"]
    )
    style = _STYLE % {"font": Path(source["font"]).as_uri()}
    page = (
        f"<html><head><style>{style}</style></head><body><table><colgroup>{columns}</colgroup>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></body></html>"
    )
    HTML(string=page).write_pdf(path, font_config=FontConfiguration())


WAYS: Final[dict[str, Callable[[dict[str, Any], str], None]]] = {
    "fpdf2": _fpdf2,
    "WeasyPrint": _weasyprint,
}


def draw(source: str, way: str) -> dict[str, float]:
    """Draw the table; return seconds and bytes."""
    read = json.loads(Path(source).read_text(encoding="utf-8"))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.pdf"
        start = perf_counter()
        WAYS[way](read, str(path))
        return {"seconds": perf_counter() - start, "bytes": path.stat().st_size}


if __name__ == "__main__":
    serve({"draw": draw})
    sys.exit()

"""Writers of xlsx: the same rows, with our formats where a writer has them."""

from __future__ import annotations

import datetime as dt
import gc
import json
import sys
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import openpyxl
import rustpy_xlsxwriter as rustpy
import rustypyxl
import xlsxwriter

from benchmarks.peers.serving import resident, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FORMATS: Final = {"text": "@", "date": "yyyy-mm-dd", "integer": "0"}


class Sheet:
    """What is to be written."""

    def __init__(self, source: dict[str, Any]) -> None:
        """Take labels, widths, kinds and some rows, whose dates are texts."""
        self.title: str = source["title"]
        self.labels: list[str] = source["labels"]
        self.widths: list[float] = source["widths"]
        self.kinds: list[str] = source["kinds"]
        self._rows = [
            tuple(
                dt.date.fromisoformat(value) if kind == "date" and value else value
                for kind, value in zip(self.kinds, row, strict=True)
            )
            for row in source["rows"]
        ]

    def rows(self, count: int) -> Iterator[Sequence[Any]]:
        """Yield so many rows, the same again and again."""
        return islice(cycle(self._rows), count)


def _openpyxl(sheet: Sheet, count: int, path: str) -> None:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(sheet.title)
    page.append(sheet.labels)
    for row in sheet.rows(count):
        page.append(row)
    book.save(path)


def _xlsxwriter(sheet: Sheet, count: int, path: str) -> None:
    """Stream rows (``constant_memory``), each value by the method of its kind."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    page = book.add_worksheet(sheet.title)
    usual = {"border": 1, "valign": "vcenter", "align": "center"}
    head = book.add_format({**usual, "bold": True, "text_wrap": True})
    text = book.add_format({**usual, "align": "left", "text_wrap": True, "num_format": "@"})
    date = book.add_format({**usual, "num_format": _FORMATS["date"]})
    number = book.add_format({**usual, "num_format": _FORMATS["integer"]})
    writers = {
        "text": (page.write_string, text),
        "date": (page.write_datetime, date),
        "integer": (page.write_number, number),
    }
    ways = [writers[kind] for kind in sheet.kinds]
    for at, width in enumerate(sheet.widths):
        page.set_column(at, at, width + 1)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.autofilter(0, 0, count, len(sheet.labels) - 1)
    for at, label in enumerate(sheet.labels):
        page.write_string(0, at, label, head)
    for number_of_row, row in enumerate(sheet.rows(count), 1):
        for at, ((write, style), value) in enumerate(zip(ways, row, strict=True)):
            if value is None:
                page.write_blank(number_of_row, at, None, style)
            else:
                write(number_of_row, at, value, style)
    book.close()


def _rustpy(sheet: Sheet, count: int, path: str) -> None:
    def style(kind: str) -> Any:
        made = rustpy.Format().set_num_format(_FORMATS[kind]).set_border("thin")
        return (
            made.set_align("left").set_text_wrap() if kind == "text" else made.set_align("center")
        )

    rustpy.write_worksheet(
        (dict(zip(sheet.labels, row, strict=True)) for row in sheet.rows(count)),
        path,
        sheet_name=sheet.title,
        freeze_row=1,
        autofilter=True,
        column_widths=[float(width + 1) for width in sheet.widths],
        column_formats=[style(kind) for kind in sheet.kinds],
        header_format=rustpy.Format().set_bold().set_border("thin").set_align("center"),
        page_setup={"landscape": True, "paper_size": 9, "repeat_rows": 0, "fit_to_pages": (1, 0)},
    )


def _rustypyxl(sheet: Sheet, count: int, path: str) -> None:
    """Stream rows, which cannot have styles there; dates as texts, since they need one."""
    book = rustypyxl.WriteOnlyWorkbook(path)
    book.create_sheet(sheet.title)
    book.append_row(sheet.labels)
    for row in sheet.rows(count):
        book.append_row([str(v) if isinstance(v, dt.date) else v for v in row])
    book.close()


WAYS: Final[dict[str, Callable[[Sheet, int, str], None]]] = {
    "bare openpyxl": _openpyxl,
    "XlsxWriter": _xlsxwriter,
    "rustpy-xlsxwriter": _rustpy,
    "rustypyxl": _rustypyxl,
}
_sheets: dict[str, Sheet] = {}


def write(source: str, way: str, count: int) -> dict[str, float]:
    """Write ``count`` rows; return the seconds, and the growth of memory of this process in MB."""
    sheet = _sheets.setdefault(source, Sheet(json.loads(Path(source).read_text(encoding="utf-8"))))
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "x.xlsx")
        gc.collect()
        before = resident("VmRSS")
        start = perf_counter()
        WAYS[way](sheet, count, path)
        return {"seconds": perf_counter() - start, "growth": resident("VmHWM") - before}


if __name__ == "__main__":
    serve({"write": write})
    sys.exit()

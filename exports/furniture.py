"""What stands on every page of a paper: code, QR code, page number, watermark."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import segno
from reportlab.graphics.barcode.code128 import Code128
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from exports.fonts import BOLD, REGULAR, printable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

_TOTAL: Final = "PageTotal"
_QR: Final = "PageCode"
_BARS: Final = "PageBars"

_SIZE: Final = 8.5
_LEAST_SIZE: Final = 6.0
_RIGHT_ROOM: Final = 130.0
"""Points kept for the date and the page number."""

QR_SIDE: Final = 44.0
"""Side of the QR code in points, quiet zone included: 15.5 mm."""

_QUIET_ZONE: Final = 2
"""Modules; the foot around the code is white, which makes up the four of the standard."""


BAR: Final = 0.72
"""Breadth of the narrowest bar in points: 0.254 mm, which a hand scanner reads (GS1 asks 0.25)."""

_BARS_HEIGHT: Final = 16.0
_BARS_BOTTOM: Final = QR_SIDE - _BARS_HEIGHT
_LINES: Final = (25, 11)
_LINES_BELOW_BARS: Final = (18, 6)


class PageFoot(Flowable):
    """The foot of a page, and the watermark under its text.

    Placed in a static frame of the template, it is drawn once on every page. The number of pages
    is not known then; it is drawn by reference to a form that `PageTotal`, the last thing of the
    document, defines. So one pass over the document is enough.
    """

    def __init__(
        self,
        code: str,
        lines: tuple[str, str],
        printed_on: dt.date,
        watermark: str | None = None,
        *,
        day_label: str = "打印日期",
    ) -> None:
        """Take the code of the paper and two lines to print beside its QR code.

        An empty code leaves the QR code and the bar code (Code 128) out; both hold the code alone.
        `printed_on` is also the date of the file itself; `day_label` says what day it is.
        """
        super().__init__()
        self._code = code
        self._lines = tuple(printable(line) for line in lines)
        self._printed_on = printed_on
        self._day_label = day_label
        self._watermark = printable(watermark) if watermark else ""

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Take the whole breadth of the frame and the height of the QR code."""
        self.width: float = available_width
        return available_width, QR_SIDE

    def draw(self) -> None:
        """Draw the foot of the current page."""
        canvas = self.canv
        stamp = f"D:{self._printed_on:%Y%m%d}000000+08'00'"
        canvas.setDateFormatter(lambda *_: stamp)
        if self._watermark:
            self._place_watermark(canvas)
        canvas.setFillGray(0)
        left, (upper, lower) = 0.0, _LINES
        if self._code:
            left, (upper, lower) = QR_SIDE + 6, _LINES_BELOW_BARS
            self._place(canvas, _QR, QR_SIDE, draw_qr, 0, 0)
            self._place(canvas, _BARS, self.width, draw_bars, left, _BARS_BOTTOM)
        room = self.width - left - _RIGHT_ROOM
        for line, bottom in zip(self._lines, (upper, lower), strict=True):
            text, size = _fitting(line, room)
            canvas.setFont(REGULAR, size)
            canvas.drawString(left, bottom, text)
        canvas.setFont(REGULAR, _SIZE)
        canvas.drawRightString(
            self.width,
            upper,
            f"{self._day_label}：{self._printed_on:%Y}年{self._printed_on.month}月{self._printed_on.day}日",
        )
        label = f"第 {canvas.getPageNumber()} 页  共 "
        # The total is as long as it turns out; room is kept for two digits.
        start = self.width - canvas.stringWidth(f"{label}88 页", REGULAR, _SIZE)
        canvas.drawString(start, lower, label)
        canvas.saveState()
        canvas.translate(start + canvas.stringWidth(label, REGULAR, _SIZE), lower)
        canvas.doForm(_TOTAL)
        canvas.restoreState()

    def _place(
        self,
        canvas: Any,
        form: str,
        breadth: float,
        draw: Callable[[Any, str], None],
        left: float,
        bottom: float,
    ) -> None:
        """Draw the code on the current page by reference to what all pages share."""
        if not canvas.hasForm(form):
            canvas.beginForm(form, 0, 0, breadth, QR_SIDE)
            draw(canvas, self._code)
            canvas.endForm()
        canvas.saveState()
        canvas.translate(left, bottom)
        canvas.doForm(form)
        canvas.restoreState()

    def _place_watermark(self, canvas: Any) -> None:
        """Write the watermark across the page, pale, and under whatever follows."""
        width, height = canvas._pagesize  # noqa: SLF001 - ReportLab has no other way
        canvas.saveState()
        left, bottom = canvas.absolutePosition(0, 0)
        canvas.translate(width / 2 - left, height / 2 - bottom)
        canvas.rotate(30)
        size = min(130.0, 0.8 * width / max(len(self._watermark), 1))
        canvas.setFont(BOLD, size)
        canvas.setFillGray(0.9)
        canvas.drawCentredString(0, -size * 0.35, self._watermark)
        canvas.restoreState()


class PageTotal(Flowable):
    """Stands at the end of a document and tells the feet of all pages how many there are."""

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Take no room."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Define the form that the feet refer to."""
        canvas = self.canv
        total = f"{canvas.getPageNumber()} 页"
        canvas.beginForm(_TOTAL, 0, -5, 60, 20)
        canvas.setFont(REGULAR, _SIZE)
        canvas.drawString(0, 0, total)
        canvas.endForm()


def _fitting(line: str, room: float) -> tuple[str, float]:
    """Return a line with the size at which it fits; one that never fits ends in an ellipsis."""
    size = _SIZE
    while size > _LEAST_SIZE and stringWidth(line, REGULAR, size) > room:
        size -= 0.5
    if stringWidth(line, REGULAR, size) <= room:
        return line, size
    kept = int(room / size) - 1  # No character is broader than the size.
    while stringWidth(line[: kept + 1] + "…", REGULAR, size) <= room:
        kept += 1
    return line[: max(kept, 1)] + "…", size


def draw_bars(canvas: Any, code: str) -> None:
    """Draw a code as Code 128 (ISO/IEC 15417), for scanners that read no QR code."""
    bars = Code128(code, barWidth=BAR, barHeight=_BARS_HEIGHT, quiet=False, humanReadable=False)
    bars.drawOn(canvas, 0, 0)


def draw_qr(
    canvas: Any, code: str, left: float = 0, bottom: float = 0, side: float = QR_SIDE
) -> None:
    """Draw a QR code (ISO/IEC 18004, level M) as filled rectangles: sharp at any resolution."""
    runs, modules = _runs(code)
    module = side / (modules + 2 * _QUIET_ZONE)
    canvas.saveState()
    canvas.setFillGray(0)
    path = canvas.beginPath()
    for row, start, length in runs:
        path.rect(
            left + (start + _QUIET_ZONE) * module,
            bottom + side - (row + 1 + _QUIET_ZONE) * module,
            length * module,
            module,
        )
    canvas.drawPath(path, stroke=0, fill=1, fillMode=1)
    canvas.restoreState()


@lru_cache(maxsize=64)
def _runs(code: str) -> tuple[tuple[tuple[int, int, int], ...], int]:
    """Dark modules of the code as (row, first column, length), and modules along a side."""
    matrix = segno.make_qr(code, error="m", boost_error=False).matrix
    runs = []
    for row, line in enumerate(matrix):
        start: int | None = None
        for column, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                runs.append((row, start, column - start))
                start = None
    return tuple(runs), len(matrix)

"""One-time passwords on paper: A4, one strip for each institution, to be cut and handed out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, Table

from exports.fonts import BOLD, REGULAR
from exports.furniture import PageFoot, PageTotal
from exports.pdf import printable_paper, render_pdf

if TYPE_CHECKING:
    import datetime as dt

TITLE: Final = "用户一次性密码条"

BREADTH: Final = 180 * mm
"""Breadth of a strip: that of the frame in password_strips.html."""
HEIGHT: Final = 37 * mm
"""Height of a strip: six of them stand on a page."""
PER_PAGE: Final = 6

_LABELS: Final = 62.0
"""Points from the left edge to what stands behind a label."""
_PITCH: Final = 0.98
"""Breadth of a character that is set like on a typewriter, by its size."""
_SMALL: Final = 8.5
_LEAST_SIZE: Final = 7.0


@dataclass(frozen=True, slots=True)
class PasswordStrip:
    """What one person gets; all of it as text."""

    institution_name: str
    username: str
    full_name: str
    valid_until: str
    #: What to do, at most three lines.
    steps: tuple[str, ...]
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordSheet:
    """The strips that one officer has made in one act, in the order in which they are printed."""

    issuer: str
    printed_on: dt.date
    strips: tuple[PasswordStrip, ...]


def render_password_sheet(sheet: PasswordSheet) -> bytes:
    """Return the strips as PDF, A4 portrait; no strip is parted between two pages.

    Raises `MissingGlyphError` for a character that cannot be printed.
    """
    printed = printable_paper(sheet)
    strips = Table(
        [[_Strip(strip)] for strip in printed.strips],
        colWidths=[BREADTH],
        rowHeights=[HEIGHT] * len(printed.strips),
        style=[(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP")]
        + [("BOTTOMPADDING", (0, 0), (-1, -1), 0)],
    )
    foot = PageFoot(
        "",
        (f"发放单位：{printed.issuer}", "内含密码，请逐条裁开交本人，不得复印、拍照。"),
        sheet.printed_on,
    )
    return render_pdf(
        "password_strips.html",
        {"title": TITLE, "count": len(printed.strips)},
        {"strips": strips, "foot": foot, "total": PageTotal()},
    )


class _Strip(Flowable):
    """One strip with the line along which it is cut."""

    def __init__(self, strip: PasswordStrip) -> None:
        super().__init__()
        self._strip = strip

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return BREADTH, HEIGHT

    def draw(self) -> None:
        canvas, strip = self.canv, self._strip
        canvas.saveState()
        canvas.setFillGray(0)
        top = HEIGHT - 19
        until = f"有效期至：{strip.valid_until}"
        canvas.setFont(REGULAR, 9)
        canvas.drawRightString(BREADTH, top, until)
        room = BREADTH - stringWidth(until, REGULAR, 9) - 12
        _draw_fitting(canvas, strip.institution_name, 0, top, room)
        _draw(canvas, "用户名：", 0, top - 21, REGULAR, 10)
        _draw(canvas, strip.username, _LABELS, top - 21, BOLD, 12)
        canvas.setFont(REGULAR, 10)
        canvas.drawRightString(BREADTH, top - 21, f"姓名：{strip.full_name}")
        _draw(canvas, "一次性密码：", 0, top - 44, REGULAR, 10)
        end = _draw_apart(canvas, strip.password, _LABELS, top - 44, 16)
        _draw(canvas, "（横线也要输入，没有空格）", end + 8, top - 44, REGULAR, _SMALL)
        for number, step in enumerate(strip.steps, 1):
            _draw(canvas, f"{number}. {step}", 0, top - 47 - 10.5 * number, REGULAR, _SMALL)
        canvas.setDash(3, 3)
        canvas.setStrokeGray(0.4)
        canvas.setLineWidth(0.5)
        canvas.line(-10 * mm, 0, BREADTH + 10 * mm, 0)
        canvas.restoreState()


def _draw(canvas: Any, text: str, left: float, bottom: float, font: str, size: float) -> None:
    canvas.setFont(font, size)
    canvas.drawString(left, bottom, text)


def _draw_fitting(canvas: Any, text: str, left: float, bottom: float, room: float) -> None:
    """Write a name in bold at the largest size at which it fits; the longest is cut short."""
    size = 13.0
    while size > _LEAST_SIZE and stringWidth(text, BOLD, size) > room:
        size -= 0.5
    while stringWidth(text, BOLD, size) > room:
        text = text[:-2] + "…"
    _draw(canvas, text, left, bottom, BOLD, size)


def _draw_apart(canvas: Any, text: str, left: float, bottom: float, size: float) -> float:
    """Write a text with one breadth for all characters, as on a typewriter; return where it ends.

    What is typed over is told apart best when its characters stand alone.
    """
    canvas.setFont(REGULAR, size)
    pitch = size * _PITCH
    for number, character in enumerate(text):
        canvas.drawCentredString(left + (number + 0.5) * pitch, bottom, character)
    return left + len(text) * pitch

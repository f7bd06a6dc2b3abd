"""The receipt of a filing (备案回执), which the bureau gives the institution for its roster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from exports.furniture import PageFoot, PageTotal
from exports.grid import GridColumn, GridTable
from exports.pdf import printable_paper, render_pdf

if TYPE_CHECKING:
    import datetime as dt

TITLE: Final = "医师资格考试试用期考核合格人员花名册备案回执"
#: More would not fit on one page; the roster itself names them.
MOST_LISTED: Final = 15

BREADTH: Final = 500.0
"""Points of the list of people: within the margins of receipt.html."""

_COLUMNS: Final = (
    ("序号", 0.09),
    ("姓名", 0.29),
    ("报考类别", 0.27),
    ("提交编码", 0.35),
)


@dataclass(frozen=True, slots=True)
class ReceiptPerson:
    """One person who is on file."""

    position: int
    name: str
    exam_category: str
    submission_code: str


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """A receipt as printed: of the snapshot of the roster, and of when it was filed."""

    institution_name: str
    registration_number: str
    bureau_name: str
    exam_year: int
    batch: str
    code: str
    version: int
    headcount: int
    submitted_on: dt.date
    filed_on: dt.date
    #: In words with the time of the day, as the page of the roster shows it.
    filed_at: str
    people: tuple[ReceiptPerson, ...]


def render_receipt_pdf(paper: ReceiptPaper) -> bytes:
    """Return the receipt as PDF, A4 portrait; equal papers give equal bytes.

    Its day is that of the filing. Raises `MissingGlyphError` for what cannot be printed.
    """
    is_listed = len(paper.people) <= MOST_LISTED
    columns = tuple(GridColumn(label, share * BREADTH, "center", 9.0) for label, share in _COLUMNS)
    rows = [
        (str(one.position), one.name, one.exam_category, one.submission_code)
        for one in paper.people
    ]
    foot = PageFoot(
        paper.code,
        (
            f"花名册编码：{paper.code}    第 {paper.version} 版",
            f"{paper.institution_name}    {paper.exam_year}年度备案回执",
        ),
        paper.filed_on,
        day_label="备案日期",
    )
    flowables = {"foot": foot, "total": PageTotal()}
    if is_listed:
        flowables["people"] = GridTable(columns, rows)
    return render_pdf(
        "receipt.html",
        {"paper": printable_paper(paper), "title": TITLE, "is_listed": is_listed},
        flowables,
    )

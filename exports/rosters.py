"""The roster (花名册) of those who passed, on paper and as a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, Final

from exports.columns import Column
from exports.furniture import PageFoot, PageTotal
from exports.grid import GridColumn, GridTable
from exports.pdf import date_cn, printable_paper, render_pdf
from exports.workbook import write_workbook

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from exports.grid import Align

TITLE: Final = "医师资格考试试用期考核合格人员花名册"

BREADTH: Final = 785.0
"""Points between the margins of roster.html: A4 landscape less 10 mm on each side."""

COLUMNS: Final[tuple[Column, ...]] = (
    Column("position", "序号", 5.5, "integer"),
    Column("name", "姓名", 14.5),
    Column("gender", "性别", 5),
    Column("id_number", "证件号码", 19.5),
    Column("education", "学历", 8.5),
    Column("major", "所学专业", 13),
    Column("exam_category", "报考类别", 12),
    Column("department", "科室", 12.4),
    # Broad enough for one stretch in the widest digits: it may be parted after its hyphen only.
    Column("period_text", "试用/执业起止", 15.6),
    Column("months", "累计时长", 8.5),
    Column("mentor", "带教老师（执业证书编码）", 20),
    Column("conclusion", "考核结论", 6),
    Column("submission_code", "提交编码", 24),
    Column("remark", "备注", 12.5),
)
"""The columns of a roster; `key` is the field of `RosterPerson`."""

_LEFT_ALIGNED: Final = frozenset({"remark"})
_SMALL: Final = frozenset({"submission_code"})


@dataclass(frozen=True, slots=True)
class RosterPerson:
    r"""One row of a roster, as printed.

    `period_text` and `mentor` may hold several lines parted by `\n`, one for each period.
    """

    position: int
    name: str
    gender: str
    id_number: str
    education: str
    major: str
    exam_category: str
    department: str
    period_text: str
    months: str
    mentor: str
    conclusion: str
    submission_code: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class RosterPaper:
    """A roster as printed: an immutable snapshot.

    `certificate_kind` is the label of the one kind of certificate it holds, or empty if the kinds
    are mixed. `people` are printed in their order. `watermark` stands across every page, for a
    draft or a roster that is void.
    """

    institution_name: str
    registration_number: str
    bureau_name: str
    exam_year: int
    batch: str
    code: str
    version: int
    certificate_kind: str
    printed_on: dt.date
    people: tuple[RosterPerson, ...]
    notes: tuple[str, ...] = ()
    watermark: str | None = None


def render_roster_pdf(paper: RosterPaper) -> bytes:
    """Return the roster as PDF, A4 landscape; equal papers give equal bytes.

    Raises `MissingGlyphError` for a character that cannot be printed.
    """
    people = GridTable(grid_columns(), map(_texts, paper.people))
    version = f"第 {paper.version} 版"
    foot = PageFoot(
        paper.code,
        (
            f"花名册编码：{paper.code or '（未编号）'}    {version}",
            f"{paper.institution_name}    {paper.exam_year}年度",
        ),
        paper.printed_on,
        paper.watermark,
    )
    return render_pdf(
        "roster.html",
        {"paper": printable_paper(paper), "title": TITLE, "count": len(paper.people)},
        {"people": people, "foot": foot, "total": PageTotal()},
    )


def roster_workbook(paper: RosterPaper, file: BinaryIO) -> None:
    """Write the roster as xlsx with the same columns, below the lines of its head."""
    banner = (
        TITLE,
        f"机构名称：{paper.institution_name}    医疗机构登记号：{paper.registration_number}",
        f"接收单位：{paper.bureau_name}    考试年度：{paper.exam_year}年    批次：{paper.batch}"
        + (f"    考核类型：{paper.certificate_kind}" if paper.certificate_kind else ""),
        f"花名册编码：{paper.code or '（未编号）'}    第 {paper.version} 版    "
        f"打印日期：{date_cn(paper.printed_on)}    共 {len(paper.people)} 人"
        + (f"    {paper.watermark}" if paper.watermark else ""),
    )
    write_workbook(TITLE, COLUMNS, _values(paper), file, banner=banner)


def roster_workbook_bytes(paper: RosterPaper) -> bytes:
    """Return what `roster_workbook` writes."""
    file = BytesIO()
    roster_workbook(paper, file)
    return file.getvalue()


def grid_columns() -> tuple[GridColumn, ...]:
    """The printed columns: the breadth of the paper shared by the widths of `COLUMNS`."""
    scale = BREADTH / sum(column.width for column in COLUMNS)
    return tuple(
        GridColumn(
            column.label.replace("（", "\n（"),
            column.width * scale,
            _align(column.key),
            _size(column.key),
        )
        for column in COLUMNS
    )


def _align(key: str) -> Align:
    return "left" if key in _LEFT_ALIGNED else "center"


def _size(key: str) -> float:
    return 7.0 if key in _SMALL else 8.0


def _values(paper: RosterPaper) -> Iterator[tuple[object, ...]]:
    keys = [column.key for column in COLUMNS]
    for person in paper.people:
        yield tuple(getattr(person, key) for key in keys)


def _texts(person: RosterPerson) -> tuple[str, ...]:
    # A number begins a line of its own, or it would be parted behind a longer name.
    printed = replace(person, mentor=person.mentor.replace("（", "\n（"))
    return tuple(str(getattr(printed, column.key)) for column in COLUMNS)

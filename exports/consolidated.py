"""汇总花名册: the people on many rosters as one list, on paper and as a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from exports.columns import Column
from exports.furniture import PageFoot, PageTotal
from exports.grid import GridColumn, GridTable
from exports.pdf import date_cn, printable_paper, render_pdf
from exports.rosters import BREADTH
from exports.workbook import write_workbook

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from exports.grid import Align

TITLE: Final = "医师资格考试试用期考核合格人员汇总花名册"

COLUMNS: Final[tuple[Column, ...]] = (
    Column("position", "序号", 6, "integer"),
    Column("institution_name", "机构名称", 22),
    Column("roster", "批次", 7),
    Column("name", "姓名", 13),
    Column("gender", "性别", 5),
    Column("id_number", "证件号码", 19.5),
    Column("education", "学历", 8.5),
    Column("major", "所学专业", 12),
    Column("exam_category", "报考类别", 12),
    Column("period_text", "试用/执业起止", 15.6),
    Column("months", "累计时长", 8.5),
    Column("mentor", "带教老师（执业证书编码）", 19),
    Column("submission_code", "提交编码", 24),
)
"""The columns; `key` is the field of `ConsolidatedPerson`."""

_LEFT_ALIGNED: Final = frozenset({"institution_name"})
_SMALL: Final = frozenset({"submission_code"})


@dataclass(frozen=True, slots=True)
class ConsolidatedPerson:
    r"""One row, as it was printed on its roster; some hold several lines parted by `\n`."""

    position: int
    institution_name: str
    roster: str
    name: str
    gender: str
    id_number: str
    education: str
    major: str
    exam_category: str
    period_text: str
    months: str
    mentor: str
    submission_code: str


@dataclass(frozen=True, slots=True)
class ConsolidatedPaper:
    """What stands over the list, and its people in their order.

    `which` says which rosters were taken; `categories` how many people there are of each category.
    """

    bureau_name: str
    exam_year: int
    which: str
    made_on: dt.date
    categories: tuple[tuple[str, int], ...]
    people: tuple[ConsolidatedPerson, ...]


def render_consolidated_pdf(paper: ConsolidatedPaper) -> bytes:
    """Return the list as PDF, A4 landscape; equal papers give equal bytes.

    Raises `MissingGlyphError` for a character that cannot be printed.
    """
    foot = PageFoot(
        "",
        (
            f"{paper.bureau_name}    {paper.exam_year}年度    {paper.which}",
            "本表由平台按各机构报送的花名册汇总，内容以花名册为准。",
        ),
        paper.made_on,
    )
    return render_pdf(
        "consolidated.html",
        {"paper": printable_paper(paper), "title": TITLE, "count": len(paper.people)},
        {
            "people": GridTable(_grid_columns(), map(_texts, paper.people)),
            "foot": foot,
            "total": PageTotal(),
        },
    )


def write_consolidated_workbook(
    paper: ConsolidatedPaper, people: Iterable[ConsolidatedPerson], file: BinaryIO
) -> None:
    """Write the list as xlsx below the lines of its head; `people` are those of the paper."""
    counts = "，".join(f"{name} {count} 人" for name, count in paper.categories)
    made = date_cn(paper.made_on)
    banner = (
        TITLE,
        f"汇总单位：{paper.bureau_name}    考试年度：{paper.exam_year}年",
        f"花名册：{paper.which}    汇总日期：{made}",
        f"共 {len(paper.people)} 人：{counts}",
    )
    write_workbook(TITLE, COLUMNS, map(_values, people), file, banner=banner)


def _grid_columns() -> tuple[GridColumn, ...]:
    scale = BREADTH / sum(column.width for column in COLUMNS)
    return tuple(
        GridColumn(
            column.label.replace("（", "\n（"),
            column.width * scale,
            _align(column.key),
            7.0 if column.key in _SMALL else 8.0,
        )
        for column in COLUMNS
    )


def _align(key: str) -> Align:
    return "left" if key in _LEFT_ALIGNED else "center"


def _values(person: ConsolidatedPerson) -> tuple[object, ...]:
    return tuple(getattr(person, column.key) for column in COLUMNS)


def _texts(person: ConsolidatedPerson) -> tuple[str, ...]:
    # A number begins a line of its own, or it would be parted behind a longer name.
    return tuple(
        str(value).replace("（", "\n（") if column.key == "mentor" else str(value)
        for column, value in zip(COLUMNS, _values(person), strict=True)
    )


def numbered(rows: Iterable[dict[str, str]]) -> Iterator[ConsolidatedPerson]:
    """Yield people from their values, numbered in their order; further values are left out."""
    keys = [column.key for column in COLUMNS if column.key != "position"]
    for position, values in enumerate(rows, 1):
        yield ConsolidatedPerson(position, **{key: values[key] for key in keys})

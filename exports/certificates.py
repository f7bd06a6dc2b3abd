"""The certificate of one person's trial period or practice period, on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from exports.furniture import PageFoot, PageTotal
from exports.grid import GridColumn, GridTable
from exports.pdf import joined, printable_paper, render_pdf

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

CertificateForm = Literal["trial", "practice"]

TITLES: Final[dict[CertificateForm, str]] = {
    "trial": "医师资格考试试用期考核证明",
    "practice": "执业助理医师报考执业医师执业期考核证明",
}

BREADTH: Final = 499.0
"""Points between the margins of the certificate templates: A4 portrait less 17 mm on each side."""

_FRAME: Final = 0.6
"""Thickness of the rules of the templates, in points."""

_TEMPLATES: Final[dict[CertificateForm, str]] = {
    "trial": "certificate_trial.html",
    "practice": "certificate_practice.html",
}


@dataclass(frozen=True, slots=True)
class CertificatePeriod:
    """One period at one department; printed with month precision, as the form asks.

    `institution_name` is empty where the period was served with the institution of the form.
    `content` is what was learned or done; for a practice period, category and scope of practice.
    The mentor stays empty for a practice period.
    """

    started_on: dt.date
    ended_on: dt.date
    department: str
    content: str
    mentor_name: str = ""
    mentor_licence_number: str = ""
    institution_name: str = ""


@dataclass(frozen=True, slots=True)
class CertificatePaper:
    """A certificate as printed: an immutable snapshot.

    `conclusion` is 合格, 不合格 or empty, and ticks the box of that name. The four fields on the
    assistant's certificates (助理资格证, 助理执业证) are printed on the practice form only.
    """

    form: CertificateForm
    exam_year: int
    name: str
    gender: str
    born_on: dt.date
    ethnic_group: str
    id_document_type: str
    id_number: str
    education: str
    major: str
    school: str
    graduated_on: dt.date | None
    exam_category: str
    institution_name: str
    registration_number: str
    address: str
    postcode: str
    phone: str
    periods: tuple[CertificatePeriod, ...]
    total: str
    assessment: str
    conclusion: str
    submission_code: str
    version: int
    printed_on: dt.date
    qualification_number: str = ""
    qualified_on: dt.date | None = None
    practice_number: str = ""
    first_registered_on: dt.date | None = None
    opinion: str = ""
    remark: str = ""
    notes: tuple[str, ...] = ()
    watermark: str | None = None


def render_certificate_pdf(paper: CertificatePaper) -> bytes:
    """Return the certificate as PDF, A4 portrait; equal papers give equal bytes.

    Raises `MissingGlyphError` for a character that cannot be printed.
    """
    title = TITLES[paper.form]
    foot = PageFoot(
        paper.submission_code,
        (
            f"提交编码：{paper.submission_code or '（未提交）'}    第 {paper.version} 版",
            "提交编码为现场审核唯一标识，与填报数据不一致的无效。",
        ),
        paper.printed_on,
        paper.watermark,
    )
    return render_pdf(
        _TEMPLATES[paper.form],
        {"paper": printable_paper(paper), "title": title},
        {"periods": _periods(paper), "foot": foot, "total": PageTotal()},
    )


def render_certificates_pdf(papers: Sequence[CertificatePaper]) -> bytes:
    """Return several certificates as one PDF; each keeps pages and numbers of its own.

    Equal papers give equal bytes, and one paper gives what `render_certificate_pdf` does. Raises
    `MissingGlyphError` for a character that cannot be printed.
    """
    return joined([render_certificate_pdf(paper) for paper in papers])


def _periods(paper: CertificatePaper) -> GridTable:
    """The repeating rows of the form."""
    if paper.form == "trial":
        columns = _columns(
            ("起止时间", 14), ("科室（岗位）", 15), ("试用工作内容", 27),
            ("带教老师\n姓名", 11), ("带教老师医师\n执业证书编码", 19), ("带教老师\n签字", 14),
        )  # fmt: skip
        rows = [
            (
                _months(period),
                _department(period),
                period.content,
                period.mentor_name,
                period.mentor_licence_number,
                "",
            )
            for period in paper.periods
        ]
        return GridTable(columns, rows, frame=_FRAME)
    columns = _columns(("起止时间", 20), ("科室（岗位）", 30), ("执业类别与执业范围", 50))
    return GridTable(
        columns,
        [(_months(period), _department(period), period.content) for period in paper.periods],
        frame=_FRAME,
    )


def _columns(*shares: tuple[str, float]) -> tuple[GridColumn, ...]:
    """Columns whose breadths share the breadth of the form; the text column is set flush left."""
    scale = BREADTH / sum(share for _, share in shares)
    return tuple(
        GridColumn(label, share * scale, "left" if label == "试用工作内容" else "center", size=9.5)
        for label, share in shares
    )


def _months(period: CertificatePeriod) -> str:
    return f"{period.started_on:%Y.%m}-\n{period.ended_on:%Y.%m}"


def _department(period: CertificatePeriod) -> str:
    if not period.institution_name:
        return period.department
    return f"{period.department}\n（{period.institution_name}）"

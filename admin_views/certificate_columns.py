"""Columns and filters of the grid of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from admin_views.certificate_doubts import doubt_filter, doubts_of
from admin_views.certificate_rights import own_windows
from admin_views.filters import code_filter, enum_filter, year_filter
from admin_views.identity import require_actor
from models import (
    CertificateState,
    CertificateType,
    Conclusion,
    ExamCategory,
    TrialCertificate,
)
from services import exam_years
from services.masking import masked_id_number
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_views.filters import Filter

#: Short for the narrow columns of the grid; the form and the sheet name them in full.
SHORT_TYPES: Final = {CertificateType.TRIAL: "试用期", CertificateType.PRACTICE: "执业期"}
COLUMNS: Final = (
    "name",
    "gender",
    "id_number",
    "institution",
    "exam_year",
    "certificate_type",
    "exam_category",
    "conclusion",
    "state",
    "doubts",
    "submission_code",
)
LABELS: Final[Mapping[str, str]] = {
    "gender": "性别",
    "institution": "机构名称",
    "exam_year": "年度",
    "exam_category": "报考类别",
    "conclusion": "结论",
    "doubts": "风险提示",
}
FORMATTERS: Final[dict[str, Any]] = {
    "id_number": lambda _v, _c, row, _n: masked_id_number(row.id_number),
    "institution": lambda _v, _c, row, _n: row.institution.name,
    "certificate_type": lambda _v, _c, row, _n: SHORT_TYPES[row.certificate_type],
    "gender": lambda _v, _c, row, _n: row.gender.name.removesuffix("性"),
    "doubts": lambda _v, _c, row, _n: str(len(doubts_of(row)) or ""),
}


def _years() -> Sequence[int]:
    """Return all exam years: the clerk's list has read them for other reasons."""
    if require_actor().may(Permission.CERTIFICATE_WRITE):
        return [one.year for one in own_windows()]
    return exam_years.years()


FILTERS: Final[tuple[Filter, ...]] = (
    year_filter(TrialCertificate.exam_year, _years),
    enum_filter("state", "状态", "所有状态", CertificateState, TrialCertificate.state),
    enum_filter(
        "type",
        "报考类型",
        "所有类型",
        CertificateType,
        TrialCertificate.certificate_type,
        is_advanced=True,
    ),
    code_filter(
        "category",
        "报考类别",
        "所有类别",
        ExamCategory,
        TrialCertificate.exam_category_code,
        is_advanced=True,
    ),
    enum_filter(
        "conclusion",
        "考核结论",
        "全部",
        Conclusion,
        TrialCertificate.conclusion,
        is_advanced=True,
    ),
    doubt_filter(),
)


def colour_of(row: TrialCertificate, name: str) -> str:
    """Return the class (with a leading blank) that colours a state, a conclusion or doubts."""
    if name == "doubts":
        return " is-waiting" if doubts_of(row) else ""
    if name == "state":
        return {
            CertificateState.FILED: " is-good",
            CertificateState.SUBMITTED: " is-waiting",
        }.get(row.state, "")
    if name == "conclusion":
        return {Conclusion.QUALIFIED: " is-good", Conclusion.UNQUALIFIED: " is-bad"}.get(
            row.conclusion, " is-waiting"
        )
    return " code" if name == "submission_code" else ""

"""What lies on the review desk, line by line as the printed form has it, for paper, today, roster.

Labels and texts are those of ``templates/pdf``; a test holds the two together.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from exports.pdf import month_cn
from models import (
    CertificateType,
    Conclusion,
    EducationLevel,
    EthnicGroup,
    ExamCategory,
    Gender,
    IdDocumentType,
)
from services import reference
from services.certificates import covered_months

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.reference import CodeTable
    from services.reviews import Content, Filed, Seen

#: What a column says of what it does not know.
UNKNOWN: Final = "—"
#: Not on the form, or with no fixed place there.
_LABELS: Final[Mapping[str, str]] = {
    "title": "证明名称",
    "exam_year": "年度",
    "name": "姓名",
    "gender": "性别",
    "born_on": "出生年月",
    "ethnic_group": "民族",
    "major": "所学专业",
    "education": "学历",
    "graduated_on": "取得学历年月",
    "school": "毕业学校",
    "exam_category": "报考类别",
    "id_document": "证件类型",
    "id_number": "有效身份证件号码",
    "qualification": "执业助理医师资格证书编码",
    "practice": "执业助理医师执业证书编码",
    "institution_name": "试用机构名称",
    "registration_number": "登记号",
    "address": "地址",
    "postcode": "邮编",
}
_LABELS_OF_PRACTICE: Final[Mapping[str, str]] = {"institution_name": "执业机构名称"}
_PERIOD: Final[Mapping[str, str]] = {
    "span": "起止时间",
    "department": "科室（岗位）",
    "content": "试用工作内容",
    "mentor": "带教老师姓名",
    "mentor_number": "带教老师医师执业证书编码",
}
_PERIOD_OF_PRACTICE: Final[Mapping[str, str]] = {
    "span": "起止时间",
    "department": "科室（岗位）",
    "content": "执业类别与执业范围",
}
_FOOT: Final[Mapping[str, str]] = {"total": "累计时长", "conclusion": "考核结论"}


@dataclass(frozen=True)
class Line:
    """One cell of the form: what paper, record and roster say, and which of them differ."""

    label: str
    paper: str
    today: str
    filed: str
    #: The reviewer compares this with the person's card, letter by letter.
    is_number: bool = False

    @property
    def differs_today(self) -> bool:
        """Whether the record says something else than the paper has to."""
        return _differs(self.paper, self.today)

    @property
    def differs_filed(self) -> bool:
        """Whether the roster says something else than the paper has to."""
        return _differs(self.paper, self.filed)


@dataclass(frozen=True)
class _Span:
    started_on: dt.date
    ended_on: dt.date


def lines_of(seen: Seen) -> list[Line]:
    """Return the lines of the form in its order, with what is known of each."""
    assert seen.today is not None
    today = _texts(seen.today)
    paper = _texts(seen.paper) if seen.paper is not None else {}
    filed = _texts_filed(seen.filed) if seen.filed is not None else {}
    form = seen.paper or seen.today
    is_practice = _is_practice(form.values)
    labels = {**_LABELS, **(_LABELS_OF_PRACTICE if is_practice else {})}
    if not is_practice:
        labels.pop("qualification")
        labels.pop("practice")
    count = max(map(_count, (paper, today, filed)))
    labels |= _period_labels(count, is_practice=is_practice)
    labels |= _FOOT
    return [
        Line(
            label,
            _cell(paper, key),
            _cell(today, key),
            _cell(filed, key),
            is_number=key == "id_number",
        )
        for key, label in labels.items()
    ]


def _period_labels(count: int, *, is_practice: bool) -> dict[str, str]:
    parts = _PERIOD_OF_PRACTICE if is_practice else _PERIOD
    head = "第{}段 " if count > 1 else ""
    return {
        f"{number} {key}": head.format(number + 1) + label
        for number in range(count)
        for key, label in parts.items()
    }


def _texts(content: Content) -> dict[str, str]:
    return {**_of_values(content.values, content.head), **_of_head(content.head)}


def _of_head(head: Mapping[str, str]) -> dict[str, str]:
    names = ("institution_name", "registration_number", "address", "postcode")
    return {name: head[name] for name in names if name in head}


def _of_values(values: Mapping[str, Any], head: Mapping[str, str]) -> dict[str, str]:
    conclusion = Conclusion(values["conclusion"])
    texts = {
        "title": CertificateType(values["certificate_type"]).label,
        "exam_year": f"{values['exam_year']}年度",
        "name": values["name"],
        "gender": _name(Gender, values["gender_code"]).removesuffix("性"),
        "born_on": _month(values["born_on"]),
        "ethnic_group": _name(EthnicGroup, values["ethnic_group_code"]),
        "major": values["major"],
        "education": _name(EducationLevel, values["education_code"]),
        "graduated_on": _month(values["graduated_on"]),
        "school": values["school"],
        "exam_category": _name(ExamCategory, values["exam_category_code"]),
        "id_document": _name(IdDocumentType, values["id_document_code"]),
        "id_number": values["id_number"],
        "qualification": values["qualification_certificate_number"] or "",
        "practice": values["practice_certificate_number"] or "",
        "conclusion": "" if conclusion is Conclusion.PENDING else conclusion.label,
    }
    spans = []
    for number, period in enumerate(values["periods"]):
        span = _Span(*(dt.date.fromisoformat(period[at]) for at in ("started_on", "ended_on")))
        spans.append(span)
        place = period["place_name"]
        elsewhere = "" if place == head.get("institution_name", place) else f"（{place}）"
        texts |= {
            f"{number} span": f"{span.started_on:%Y.%m}-{span.ended_on:%Y.%m}",
            f"{number} department": period["department"] + elsewhere,
            f"{number} content": period["content"],
            f"{number} mentor": period["mentor_name"],
            f"{number} mentor_number": period["mentor_practice_certificate_number"],
        }
    return {**texts, "total": f"{covered_months(spans)}个月"}


def _texts_filed(filed: Filed) -> dict[str, str]:
    """Return what the roster says; what it does not print is that of the version on it."""
    head, printed = filed.roster.head, filed.printed
    texts = _of_values(filed.values, head) if filed.values is not None else {}
    return {
        **texts,
        **{
            name: printed[name]
            for name in ("name", "gender", "major", "education", "exam_category", "id_number")
        },
        **_of_head(head),
        "title": printed["certificate_type"],
        "exam_year": f"{head['exam_year']}年度",
        "total": printed["months"],
        "conclusion": printed["conclusion"],
    }


def _cell(texts: Mapping[str, str], key: str) -> str:
    """Return a text of a column; of periods that a column knows, a missing one is none."""
    is_of_period = key.partition(" ")[0].isdecimal()
    return texts.get(key, "" if is_of_period and _count(texts) else UNKNOWN)


def _name(model: type[CodeTable], code: str) -> str:
    return next((name for known, name, _ in reference.entries(model) if known == code), code)


def _count(texts: Mapping[str, str]) -> int:
    return sum(key.endswith(" span") for key in texts)


def _is_practice(values: Mapping[str, Any]) -> bool:
    return bool(values["certificate_type"] == CertificateType.PRACTICE.value)


def _month(text: str) -> str:
    return month_cn(dt.date.fromisoformat(text))


def _differs(paper: str, other: str) -> bool:
    return UNKNOWN not in {paper, other} and paper != other

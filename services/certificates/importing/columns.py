"""The columns of the import table of people: their headers, other names, and lists.

Columns of a person come first, then those of one stretch of the trial. Rules are not here: they
stand in ``services.certificates.rules``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models import (
    CertificateType,
    Conclusion,
    EducationLevel,
    EthnicGroup,
    ExamCategory,
    Gender,
    IdDocumentType,
    TrialCertificate,
    TrialPeriod,
    label_of,
)
from services.certificates.content import FIELDS_OF_PERIOD
from services.certificates.inputs import ENTERED
from services.certificates.rules import GENDERS
from services.importing import ImportColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from models import LabelledEnum
    from models.reference import CodeTable
    from services.reference import CodeTables

    Entries = Callable[[CodeTables], Mapping[str, str]]

YEAR: Final = "exam_year"
TYPE: Final = "certificate_type"
NUMBER: Final = "id_number"
DOCUMENT: Final = "id_document_code"
PLACE: Final = "place_name"
START: Final = "started_on"
#: What the template's example row has for a year; such rows are passed over.
EXAMPLE_MARK: Final = "示例"
#: Numbers that belong to the second 报考类型 only.
OF_ASSISTANT: Final = ("qualification_certificate_number", "practice_certificate_number")
#: What identifies a person: never repeated in a sentence.
PERSONAL: Final = frozenset({NUMBER, "phone", "qualification_certificate_number"})
#: Typed as days, and kept as ISO texts until they are entered.
DATES: Final = frozenset({"born_on", "graduated_on", START, "ended_on"})
#: Short for the narrow cells of the sheet; the form and the papers name them in full.
SHORT_TYPES: Final = {CertificateType.TRIAL: "试用期", CertificateType.PRACTICE: "执业期"}
#: First digits of categories of 执业医师, by examination or as apprentices.
_PHYSICIANS: Final = ("1", "3")


def _of(table: type[CodeTable], suits: Callable[[str], bool] = lambda _code: True) -> Entries:
    return lambda codes: {code: name for code, name in codes.names(table).items() if suits(code)}


def _genders(codes: CodeTables) -> Mapping[str, str]:
    return {code: codes.name_of(Gender, code).removesuffix("性") for code in GENDERS}


def _categories(codes: CodeTables) -> Mapping[str, str]:
    """Return the categories, those of 执业医师 first: the second 报考类型 offers no others."""
    names = codes.names(ExamCategory)
    ranked = sorted(names, key=lambda code: not code.startswith(_PHYSICIANS))
    return {code: names[code] for code in ranked}


def physician_categories(codes: CodeTables) -> int:
    """Return how many categories of 执业医师 stand at the head of their list."""
    return sum(code.startswith(_PHYSICIANS) for code in _categories(codes))


def _members(enum: type[LabelledEnum]) -> Entries:
    return lambda _codes: {str(member.value): member.label for member in enum}


_LISTS: Final[Mapping[str, Entries]] = {
    TYPE: lambda _codes: {str(kind.value): name for kind, name in SHORT_TYPES.items()},
    DOCUMENT: _of(IdDocumentType),
    "gender_code": _genders,
    "ethnic_group_code": _of(EthnicGroup),
    # Codes that end in 0 are headings of the table.
    "education_code": _of(EducationLevel, lambda code: not code.endswith("0")),
    "exam_category_code": _categories,
    "conclusion": _members(Conclusion),
}
_ALSO: Final[Mapping[str, Mapping[str, str]]] = {
    TYPE: {
        name: str(kind.value)
        for kind, short in SHORT_TYPES.items()
        for name in (kind.label, f"{short}考核证明", f"{short}考核")
    },
    DOCUMENT: {"身份证": "01", "二代身份证": "01", "护照": "07"},
    "gender_code": {"男性": "1", "女性": "2"},
    "conclusion": {"考核合格": "qualified", "考核不合格": "unqualified"},
}
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    YEAR: ("年度", "考试年份"),
    TYPE: ("证明类型", "类型"),
    "name": ("考生姓名", "人员姓名"),
    DOCUMENT: ("证件名称",),
    NUMBER: ("证件编号", "身份证号", "身份证号码", "有效身份证件号码"),
    "born_on": ("出生年月", "出生年月日"),
    "education_code": ("最高学历", "报考学历"),
    "school": ("毕业院校", "学校"),
    "major": ("专业", "毕业专业"),
    "graduated_on": ("毕业日期", "毕业年月", "取得学历年月"),
    "phone": ("手机", "手机号码", "联系电话", "电话"),
    "exam_category_code": ("类别",),
    "qualification_certificate_number": ("助理医师资格证号", "助理医师资格证书编码"),
    "practice_certificate_number": ("助理医师执业证号", "助理医师执业证书编码"),
    "conclusion": ("结论", "考核结果"),
    PLACE: ("试用机构", "试用机构名称", "执业机构"),
    "department": ("科室", "执业科室"),
    START: ("开始日期", "起始时间", "起始日期"),
    "ended_on": ("截止日期", "结束时间", "结束日期", "终止时间"),
    "mentor_name": ("带教老师姓名", "带教医师"),
    "mentor_practice_certificate_number": ("带教老师医师执业证书编码", "带教老师执业证号"),
    "content": ("试用工作内容", "学习内容", "工作内容"),
}
_WIDTHS: Final = {
    YEAR: 10,
    TYPE: 10,
    "name": 12,
    DOCUMENT: 16,
    NUMBER: 22,
    "gender_code": 6,
    "born_on": 12,
    "ethnic_group_code": 10,
    "graduated_on": 12,
    "phone": 14,
    "exam_category_code": 28,
    "qualification_certificate_number": 32,
    "conclusion": 10,
    PLACE: 30,
    "department": 14,
    START: 12,
    "ended_on": 12,
    "mentor_name": 12,
    "mentor_practice_certificate_number": 22,
    "content": 44,
}
#: By these a person is found again: the sheet must have them.
_KEYS: Final = frozenset({YEAR, TYPE, NUMBER})
#: Left empty by most: they follow from the number, belong to one type only, or are the own place.
_OPTIONAL: Final = frozenset({"gender_code", "born_on", *OF_ASSISTANT, PLACE})


def _column(key: str, attribute: Any) -> ImportColumn:
    return ImportColumn(
        key,
        label_of(attribute),
        _ALIASES.get(key, ()),
        is_required=key in _KEYS,
        is_needed=key not in _OPTIONAL,
        width=_WIDTHS.get(key, 20),
        entries=_LISTS.get(key),
        also=_ALSO.get(key, {}),
    )


OF_PERSON: Final = ENTERED
OF_PERIOD: Final = FIELDS_OF_PERIOD
COLUMNS: Final[tuple[ImportColumn, ...]] = (
    *(_column(key, getattr(TrialCertificate, key)) for key in OF_PERSON),
    *(_column(key, getattr(TrialPeriod, key)) for key in OF_PERIOD),
)
BY_KEY: Final = {column.key: column for column in COLUMNS}

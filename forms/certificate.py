"""Form of a trial certificate: 报考类型 first, then the person, then the periods as rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from wtforms import FormField
from wtforms.fields.core import UnboundField

from forms.base import (
    UNCHOSEN,
    BaseForm,
    RecordForm,
    Rows,
    date,
    hidden,
    leaf_fields,
    select,
    text,
)
from models import (
    CertificateType,
    Conclusion,
    EducationLevel,
    EthnicGroup,
    Gender,
    IdDocumentType,
    TrialCertificate,
    TrialPeriod,
)
from services import certificates, reference
from services.certificates import CertificateInput, PeriodInput
from services.certificates.rules import GENDERS, exam_categories
from services.masking import masked_certificate_number, masked_id_number, masked_phone
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeVar

    from werkzeug.datastructures import MultiDict

    from models import LabelledEnum

    EnumT = TypeVar("EnumT", bound=LabelledEnum)

#: 居民身份证, which nearly everybody has.
_USUAL_DOCUMENT: Final = "01"
#: Numbers may be typed with blanks and hyphens, which the service takes out.
_LONGEST_NUMBER: Final = 40


_OF_PERIOD: Final = re.compile(r"periods-[0-9]{1,6}-([a-z_]+)")


def _year(typed: object) -> int | None:
    """Return a year from the list, ``None`` for its first entry, 0 for what is no year."""
    return (parse_key(typed) or 0) if typed else None


class PeriodForm(BaseForm):
    """One row of 试用信息."""

    place_id = hidden()
    place_name = text(TrialPeriod.place_name)
    department = text(TrialPeriod.department)
    started_on = date(TrialPeriod.started_on)
    ended_on = date(TrialPeriod.ended_on)
    mentor_name = text(TrialPeriod.mentor_name)
    mentor_practice_certificate_number = text(
        TrialPeriod.mentor_practice_certificate_number, max_length=_LONGEST_NUMBER
    )
    content = text(TrialPeriod.content, multiline=True)

    def to_input(self) -> PeriodInput:
        """Return what was entered, for the service."""
        return PeriodInput(
            place_name=self.place_name.data or "",
            place_id=parse_key(self.place_id.data),
            department=self.department.data or "",
            started_on=self.started_on.data,
            ended_on=self.ended_on.data,
            mentor_name=self.mentor_name.data or "",
            mentor_practice_certificate_number=self.mentor_practice_certificate_number.data or "",
            content=self.content.data or "",
        )


class CertificateForm(RecordForm):
    """新增、修改试用信息. Everything is required; the service says what is missing."""

    certificate_type = select(
        TrialCertificate.certificate_type, choices=[UNCHOSEN, *CertificateType.choices()]
    )
    exam_year = select(TrialCertificate.exam_year, coerce=_year)
    name = text(TrialCertificate.name)
    id_document_code = select(TrialCertificate.id_document_code)
    id_number = text(TrialCertificate.id_number, max_length=_LONGEST_NUMBER)
    gender_code = select(
        TrialCertificate.gender_code, description="由18位证件号码得出；其他证件须选择"
    )
    born_on = date(TrialCertificate.born_on, description="由18位证件号码得出；其他证件须填写")
    ethnic_group_code = select(TrialCertificate.ethnic_group_code)
    education_code = select(TrialCertificate.education_code)
    school = text(TrialCertificate.school)
    major = text(TrialCertificate.major)
    graduated_on = date(TrialCertificate.graduated_on)
    phone = text(TrialCertificate.phone, max_length=_LONGEST_NUMBER)
    exam_category_code = select(TrialCertificate.exam_category_code)
    qualification_certificate_number = text(
        TrialCertificate.qualification_certificate_number, max_length=_LONGEST_NUMBER
    )
    practice_certificate_number = text(
        TrialCertificate.practice_certificate_number, max_length=_LONGEST_NUMBER
    )
    conclusion = select(TrialCertificate.conclusion, choices=[UNCHOSEN, *Conclusion.choices()])
    periods = Rows(FormField(PeriodForm), "试用信息", min_entries=1)

    def __init__(
        self,
        formdata: Any = None,
        obj: TrialCertificate | None = None,
        *,
        institution_name: str = "",
        institution_id: int | None = None,
        years: Sequence[int] = (),
        is_masked: bool = False,
        is_read: bool = False,
        **values: Any,
    ) -> None:
        """Fill the form; a new period was served at ``institution_name`` until that is changed.

        Further ``values`` are what a new form proposes besides.
        ``years`` are those in which the institution may enter people today, the latest first.
        ``is_read`` is for those who only look; ``is_masked`` as well, as long as they have not
        asked to see in full what identifies the person.
        """
        self._is_masked = is_masked
        if obj is None and not formdata:
            values.setdefault("exam_year", years[0] if years else None)
            values.setdefault("id_document_code", _USUAL_DOCUMENT)
            place = {"place_name": institution_name, "place_id": institution_id}
            values.setdefault("periods", [place])
        elif obj is not None and obj.exam_year not in years:
            years = (*years, obj.exam_year)
        super().__init__(formdata, obj, **values)
        self.exam_year.choices = [UNCHOSEN, *((year, f"{year}年") for year in years)]
        if not years:
            self.exam_year.description = "目前没有开放填报的考试年度"
        lists = (
            _own(self, obj) if is_read and obj is not None and formdata is None else _lists(self)
        )
        for field, choices in lists.items():
            field.choices = [UNCHOSEN, *choices]

    def conceal(self) -> None:
        """Mask what identifies the person, the day of birth as well: it is in the ID number."""
        if not self._is_masked:
            return
        self.id_number.data = masked_id_number(self.id_number.data)
        self.phone.data = masked_phone(self.phone.data)
        number = self.qualification_certificate_number
        number.data = masked_certificate_number(number.data)
        if self.born_on.data is not None:
            self.born_on.raw_data = [f"{self.born_on.data.year}-**-**"]
            self.born_on.data = None

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check the shape of the fields; a masked form is refused by the service in any case."""
        return self._is_masked or super().validate(extra_validators)

    def without_hints(self) -> None:
        """Take away what is said to whoever fills the form in: it is only looked at."""
        for field in leaf_fields(self):
            field.description = ""
            field.render_kw = {}

    def to_input(self) -> CertificateInput:
        """Return what was entered, for the service; what cannot be read counts as missing."""
        return CertificateInput(
            exam_year=self.exam_year.data,
            certificate_type=_member(CertificateType, self.certificate_type.data),
            name=self.name.data or "",
            id_document_code=self.id_document_code.data or "",
            id_number=self.id_number.data or "",
            gender_code=self.gender_code.data or "",
            born_on=self.born_on.data,
            ethnic_group_code=self.ethnic_group_code.data or "",
            education_code=self.education_code.data or "",
            school=self.school.data or "",
            major=self.major.data or "",
            graduated_on=self.graduated_on.data,
            phone=self.phone.data or "",
            exam_category_code=self.exam_category_code.data or "",
            qualification_certificate_number=self.qualification_certificate_number.data or None,
            practice_certificate_number=self.practice_certificate_number.data or None,
            conclusion=_member(Conclusion, self.conclusion.data),
            periods=tuple(entry.form.to_input() for entry in self.periods.entries),
            form_key=self.key_of_form(),
        )

    def problems(self) -> Mapping[str, str]:
        """Return what the rules of certificates say."""
        return certificates.problems(self.to_input())


def typed_into(given: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Return what was posted for the fields of the form, right or wrong, under their own names."""
    return [
        (name, value)
        for name, value in given.items(multi=True)
        if name in _FIELDS or ((row := _OF_PERIOD.fullmatch(name)) and row[1] in _PERIOD_FIELDS)
    ]


def _fields_of(form: type[BaseForm]) -> frozenset[str]:
    """Return the names of the fields that a form declares."""
    return frozenset(name for name in dir(form) if isinstance(getattr(form, name), UnboundField))


_FIELDS: Final = _fields_of(CertificateForm)
_PERIOD_FIELDS: Final = _fields_of(PeriodForm)


def _member(enum: type[EnumT], value: object) -> EnumT | None:
    """Return the member with this value, if there is one."""
    return next((member for member in enum if member == value), None)


def _own(form: CertificateForm, row: TrialCertificate) -> dict[Any, list[Any]]:
    """Return what ``row`` has chosen: whoever only reads it need not see what else there is."""
    return {
        form.id_document_code: [(row.id_document_code, row.id_document.name)],
        form.gender_code: [(row.gender_code, row.gender.name)],
        form.ethnic_group_code: [(row.ethnic_group_code, row.ethnic_group.name)],
        form.education_code: [(row.education_code, row.education.name)],
        form.exam_category_code: [(row.exam_category_code, row.exam_category.name)],
    }


def _lists(form: CertificateForm) -> dict[Any, list[Any]]:
    """Return the lists that come from code tables, by field."""
    return {
        form.id_document_code: reference.choices(IdDocumentType),
        form.gender_code: [pair for pair in reference.choices(Gender) if pair[0] in GENDERS],
        form.ethnic_group_code: reference.choices(EthnicGroup),
        # Codes that end in 0 are headings of the table.
        form.education_code: [
            pair for pair in reference.choices(EducationLevel) if not pair[0].endswith("0")
        ],
        form.exam_category_code: [
            (code, name, {"data-fits": " ".join(sorted(kinds))})
            for code, name, kinds in exam_categories()
        ],
    }

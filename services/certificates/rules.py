"""The rules that a certificate as entered must keep; all that are broken are named at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from extensions import db
from models import (
    CertificateType,
    EducationLevel,
    EthnicGroup,
    ExamCategory,
    Gender,
    IdDocumentType,
    TrialCertificate,
    TrialPeriod,
    label_of,
)
from services import identifiers, reference
from services.certificates.inputs import MOST_PERIODS, CertificateInput, PeriodInput
from services.certificates.known import Known
from services.certificates.schooling import PHYSICIAN
from services.identifiers import InvalidIdentifierError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from models import ExamCycle
    from models.reference import CodeTable
    from services.identifiers import Checked

#: 居民身份证 and the temporary one: the number stands inside the qualification certificate's.
MAINLAND_DOCUMENTS: Final = frozenset({"01", "02"})
#: These numbers, when they have 18 characters, carry gender and date of birth.
TELLING_DOCUMENTS: Final = MAINLAND_DOCUMENTS | {"03", "15"}
_TELLING_LENGTH: Final = 18
#: 男性 and 女性; the exam knows no others (GB/T 2261.1 has codes for 未知 and 未说明 too).
GENDERS: Final = ("1", "2")
#: The level digit of an assistant inside certificate numbers.
ASSISTANT_LEVEL: Final = "2"
_LONGEST_CODE: Final = 8


def check(
    data: CertificateInput, *, cycle: ExamCycle | None, today: dt.date, known: Known | None = None
) -> tuple[CertificateInput, dict[str, str]]:
    """Return ``data`` in normal form, and the sentences of all broken rules by field.

    ``cycle`` is the exam year entered, if there is one. Fields of periods are called
    ``periods-0-ended_on``. What concerns other records is not looked at here. With ``known``, many
    can be checked without asking for the same again.
    """
    found = _Found(known or Known())
    if data.exam_year is None:
        found.say("exam_year", f"请选择{label_of(TrialCertificate.exam_year)}。")
    elif cycle is None:
        found.say("exam_year", "没有这个考试年度，请重新选择。")
    if data.certificate_type is None:
        found.say("certificate_type", f"请选择{label_of(TrialCertificate.certificate_type)}。")
    if data.conclusion is None:
        found.say("conclusion", f"请选择{label_of(TrialCertificate.conclusion)}。")
    clean = _person(data, found, today)
    clean = _study(clean, found)
    clean = _exam(clean, found, today)
    if not data.periods:
        found.say("periods", "请至少填写一段试用信息。")
    if len(data.periods) > MOST_PERIODS:
        found.say("periods", f"试用信息最多填写{MOST_PERIODS}段。")
        return clean, found.errors
    latest = max(today, cycle.trial_cutoff_on) if cycle else None
    periods = tuple(
        _period(period, found, f"periods-{number}-", latest=latest, born_on=clean.born_on)
        for number, period in enumerate(clean.periods)
    )
    return replace(clean, periods=_linked(periods, found)), found.errors


class _Found:
    """The broken rules found so far: for each field the first sentence."""

    def __init__(self, known: Known) -> None:
        self.errors: dict[str, str] = {}
        self.known = known

    def say(self, field: str, sentence: str) -> None:
        self.errors.setdefault(field, sentence)

    def take(self, field: str, check: Callable[[], Checked], value: str) -> str:
        """Return the checked value, or ``value`` as it was after noting what is wrong with it."""
        try:
            return check().value
        except InvalidIdentifierError as error:
            self.say(field, str(error))
            return value

    def text(self, field: str, value: str, column: Any, *, multiline: bool = False) -> str:
        """Return a mandatory text in normal form; its greatest length is the column's."""
        label, limit = label_of(column), column.property.columns[0].type.length
        text = self.take(
            field,
            lambda: identifiers.check_text(
                value, label=label, max_length=limit, multiline=multiline
            ),
            value,
        )
        if not text:
            self.say(field, f"请填写{label}。")
        return text

    def code(self, field: str, code: str, model: type[CodeTable], column: Any) -> bool:
        """Note an error unless ``code`` stands in the code table."""
        if not code:
            self.say(field, f"请选择{label_of(column)}。")
            return False
        # What cannot be a code need not be asked for; PostgreSQL would choke on some of it.
        plausible = len(code) <= _LONGEST_CODE and code.isascii() and code.isprintable()
        if not (plausible and reference.has(model, code)):
            self.say(field, f"{label_of(column)}无效，请从列表中重新选择。")
            return False
        return True


def exam_categories() -> list[tuple[str, str, frozenset[CertificateType]]]:
    """Return 报考类别 as (code, name, the 报考类型 with which each is sat for), in their order."""
    statement = select(ExamCategory.code, ExamCategory.name, ExamCategory.level)
    everybody, trial = frozenset(CertificateType), frozenset({CertificateType.TRIAL})
    return [
        (code, name, everybody if level == PHYSICIAN else trial)
        for code, name, level in db.session.execute(statement.order_by(ExamCategory.position))
    ]


def _person(data: CertificateInput, found: _Found, today: dt.date) -> CertificateInput:
    name = found.take("name", lambda: identifiers.check_person_name(data.name), data.name)
    number = data.id_number
    if found.code(
        "id_document_code",
        data.id_document_code,
        IdDocumentType,
        TrialCertificate.id_document_code,
    ):
        number = found.take(
            "id_number",
            lambda: identifiers.check_identity_document(
                data.id_document_code, data.id_number, today=today
            ),
            data.id_number,
        )
    elif not data.id_number:
        found.say("id_number", f"请填写{label_of(TrialCertificate.id_number)}。")
    gender, born_on = _gender_and_birth(data, number, found, today)
    found.code(
        "ethnic_group_code",
        data.ethnic_group_code,
        EthnicGroup,
        TrialCertificate.ethnic_group_code,
    )
    phone = found.take("phone", lambda: identifiers.check_mobile(data.phone), data.phone)
    return replace(
        data, name=name, id_number=number, gender_code=gender, born_on=born_on, phone=phone
    )


def _gender_and_birth(
    data: CertificateInput, number: str, found: _Found, today: dt.date
) -> tuple[str, dt.date | None]:
    """Return gender and birth, taken from the number where it tells them."""
    gender, born_on = data.gender_code, data.born_on
    in_doubt = not found.errors.keys().isdisjoint({"id_document_code", "id_number"})
    if not in_doubt and _tells(data.id_document_code, number):
        told_gender = identifiers.gender_code_of(number)
        told_birth = identifiers.birth_date_of(number)
        if gender and gender != told_gender:
            found.say("gender_code", "性别与证件号码不符，请核对。")
        if born_on and born_on != told_birth:
            found.say("born_on", "出生日期与证件号码不符，请核对。")
        gender, born_on = gender or told_gender, born_on or told_birth
    # A number that is going to be filled in or mended may then tell what is missing now.
    may_be_told = in_doubt and (
        bool(data.id_number.strip()) or data.id_document_code in TELLING_DOCUMENTS
    )
    if (
        (gender or not may_be_told)
        and found.code("gender_code", gender, Gender, TrialCertificate.gender_code)
        and gender not in GENDERS
    ):
        found.say("gender_code", "性别应为男性或女性，请重新选择。")
    if born_on is None and not may_be_told:
        found.say("born_on", f"请填写{label_of(TrialCertificate.born_on)}。")
    elif born_on is not None and born_on >= today:
        found.say("born_on", "出生日期应早于今天，请核对。")
    return gender, born_on


def _study(data: CertificateInput, found: _Found) -> CertificateInput:
    found.code(
        "education_code", data.education_code, EducationLevel, TrialCertificate.education_code
    )
    school = found.text("school", data.school, TrialCertificate.school)
    major = found.text("major", data.major, TrialCertificate.major)
    if data.graduated_on is None:
        found.say("graduated_on", f"请填写{label_of(TrialCertificate.graduated_on)}。")
    elif data.born_on is not None and data.graduated_on <= data.born_on:
        found.say("graduated_on", "毕业时间应晚于出生日期，请核对。")
    return replace(data, school=school, major=major)


def _exam(data: CertificateInput, found: _Found, today: dt.date) -> CertificateInput:
    """Check what is sat for; numbers of an assistant belong to the second 报考类型 only."""
    category = None
    if found.code(
        "exam_category_code",
        data.exam_category_code,
        ExamCategory,
        TrialCertificate.exam_category_code,
    ):
        category = found.known.category(data.exam_category_code)
    if data.certificate_type is not CertificateType.PRACTICE:
        return replace(
            data, qualification_certificate_number=None, practice_certificate_number=None
        )
    if category is not None and category.level != PHYSICIAN:
        found.say("exam_category_code", "执业期考核证明只能报考执业医师，请选择执业医师的类别。")
    qualification = _qualification(data, category, found, today)
    entered = data.practice_certificate_number or ""
    practice = entered
    if entered.strip():
        practice = found.take(
            "practice_certificate_number",
            lambda: identifiers.check_practice_certificate(entered),
            entered,
        )
    else:
        label = label_of(TrialCertificate.practice_certificate_number)
        found.say("practice_certificate_number", f"请填写{label}。")
    return replace(
        data,
        qualification_certificate_number=qualification,
        practice_certificate_number=practice,
    )


def _qualification(
    data: CertificateInput, category: ExamCategory | None, found: _Found, today: dt.date
) -> str:
    """Check the number of the assistant's qualification; it holds level, category and ID number."""
    field = "qualification_certificate_number"
    entered = data.qualification_certificate_number or ""
    if not entered.strip():
        found.say(field, f"请填写{label_of(TrialCertificate.qualification_certificate_number)}。")
        return entered
    number = found.take(
        field,
        lambda: identifiers.check_qualification_certificate(entered, today=today),
        entered,
    )
    if field in found.errors:
        return entered
    parts = identifiers.parse_qualification_certificate(number)
    if parts.level != ASSISTANT_LEVEL:
        found.say(field, "编码第7位应为2（执业助理医师），请核对是否填写了助理资格证号。")
    elif category is not None and parts.category != category.certificate_category_code:
        found.say(field, "助理资格证号中的类别（第8至9位）与报考类别不符，请核对。")
    elif (
        "id_number" not in found.errors
        and data.id_document_code in MAINLAND_DOCUMENTS
        and not identifiers.id_numbers_match(parts.id_number, data.id_number)
    ):
        found.say(field, "助理资格证号中的身份证号码（第10位起）与证件号码不符，请核对。")
    return number


def _period(
    data: PeriodInput,
    found: _Found,
    prefix: str,
    *,
    latest: dt.date | None,
    born_on: dt.date | None,
) -> PeriodInput:
    start, end = data.started_on, data.ended_on
    if start is None:
        found.say(prefix + "started_on", f"请填写{label_of(TrialPeriod.started_on)}。")
    elif born_on is not None and start <= born_on:
        found.say(prefix + "started_on", "开始时间应晚于出生日期，请核对。")
    if end is None:
        found.say(prefix + "ended_on", f"请填写{label_of(TrialPeriod.ended_on)}。")
    elif start is not None and end <= start:
        found.say(prefix + "ended_on", "截止时间应晚于开始时间。")
    elif latest is not None and end > latest:
        found.say(prefix + "ended_on", f"截止时间不能晚于试用期计算截止日{latest}。")
    mentor = data.mentor_name
    if mentor.strip():
        mentor = found.take(
            prefix + "mentor_name", lambda: identifiers.check_person_name(data.mentor_name), mentor
        )
    else:
        found.say(prefix + "mentor_name", f"请填写{label_of(TrialPeriod.mentor_name)}。")
    number = data.mentor_practice_certificate_number
    field = prefix + "mentor_practice_certificate_number"
    if number.strip():
        number = found.take(field, lambda: identifiers.check_practice_certificate(number), number)
    else:
        label = label_of(TrialPeriod.mentor_practice_certificate_number)
        found.say(field, f"请填写{label}。")
    return replace(
        data,
        place_name=found.text(prefix + "place_name", data.place_name, TrialPeriod.place_name),
        department=found.text(prefix + "department", data.department, TrialPeriod.department),
        mentor_name=mentor,
        mentor_practice_certificate_number=number,
        content=found.text(prefix + "content", data.content, TrialPeriod.content, multiline=True),
    )


def _linked(periods: tuple[PeriodInput, ...], found: _Found) -> tuple[PeriodInput, ...]:
    """Link the places to the library by their names; a key alone names nobody.

    So that nobody learns the names of institutions by counting through their keys.
    """
    names = {
        period.place_name
        for number, period in enumerate(periods)
        if f"periods-{number}-place_name" not in found.errors
    }
    by_name = found.known.places(names)
    return tuple(replace(period, place_id=by_name.get(period.place_name)) for period in periods)


def _tells(document_code: str, number: str) -> bool:
    """Whether the number of this document carries gender and date of birth."""
    return document_code in TELLING_DOCUMENTS and len(number) == _TELLING_LENGTH

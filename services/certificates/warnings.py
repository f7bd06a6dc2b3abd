"""Doubts about a certificate that a person should look into; none of them stops the work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import CertificateType, EducationLevel, ExamCategory
from services import exam_years, identifiers
from services.certificates.rules import ASSISTANT_LEVEL
from services.certificates.schooling import ADMITTED, PHYSICIAN, is_schooled, suffices
from services.certificates.spans import covered_days, is_full_year, overlaps
from services.clock import today as china_today
from services.identifiers import InvalidIdentifierError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from models import ExamCycle, TrialCertificate
    from services.certificates.inputs import CertificateInput
    from services.identifiers import Checked

#: The level digit of a physician inside certificate numbers.
_PHYSICIAN_LEVEL: Final = "1"
_USUAL_AGE_AT_GRADUATION: Final = 17


def warnings_of(certificate: TrialCertificate | CertificateInput) -> list[str]:
    """Return the doubts about a certificate, stored or as entered, each as a Chinese sentence."""
    cycle = exam_years.cycle_of(certificate.exam_year)
    return list(
        dict.fromkeys(
            [
                *_of_numbers(certificate),
                *_of_study(certificate, cycle),
                *_of_time(certificate, cycle),
                *_of_mentors(certificate),
            ]
        )
    )


def _of_numbers(certificate: TrialCertificate | CertificateInput) -> Iterator[str]:
    day = china_today()
    yield from _doubts(lambda: identifiers.check_person_name(certificate.name))
    yield from _doubts(
        lambda: identifiers.check_identity_document(
            certificate.id_document_code, certificate.id_number, today=day
        )
    )
    if certificate.certificate_type is not CertificateType.PRACTICE:
        return
    qualification = certificate.qualification_certificate_number or ""
    practice = certificate.practice_certificate_number or ""
    yield from _prefixed(
        "助理资格证号",
        lambda: identifiers.check_qualification_certificate(qualification, today=day),
    )
    yield from _prefixed("助理执业证号", lambda: identifiers.check_practice_certificate(practice))
    try:
        parts = identifiers.parse_practice_certificate(practice)
    except InvalidIdentifierError:
        return
    category = db.session.scalar(
        select(ExamCategory.certificate_category_code).where(
            ExamCategory.code == certificate.exam_category_code
        )
    )
    if parts.level != ASSISTANT_LEVEL:
        yield "助理执业证号第1位不是2（执业助理医师），请核对。"
    if category is not None and parts.category != category:
        yield "助理执业证号中的类别（第2至3位）与报考类别不符，请核对。"


def _of_study(
    certificate: TrialCertificate | CertificateInput, cycle: ExamCycle | None
) -> Iterator[str]:
    band = db.session.scalar(
        select(EducationLevel.exam_band).where(EducationLevel.code == certificate.education_code)
    )
    level = db.session.scalar(
        select(ExamCategory.level).where(ExamCategory.code == certificate.exam_category_code)
    )
    kind, category = certificate.certificate_type, certificate.exam_category_code
    if is_schooled(category) and certificate.education_code and band not in ADMITTED:
        yield "所填学历不在医师资格考试报考学历范围内，请核对。"
    elif cycle is not None and not suffices(cycle.law, kind, level, category, band):
        if kind is CertificateType.TRIAL and level == PHYSICIAN:
            yield "以试用期报考执业医师一般应为本科以上学历，请核对学历和报考类别。"
        else:
            yield f"{cycle.year}年度适用{cycle.law.label}，报考一般应为专科以上学历，请核对学历。"
    graduated, born = certificate.graduated_on, certificate.born_on
    if graduated is None:
        return
    if graduated > china_today():
        yield "毕业时间晚于今天，请核对。"
    if born is not None and graduated.year - born.year < _USUAL_AGE_AT_GRADUATION:
        yield f"毕业时不满{_USUAL_AGE_AT_GRADUATION}周岁，请核对出生日期和毕业时间。"
    starts = [period.started_on for period in certificate.periods if period.started_on is not None]
    if any(start < graduated for start in starts):
        yield "试用开始时间早于毕业时间，请核对。"


def _of_time(
    certificate: TrialCertificate | CertificateInput, cycle: ExamCycle | None
) -> Iterator[str]:
    if overlaps(certificate.periods):
        yield "各段试用时间有重叠，重叠部分只计算一次，请核对。"
    cutoff = cycle.trial_cutoff_on if cycle is not None else None
    days = covered_days(certificate.periods, cutoff)
    if cutoff is not None and not is_full_year(days):
        yield f"截至{cutoff}，各段试用时间合计{days}天，不满一年，请核对。"


def _of_mentors(certificate: TrialCertificate | CertificateInput) -> Iterator[str]:
    numbers = [period.mentor_practice_certificate_number for period in certificate.periods]
    for number, typed in enumerate(numbers, start=1):
        head = f"第{number}段带教老师执业证书编码"
        yield from _prefixed(head, partial(identifiers.check_practice_certificate, typed))
        try:
            parts = identifiers.parse_practice_certificate(typed)
        except InvalidIdentifierError:
            continue
        if parts.level != _PHYSICIAN_LEVEL:
            yield f"{head}第1位不是1（执业医师），带教老师应为执业医师，请核对。"


def _doubts(check: Callable[[], Checked]) -> tuple[str, ...]:
    """Return the doubts of a check; what is plainly wrong is the business of the rules."""
    try:
        return check().warnings
    except InvalidIdentifierError:
        return ()


def _prefixed(label: str, check: Callable[[], Checked]) -> Iterator[str]:
    for doubt in _doubts(check):
        yield f"{label}：{doubt}"

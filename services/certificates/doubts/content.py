"""Doubts that a certificate raises by itself: its numbers, schooling, times and mentors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from models import CertificateType, Doubt
from services import identifiers
from services.certificates.doubts.finding import Finding, periods_of
from services.certificates.rules import ASSISTANT_LEVEL
from services.certificates.schooling import ADMITTED, PHYSICIAN, is_schooled, suffices
from services.certificates.spans import covered_days, is_full_year, overlaps
from services.clock import today as china_today
from services.identifiers import InvalidIdentifierError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from models import TrialCertificate
    from services.certificates.doubts.grounds import Grounds
    from services.certificates.inputs import CertificateInput
    from services.identifiers import Checked

#: The level digit of a physician inside certificate numbers.
_PHYSICIAN_LEVEL: Final = "1"
_USUAL_AGE_AT_GRADUATION: Final = 17


def of_content(
    certificate: TrialCertificate | CertificateInput, grounds: Grounds
) -> Iterator[Finding]:
    """Yield what is doubtful in a certificate, stored or as entered, wherever it was entered."""
    yield from _of_numbers(certificate, grounds)
    yield from _of_schooling(certificate, grounds)
    yield from _of_graduation(certificate)
    yield from of_time(certificate, grounds)
    yield from _of_mentors(certificate, grounds)


def _of_numbers(
    certificate: TrialCertificate | CertificateInput, grounds: Grounds
) -> Iterator[Finding]:
    day = china_today()
    for doubt in _doubts(lambda: identifiers.check_person_name(certificate.name)):
        yield Finding(Doubt.NAME, doubt)
    for doubt in _doubts(
        lambda: identifiers.check_identity_document(
            certificate.id_document_code, certificate.id_number, today=day
        )
    ):
        yield Finding(Doubt.ID_NUMBER, doubt)
    if certificate.certificate_type is CertificateType.PRACTICE:
        for sentence in _of_assistant(certificate, grounds):
            yield Finding(Doubt.ASSISTANT_NUMBER, sentence)


def _of_assistant(
    certificate: TrialCertificate | CertificateInput, grounds: Grounds
) -> Iterator[str]:
    day = china_today()
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
    category = grounds.categories.get(certificate.exam_category_code)
    if parts.level != ASSISTANT_LEVEL:
        yield "助理执业证号第1位不是2（执业助理医师），请核对。"
    if category is not None and parts.category != category.inside_numbers:
        yield "助理执业证号中的类别（第2至3位）与报考类别不符，请核对。"


def _of_schooling(
    certificate: TrialCertificate | CertificateInput, grounds: Grounds
) -> Iterator[Finding]:
    band = grounds.bands.get(certificate.education_code)
    kind, code = certificate.certificate_type, certificate.exam_category_code
    category = grounds.categories.get(code)
    level = category.level if category is not None else None
    cycle = grounds.cycles.get(certificate.exam_year or 0)
    if is_schooled(code) and certificate.education_code and band not in ADMITTED:
        yield Finding(Doubt.EDUCATION, "所填学历不在医师资格考试报考学历范围内，请核对。")
    elif cycle is not None and not suffices(cycle.law, kind, level, code, band):
        if kind is CertificateType.TRIAL and level == PHYSICIAN:
            yield Finding(
                Doubt.EDUCATION,
                "以试用期报考执业医师一般应为本科以上学历，请核对学历和报考类别。",
            )
        else:
            yield Finding(
                Doubt.EDUCATION,
                f"{cycle.year}年度适用{cycle.law.label}，报考一般应为专科以上学历，请核对学历。",
            )


def _of_graduation(certificate: TrialCertificate | CertificateInput) -> Iterator[Finding]:
    graduated, born = certificate.graduated_on, certificate.born_on
    if graduated is None:
        return
    if graduated > china_today():
        yield Finding(Doubt.GRADUATION_DATE, "毕业时间晚于今天，请核对。")
    if born is not None and graduated.year - born.year < _USUAL_AGE_AT_GRADUATION:
        yield Finding(
            Doubt.GRADUATION_DATE,
            f"毕业时不满{_USUAL_AGE_AT_GRADUATION}周岁，请核对出生日期和毕业时间。",
        )
    for number, period in enumerate(periods_of(certificate), start=1):
        start, end = period.started_on, period.ended_on
        if start is None or end is None or start >= graduated:
            continue
        if graduated <= end:
            sentence = f"第{number}段试用期间才毕业，试用开始时间早于毕业时间，请核对。"
        else:
            sentence = f"第{number}段在毕业以前已结束，试用开始时间早于毕业时间，请核对。"
        yield Finding(Doubt.GRADUATED_LATER, sentence, number - 1)


def of_time(
    certificate: TrialCertificate | CertificateInput, grounds: Grounds
) -> Iterator[Finding]:
    """Yield what is doubtful about the time that was served."""
    if overlaps(certificate.periods):
        yield Finding(Doubt.OVERLAP, "各段试用时间有重叠，重叠部分只计算一次，请核对。")
    cycle = grounds.cycles.get(certificate.exam_year or 0)
    if cycle is None:
        return
    days = covered_days(certificate.periods, cycle.trial_cutoff_on)
    if not is_full_year(days):
        yield Finding(
            Doubt.SHORT,
            f"截至{cycle.trial_cutoff_on}，各段试用时间合计{days}天，不满一年，请核对。",
        )


def _of_mentors(
    certificate: TrialCertificate | CertificateInput, grounds: Grounds
) -> Iterator[Finding]:
    category = grounds.categories.get(certificate.exam_category_code)
    for number, period in enumerate(periods_of(certificate), start=1):
        typed = period.mentor_practice_certificate_number
        head = f"第{number}段带教老师执业证书编码"
        for sentence in _prefixed(head, partial(identifiers.check_practice_certificate, typed)):
            yield Finding(Doubt.MENTOR_NUMBER, sentence, number - 1)
        try:
            parts = identifiers.parse_practice_certificate(typed)
        except InvalidIdentifierError:
            continue
        if parts.level != _PHYSICIAN_LEVEL:
            yield Finding(
                Doubt.MENTOR_LEVEL,
                f"{head}第1位不是1（执业医师），带教老师应为执业医师，请核对。",
                number - 1,
            )
        if category is not None and parts.category != category.inside_numbers:
            yield Finding(
                Doubt.MENTOR_CATEGORY,
                f"{head}中的类别（第2至3位）与报考类别不符，请核对。",
                number - 1,
            )


def _doubts(check: Callable[[], Checked]) -> tuple[str, ...]:
    """Return the doubts of a check; what is plainly wrong is the business of the rules."""
    try:
        return check().warnings
    except InvalidIdentifierError:
        return ()


def _prefixed(label: str, check: Callable[[], Checked]) -> Iterator[str]:
    for doubt in _doubts(check):
        yield f"{label}：{doubt}"

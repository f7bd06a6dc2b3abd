"""What a clerk enters: plain values, complete or not, right or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

    from models import CertificateType, Conclusion, TrialCertificate

#: More periods than anybody serves in one year, fewer than would fill a page.
MOST_PERIODS: Final = 40


# Neither class has a ``repr`` of its values: they are personal data, which must not reach a log.
@dataclass(frozen=True, repr=False)
class PeriodInput:
    """One stretch of a trial as entered.

    The name of the place counts: one that stands in the library is linked to it (``place_id``).
    """

    place_name: str = ""
    place_id: int | None = None
    department: str = ""
    started_on: dt.date | None = None
    ended_on: dt.date | None = None
    mentor_name: str = ""
    mentor_practice_certificate_number: str = ""
    content: str = ""


@dataclass(frozen=True, repr=False)
class CertificateInput:
    """A certificate as entered; what is missing is empty or ``None``.

    ``form_key`` is drawn when a form for a new certificate is shown, so that the same form sent
    twice makes one certificate.
    """

    exam_year: int | None = None
    certificate_type: CertificateType | None = None
    name: str = ""
    id_document_code: str = ""
    id_number: str = ""
    gender_code: str = ""
    born_on: dt.date | None = None
    ethnic_group_code: str = ""
    education_code: str = ""
    school: str = ""
    major: str = ""
    graduated_on: dt.date | None = None
    phone: str = ""
    exam_category_code: str = ""
    qualification_certificate_number: str | None = None
    practice_certificate_number: str | None = None
    conclusion: Conclusion | None = None
    periods: tuple[PeriodInput, ...] = ()
    form_key: str | None = None


#: The fields of a certificate that a clerk enters, under the same names as on the mapped class.
ENTERED: Final = (
    "exam_year",
    "certificate_type",
    "name",
    "id_document_code",
    "id_number",
    "gender_code",
    "born_on",
    "ethnic_group_code",
    "education_code",
    "school",
    "major",
    "graduated_on",
    "phone",
    "exam_category_code",
    "qualification_certificate_number",
    "practice_certificate_number",
    "conclusion",
)
ENTERED_OF_PERIOD: Final = (
    "place_name",
    "place_id",
    "department",
    "started_on",
    "ended_on",
    "mentor_name",
    "mentor_practice_certificate_number",
    "content",
)


def input_of(certificate: TrialCertificate) -> CertificateInput:
    """Return a stored certificate as if it had just been entered."""
    return CertificateInput(
        **{name: getattr(certificate, name) for name in ENTERED},
        periods=tuple(
            PeriodInput(**{name: getattr(period, name) for name in ENTERED_OF_PERIOD})
            for period in certificate.periods
        ),
    )

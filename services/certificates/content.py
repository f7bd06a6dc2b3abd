"""The canonical content of a certificate: what its 提交编码 vouches for."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from services import signing

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Raised when the printed form changes, so that old papers are known by their form.
TEMPLATE: Final = "2017"

#: Columns of the certificate that are content. Neither its phone nor its state is.
FIELDS: Final = (
    "id",
    "institution_id",
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
    "exam_category_code",
    "qualification_certificate_number",
    "practice_certificate_number",
    "conclusion",
)
#: Columns of a period that are content. Whether its place is linked to the library is not.
FIELDS_OF_PERIOD: Final = (
    "place_name",
    "department",
    "started_on",
    "ended_on",
    "mentor_name",
    "mentor_practice_certificate_number",
    "content",
)


def canonical_content(certificate: Any, periods: Sequence[Any] | None = None) -> dict[str, Any]:
    """Return the content of a certificate as plain values: codes, ISO dates, periods in order.

    ``certificate`` is a ``TrialCertificate`` or a row of its columns ``FIELDS``; in the second case
    the periods come separately, each with ``FIELDS_OF_PERIOD``.
    """
    rows = certificate.periods if periods is None else periods
    return {
        "template": TEMPLATE,
        **{name: _plain(getattr(certificate, name)) for name in FIELDS},
        "periods": [
            {name: _plain(getattr(row, name)) for name in FIELDS_OF_PERIOD} for row in rows
        ],
    }


def sealed_content(certificate: Any) -> str:
    """Return the content for which the present code vouches, as it is kept with the code."""
    return signing.canonical(canonical_content(certificate)).decode()


def content_sealed_by(code: Any) -> dict[str, Any] | None:
    """Return the kept content of a ``SubmissionCode``; ``None`` when it does not vouch for it.

    So it is when somebody has changed it behind the platform's back, and for codes from before
    contents were kept.
    """
    if code.content is None:
        return None
    content: dict[str, Any] = json.loads(code.content)
    is_sealed = signing.is_submission_code(
        code.code, content, exam_year=content["exam_year"], version=code.content_version
    )
    return content if is_sealed else None


def code_of(certificate: Any) -> str:
    """Return the 提交编码 that the content of a certificate makes now, at its version."""
    return signing.submission_code(
        canonical_content(certificate),
        exam_year=certificate.exam_year,
        version=certificate.content_version,
    )


def is_code_of(certificate: Any, code: str, periods: Sequence[Any] | None = None) -> bool:
    """Whether ``code`` is that of the content, by whichever key it was made."""
    return signing.is_submission_code(
        code,
        canonical_content(certificate, periods),
        exam_year=certificate.exam_year,
        version=certificate.content_version,
    )


def _plain(value: object) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        # Also takes an enum's member to its value.
        return str(value).strip()
    return value

"""What the doubts of a certificate are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from models import Doubt, TrialCertificate, TrialPeriod
    from services.certificates.inputs import CertificateInput, PeriodInput


class Finding(NamedTuple):
    """One doubt: its kind, a sentence about this certificate, and the period that it is about."""

    kind: Doubt
    sentence: str
    #: Counted as in ``TrialPeriod``, from 0.
    position: int | None = None


class Stretch(NamedTuple):
    """A period of any certificate of the platform, with no name in it."""

    certificate_id: int
    institution_id: int
    owner_path: str
    exam_year: int
    #: Blind index of the ID number.
    person: str
    position: int
    mentor: str
    started_on: dt.date
    ended_on: dt.date


def periods_of(
    certificate: TrialCertificate | CertificateInput,
) -> Sequence[TrialPeriod | PeriodInput]:
    """Return the periods of a certificate, stored or as entered."""
    return certificate.periods

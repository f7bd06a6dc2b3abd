"""What is doubtful in certificates, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.certificates import doubts

if TYPE_CHECKING:
    from models import Doubt, TrialCertificate
    from services.certificates import CertificateInput


def sentences_of(data: TrialCertificate | CertificateInput) -> list[str]:
    """Return what is doubtful in a certificate by itself, as it is said."""
    return [one.sentence for one in doubts.of_content(data, doubts.Grounds())]


def kept_kinds(certificate: TrialCertificate) -> set[Doubt]:
    """Return the kinds of doubts that the session's actor reads with a stored certificate."""
    return {one.kind for one in doubts.of_certificates([certificate.id]).get(certificate.id, [])}

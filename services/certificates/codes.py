"""The codes of a certificate as kept: the present one, and all that it ever had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from extensions import db
from models import CodeState, SubmissionCode
from services.certificates.content import sealed_content

if TYPE_CHECKING:
    from models import TrialCertificate


def keep_code(certificate: TrialCertificate) -> None:
    """Enter the present code of a stored certificate among all that it ever had."""
    db.session.add(
        SubmissionCode(
            certificate=certificate,
            code=certificate.submission_code,
            content_version=certificate.content_version,
            content=sealed_content(certificate),
            state=CodeState.CURRENT,
        )
    )


def retire_code(code: str, state: CodeState, certificate: TrialCertificate) -> None:
    """Let a code stand for nothing any more."""
    db.session.execute(
        update(SubmissionCode)
        .where(SubmissionCode.code == code, SubmissionCode.certificate_id == certificate.id)
        .values(state=state),
        execution_options={"synchronize_session": "fetch"},
    )

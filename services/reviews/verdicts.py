"""Recording a verdict: 相符, 不符 or 疑似伪造, once for each form, and never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import IntegrityError

from extensions import db
from models import (
    CertificateReview,
    Institution,
    ReviewResult,
    VerificationStatus,
    label_of,
    utc_now,
)
from services import audit, form_keys, scope, signing
from services.audit import AuditTag
from services.errors import DomainError, NotFoundError
from services.permissions import Permission
from services.reasons import check_reason
from services.reviews.desk import find_code, prints_of, said_of, said_of_text, status_of
from services.verification import verify

if TYPE_CHECKING:
    from services.actor import Actor

NOTE_LABEL: Final = "不符的说明"
NOTE_OF_FORGERY: Final = "疑似伪造的说明"
IS_CODE: Final = "说明栏中是一个提交编码。请先登记本份的结论，再扫描下一份。"


def record(
    actor: Actor, code_text: str, result: ReviewResult, note: str, *, form_key: str | None = None
) -> CertificateReview:
    """Record what the reviewer says of the paper with a code of the own part of the tree.

    Only a paper whose code is 有效 at this moment can match; what differs needs a note. The same
    form sent a second time (``form_key``) gives the review of the first time. Raises
    ``NotFoundError`` for a code that lies elsewhere, ``DomainError`` for what is wrong.
    """
    actor.require(Permission.REVIEW_WRITE)
    text = signing.read_code(code_text)
    code = find_code(text, holds=True) if text is not None and signing.has_key_of(text) else None
    if code is None:
        raise NotFoundError
    reason = _checked(note, result)
    values = {"code_id": code.id, "result": result, "note": reason}
    earlier = form_keys.sent_before(CertificateReview, form_key)
    if earlier is not None:
        return form_keys.unchanged(earlier, values)
    if result is ReviewResult.FORGED:
        raise DomainError("该编码是平台出具的，不能登记为“疑似伪造”。请登记“不符”并写明原因。")
    status = status_of(code, prints_of(code))
    if result is ReviewResult.MATCHES and status is not VerificationStatus.VALID:
        raise DomainError(f"该编码现在“{status.label}”，不能登记为“相符”。请登记“不符”并写明原因。")
    review, is_new = _stored(
        actor, CertificateReview(code=code, status=status, result=result, note=reason), form_key
    )
    if is_new:
        changes = [*said_of(code, status), *_said(review)]
        audit.record(actor, AuditTag.REVIEW_RECORD, code.certificate, changes=changes)
    return review


def record_forgery(
    actor: Actor, code_text: str, note: str, *, form_key: str | None = None
) -> CertificateReview:
    """Record that a paper bears a code which the platform never gave (疑似伪造), with a note.

    It is the reviewer's bureau's. The same form sent a second time (``form_key``) gives the review
    of the first time. Raises ``NotFoundError`` for what is no code at all.
    """
    actor.require(Permission.REVIEW_WRITE)
    text = signing.read_code(code_text)
    if text is None:
        raise NotFoundError
    reason = _checked(note, ReviewResult.FORGED)
    values = {"forged_code": text, "result": ReviewResult.FORGED, "note": reason}
    earlier = form_keys.sent_before(CertificateReview, form_key)
    if earlier is not None:
        return form_keys.unchanged(earlier, values)
    status = verify(text).status
    if status is not VerificationStatus.UNKNOWN:
        raise DomainError(f"该编码现在“{status.label}”，是平台出具的，不能登记为“疑似伪造”。")
    office = scope.find(Institution, actor.institution_id)
    review, is_new = _stored(
        actor, CertificateReview(institution=office, status=status, **values), form_key
    )
    if is_new:
        changes = [*said_of_text(text, status), *_said(review)]
        audit.record(actor, AuditTag.REVIEW_RECORD, changes=changes)
    return review


def _stored(
    actor: Actor, review: CertificateReview, form_key: str | None
) -> tuple[CertificateReview, bool]:
    """Sign and store a review; return it, or that of the same form, and whether it is new."""
    review.reviewed_at = utc_now()
    review.actor_id, review.actor_name = actor.administrator_id, audit.name_of(actor)
    review.actor_path, review.office = actor.path, actor.institution_name
    review.form_key = form_key
    try:
        with db.session.begin_nested():
            db.session.add(review)
    except IntegrityError as error:
        return form_keys.made_meanwhile(CertificateReview, form_key, error), False
    return review, True


def _said(review: CertificateReview) -> list[audit.Change]:
    """Return what entries say of the verdict itself."""
    note = [audit.said(label_of(CertificateReview.note), review.note)] if review.note else []
    return [audit.said(label_of(CertificateReview.result), review.result.label), *note]


def _checked(note: str, result: ReviewResult) -> str:
    if result is ReviewResult.MATCHES and not note.strip():
        return ""
    reason = check_reason(note, NOTE_OF_FORGERY if result is ReviewResult.FORGED else NOTE_LABEL)
    if signing.read_code(reason) is not None:
        # The scanner was used while the cursor stood in the note.
        raise DomainError(IS_CODE, field="reason")
    return reason

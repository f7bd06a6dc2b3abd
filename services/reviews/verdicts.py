"""Recording a verdict: 相符 or 不符, once for each form, and never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import IntegrityError

from extensions import db
from models import CertificateReview, ReviewResult, VerificationStatus, label_of, utc_now
from services import audit, form_keys, signing
from services.audit import AuditTag
from services.errors import DomainError, NotFoundError
from services.permissions import Permission
from services.reasons import check_reason
from services.reviews.desk import find_code, prints_of, said_of, status_of

if TYPE_CHECKING:
    from services.actor import Actor

NOTE_LABEL: Final = "不符的说明"
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
    status = status_of(code, prints_of(code))
    if result is ReviewResult.MATCHES and status is not VerificationStatus.VALID:
        raise DomainError(f"该编码现在“{status.label}”，不能登记为“相符”。请登记“不符”并写明原因。")
    review = CertificateReview(
        code=code,
        status=status,
        result=result,
        note=reason,
        reviewed_at=utc_now(),
        actor_id=actor.administrator_id,
        actor_name=audit.name_of(actor),
        actor_path=actor.path,
        office=actor.institution_name,
        form_key=form_key,
    )
    try:
        with db.session.begin_nested():
            db.session.add(review)
    except IntegrityError as error:
        return form_keys.made_meanwhile(CertificateReview, form_key, error)
    changes = [
        *said_of(code, status),
        audit.said(label_of(CertificateReview.result), result.label),
        *([audit.said(label_of(CertificateReview.note), reason)] if reason else []),
    ]
    audit.record(actor, AuditTag.REVIEW_RECORD, code.certificate, changes=changes)
    return review


def _checked(note: str, result: ReviewResult) -> str:
    if result is ReviewResult.MATCHES and not note.strip():
        return ""
    reason = check_reason(note, NOTE_LABEL)
    if signing.read_code(reason) is not None:
        # The scanner was used while the cursor stood in the note.
        raise DomainError(IS_CODE, field="reason")
    return reason

"""Deleting a certificate, and bringing it back out of the institution's recycle bin (回收站).

The row and its codes are kept for ever: a printed code stays known as void. What is brought back
gets a code of a new version.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from extensions import db
from models import (
    CodeState,
    Roster,
    RosterEntry,
    RosterState,
    TrialCertificate,
    label_of,
    utc_now,
)
from services import audit, scope
from services.audit import AuditTag
from services.certificates import doubts
from services.certificates.codes import keep_code, retire_code
from services.certificates.content import code_of
from services.certificates.inputs import input_of
from services.certificates.use_cases import has_twin, require_editable, require_own
from services.errors import DomainError, StaleVersionError
from services.exam_years import entry
from services.permissions import Permission
from services.reasons import check_reason

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from services.actor import Actor

#: So long a deleted certificate can be brought back.
KEPT_FOR: Final = dt.timedelta(days=30)


def delete(actor: Actor, certificate: TrialCertificate, reason: str) -> None:
    """Delete a certificate, which must have a reason; its codes are void from then on."""
    require_own(actor, certificate)
    require_editable(certificate)
    entry.require_open(certificate)
    label = label_of(TrialCertificate.delete_reason)
    text = check_reason(reason, label)
    if _is_on_printed_roster(certificate):
        raise DomainError("该人员已列入打印的花名册，请先作废花名册，再删除。")
    ties = doubts.ties_of(certificate)
    doubts.hold_certificate(certificate.institution_id, ties)
    try:
        with db.session.begin_nested():
            certificate.deleted_at = utc_now()
            certificate.deleted_by = audit.name_of(actor)
            certificate.delete_reason = text
            retire_code(certificate.submission_code, CodeState.VOIDED, certificate)
            changes = [audit.said(label, text)]
            audit.record(actor, AuditTag.CERTIFICATE_DELETE, certificate, changes=changes)
            db.session.flush()
            doubts.keep(certificate, before=ties)
    except StaleDataError as error:
        raise StaleVersionError from error


def restore(actor: Actor, key: object) -> TrialCertificate:
    """Bring a deleted certificate of the actor's own institution back, under a new code.

    Entry for its exam year must be open. Raises ``NotFoundError`` when it does not lie in this bin,
    ``DomainError`` when the time is over or the person was entered again meanwhile.
    """
    actor.require(Permission.CERTIFICATE_WRITE)
    certificate = scope.find(TrialCertificate, key, statement=deleted_by_institution(actor))
    require_own(actor, certificate)
    name = certificate.name
    if not days_left(certificate):
        raise DomainError(f"“{name}”删除已超过{KEPT_FOR.days}天，不能恢复，请重新录入。")
    entry.require_open(certificate)
    taken = DomainError(f"“{name}”删除后又录入了同年度、同类型的考核证明，不能恢复。")
    if has_twin(certificate.institution_id, input_of(certificate), besides=certificate.id):
        raise taken
    doubts.hold_certificate(certificate.institution_id, doubts.ties_of(certificate))
    try:
        with db.session.begin_nested():
            old = certificate.submission_code
            certificate.deleted_at = certificate.deleted_by = certificate.delete_reason = None
            certificate.content_version += 1
            certificate.submission_code = code_of(certificate)
            keep_code(certificate)
            changes = [
                audit.said("原提交编码（已作废）", old),
                audit.said(label_of(TrialCertificate.submission_code), certificate.submission_code),
            ]
            audit.record(actor, AuditTag.CERTIFICATE_RESTORE, certificate, changes=changes)
            db.session.flush()
            doubts.keep(certificate)
    except StaleDataError as error:
        raise StaleVersionError from error
    except IntegrityError:
        # Somebody has entered the person in this moment; the values stay out of the error.
        raise taken from None
    return certificate


def deleted_by_institution(actor: Actor) -> Select[TrialCertificate]:
    """Return the statement of all that the actor's own institution has deleted."""
    return select(TrialCertificate).where(*lies_in_bin_of(actor))


def lies_in_bin_of(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of what the actor's own institution has deleted."""
    return (
        TrialCertificate.deleted_at.is_not(None),
        TrialCertificate.institution_id == actor.institution_id,
    )


def restorable() -> ColumnElement[bool]:
    """Return the condition that a deleted certificate can still be brought back."""
    condition: ColumnElement[bool] = TrialCertificate.deleted_at > utc_now() - KEPT_FOR
    return condition


def days_left(certificate: TrialCertificate) -> int:
    """Return for how many more days a certificate can be brought back, today included."""
    if certificate.deleted_at is None:
        return 0
    left = certificate.deleted_at + KEPT_FOR - utc_now()
    return max(0, -(-left // dt.timedelta(days=1)))


def _is_on_printed_roster(certificate: TrialCertificate) -> bool:
    statement = (
        select(Roster.id)
        .join(RosterEntry, RosterEntry.roster_id == Roster.id)
        .where(
            RosterEntry.certificate_id == certificate.id,
            RosterEntry.is_living,
            Roster.state != RosterState.DRAFT,
        )
    )
    return db.session.scalar(statement.limit(1)) is not None

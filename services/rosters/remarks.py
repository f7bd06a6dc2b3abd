"""What a bureau has found wrong with single people of a roster that it gives back (退回意见)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import CertificateState, Roster, RosterEntry, label_of
from services import audit
from services.errors import DomainError, FieldErrors, NotFoundError
from services.reasons import check_reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models import TrialCertificate

#: The field of a person's remark in forms and errors, with the position on the roster behind it.
FIELD: Final = "remark-"


def check(roster: Roster, reason: str, marks: Mapping[int, str]) -> None:
    """Raise ``FieldErrors`` with all that is wrong with the reasons of a return.

    ``NotFoundError`` for somebody who is not on the roster.
    """
    if not marks.keys() <= {entry.position for entry in roster.entries}:
        raise NotFoundError
    wrong: dict[str, str] = {}
    for field, text, label in [
        ("reason", reason, label_of(Roster.return_reason)),
        *((f"{FIELD}{key}", mark, _label()) for key, mark in marks.items() if mark.strip()),
    ]:
        try:
            check_reason(text, label)
        except DomainError as error:
            wrong[field] = error.message
    if wrong:
        raise FieldErrors(wrong)


def keep(roster: Roster, marks: Mapping[int, str]) -> list[audit.Change]:
    """Store checked remarks with their people; return what the trail says: how many, not what."""
    count = 0
    for entry in roster.entries:
        text = marks.get(entry.position, "").strip()
        if text:
            entry.return_remark = check_reason(text, _label())
            count += 1
    return [audit.said(_label(), f"{count}人")] if count else []


def remark_on(certificate: TrialCertificate) -> str:
    """Return what its bureau said of a person when it last gave a roster with them back.

    Empty where it said nothing, and once the person was handed in again.
    """
    if certificate.state is not CertificateState.COMPLETED:
        return ""
    statement = (
        select(RosterEntry.return_remark)
        .join(Roster, RosterEntry.roster_id == Roster.id)
        .where(
            RosterEntry.certificate_id == certificate.id,
            Roster.return_reason.is_not(None),
        )
        .order_by(RosterEntry.id.desc())
        .limit(1)
    )
    return db.session.scalar(statement) or ""


def _label() -> str:
    return label_of(RosterEntry.return_remark)

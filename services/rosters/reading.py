"""Reading rosters: the bureau's queue, and what has changed since one was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, or_, select

from extensions import db
from models import Institution, Roster, RosterEntry, RosterState, TrialCertificate
from services import signing
from services.institutions.search import clean_keyword
from services.permissions import Permission

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from services.actor import Actor


def changed_since(roster: Roster) -> list[str]:
    """Return the names of the people whose certificate was changed or deleted since, in order."""
    statement = (
        select(TrialCertificate.name)
        .join(RosterEntry, RosterEntry.certificate_id == TrialCertificate.id)
        .where(
            RosterEntry.roster_id == roster.id,
            or_(
                TrialCertificate.submission_code != RosterEntry.submission_code,
                TrialCertificate.deleted_at.is_not(None),
            ),
        )
        .order_by(RosterEntry.position)
    )
    return list(db.session.scalars(statement))


def inbox(actor: Actor) -> Select[Roster]:
    """Return the statement of what was handed in to the actor's bureau.

    What waits for a decision comes first, the oldest at the top; then what was decided.
    """
    actor.require(Permission.ROSTER_FILE)
    waits_first = case((Roster.state == RosterState.SUBMITTED, 0), else_=1)
    return (
        select(Roster)
        .where(Roster.bureau_id == actor.institution_id, Roster.submitted_at.is_not(None))
        .order_by(waits_first, Roster.submitted_at, Roster.id)
    )


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that ``keyword`` is in the institution's name, or is the code.

    A code is understood however it was typed. Raises ``DomainError`` for what cannot be a keyword.
    """
    text = clean_keyword(keyword)
    code = signing.read_code(text)
    if code is not None:
        return Roster.code == code
    named = select(Institution.id).where(Institution.name.contains(text, autoescape=True))
    return Roster.institution_id.in_(named)

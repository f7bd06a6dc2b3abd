"""Reading rosters: whom one waits for, and what has changed since one was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select

from extensions import db
from models import (
    ExamCycle,
    Institution,
    Roster,
    RosterEntry,
    RosterScan,
    RosterState,
    TrialCertificate,
)
from models.roster import NOT_HANDED_IN
from services import exam_years, scope, signing
from services.certificates.spans import covered_days, is_full_year
from services.errors import DomainError
from services.institutions.search import clean_keyword
from services.institutions.tree import bureau_above
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from services.actor import Actor


#: Of a certificate and its entry on a roster.
_HAS_CHANGED: Final = or_(
    TrialCertificate.submission_code != RosterEntry.submission_code,
    TrialCertificate.deleted_at.is_not(None),
)


def changed_since(roster: Roster) -> list[str]:
    """Return the names of the people whose certificate was changed or deleted since, in order."""
    statement = (
        select(TrialCertificate.name)
        .join(RosterEntry, RosterEntry.certificate_id == TrialCertificate.id)
        .where(RosterEntry.roster_id == roster.id, _HAS_CHANGED)
        .order_by(RosterEntry.position)
    )
    return list(db.session.scalars(statement))


def overtaken(rosters: Iterable[Roster]) -> set[int]:
    """Return the keys of those not handed in with somebody changed since, by one query."""
    keys = [roster.id for roster in rosters if roster.state in NOT_HANDED_IN]
    statement = (
        select(RosterEntry.roster_id)
        .join(TrialCertificate, RosterEntry.certificate_id == TrialCertificate.id)
        .where(RosterEntry.roster_id.in_(keys), _HAS_CHANGED)
        .distinct()
    )
    return set(db.session.scalars(statement)) if keys else set()


def days_served(certificates: Iterable[TrialCertificate], exam_year: int) -> dict[int, int]:
    """Return by certificate how many days of trial count for ``exam_year``."""
    cutoff = exam_years.trial_cutoff(exam_year)
    return {one.id: covered_days(one.periods, cutoff) for one in certificates}


def short_of_a_year(roster: Roster) -> list[tuple[str, int]]:
    """Return in order who has served less than the year that is demanded, and how many days."""
    statement = (
        select(TrialCertificate)
        .join(RosterEntry, RosterEntry.certificate_id == TrialCertificate.id)
        .where(RosterEntry.roster_id == roster.id)
        .order_by(RosterEntry.position)
    )
    people = db.session.scalars(statement).unique().all()
    days = days_served(people, roster.exam_year)
    return [(one.name, days[one.id]) for one in people if not is_full_year(days[one.id])]


def naming(certificate: TrialCertificate) -> list[Roster]:
    """Return the rosters with a person that are not handed in and void once the person changes."""
    statement = (
        select(Roster)
        .join(RosterEntry, RosterEntry.roster_id == Roster.id)
        .where(
            RosterEntry.certificate_id == certificate.id,
            RosterEntry.submission_code == certificate.submission_code,
            Roster.state.in_(NOT_HANDED_IN),
        )
        .order_by(Roster.id)
    )
    return list(db.session.scalars(statement))


def find_printed(key: object) -> Roster:
    """Return a roster of which there is a paper; raise ``DomainError`` before its first printing.

    So that nothing is stamped whose content is not fixed yet.
    """
    roster = scope.find(Roster, key)
    if roster.printed_at is None:
        raise DomainError("该花名册尚未打印，没有纸质件。请由生成它的机构在花名册中单击“打印”。")
    return roster


def find_filed(key: object) -> Roster:
    """Return a roster that is on file; raise ``DomainError`` before that, and after it is revoked.

    So that no receipt vouches for what its bureau has taken back.
    """
    roster = scope.find(Roster, key)
    if roster.state is not RosterState.FILED:
        raise DomainError(
            f"该花名册现在是“{roster.state.label}”状态，没有备案回执；备案后才能打印，撤销备案后回执作废。"
        )
    return roster


def heirs(rosters: Iterable[Roster]) -> dict[int, tuple[int, str]]:
    """Return key and name of the bureau that answers for filed rosters whose own is above no more.

    Their institution has come under another one since; nobody else could take a filing back. A
    query for each of those.
    """
    moved = [
        roster
        for roster in rosters
        if roster.state is RosterState.FILED
        and not roster.owner_path.startswith(roster.bureau.path)
    ]
    found = ((roster.id, bureau_above(roster.owner_path)) for roster in moved)
    return {key: bureau for key, bureau in found if bureau is not None}


def lacks_scan(roster: Roster) -> bool:
    """Whether the exam year asks for a scan of the stamped paper and the roster has none."""
    statement = select(ExamCycle.needs_scan).where(ExamCycle.year == roster.exam_year)
    if not db.session.scalar(statement):
        return False
    found = select(RosterScan.id).where(RosterScan.roster_id == roster.id).limit(1)
    return db.session.scalar(found) is None


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a roster waits for the actor's institution to go on with it.

    For a bureau: what was handed in to it and is not decided. For an institution: its own ones
    that are to be printed, handed in or, returned, made anew.
    """
    if actor.may(Permission.ROSTER_FILE):
        return and_(Roster.bureau_id == actor.institution_id, Roster.state == RosterState.SUBMITTED)
    own = Roster.institution_id == actor.institution_id
    return and_(own, Roster.state.in_({*NOT_HANDED_IN, RosterState.RETURNED}))


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

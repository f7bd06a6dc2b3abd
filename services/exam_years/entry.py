"""Whether a certificate may be changed today, and a roster handed in.

What a bureau has given back may be mended after the deadlines: it was there in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from extensions import db
from models import Roster, RosterEntry, RosterState
from models.roster import NOT_HANDED_IN
from services.clock import today
from services.errors import DomainError
from services.exam_years.windows import (
    sentences_of_closed,
    why_closed,
    why_late,
    window,
    windows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models import TrialCertificate
    from services.exam_years.windows import Window


def refusal(institution_id: int, path: str, year: int) -> str:
    """Return why nobody enters people of ``year`` at an institution today; empty when one may."""
    found = window(institution_id, year)
    return why_closed(found, today(), path) if found is not None else ""


def require_open(certificate: TrialCertificate) -> None:
    """Raise ``DomainError`` when a certificate cannot be changed or deleted today."""
    sentence = closed([certificate]).get(certificate.id)
    if sentence:
        raise DomainError(sentence)


def closed(
    certificates: Sequence[TrialCertificate], known: Sequence[Window] | None = None
) -> dict[int, str]:
    """Return why certificates of one institution cannot be changed today, by key.

    ``known`` are the institution's exam years, where somebody has read them already.

    Those that can be are left out. Three queries at the most, whatever their number, unless
    somebody of a closed year stands on a roster that was made anew.
    """
    if not certificates:
        return {}
    first, day = certificates[0], today()
    found = {one.year: one for one in known or windows(first.institution_id)}
    shut = [one for one in certificates if not found[one.exam_year].is_open_on(day)]
    spared = _given_back(one.id for one in shut)
    years = {one.exam_year for one in shut if one.id not in spared}
    sentences = sentences_of_closed([found[year] for year in years], day, first.owner_path)
    return {one.id: sentences[one.exam_year] for one in shut if one.id not in spared}


def require_in_time(roster: Roster) -> None:
    """Raise ``DomainError`` when it is too late to hand in a roster."""
    sentence = lateness(roster)
    if sentence:
        raise DomainError(sentence)


def lateness(roster: Roster) -> str:
    """Return why it is too late to hand in a roster today; empty when it is not.

    One that was made anew after its bureau had given the former one back is never late.
    """
    sentence = lateness_of_new(roster.institution_id, roster.owner_path, roster.exam_year)
    if sentence and returned_before(roster.institution_id, roster.head):
        return ""
    return sentence


def lateness_of_new(institution_id: int, path: str, year: int) -> str:
    """Return why it is too late for a new roster of an institution; empty when it is not."""
    found = window(institution_id, year)
    return why_late(found, today(), path) if found is not None else ""


def returned_before(institution_id: int, head: Mapping[str, str]) -> str:
    """Return why a roster was last given back of which one with this ``head`` was made anew."""
    code = head.get("replaces")
    while code is not None:
        earlier = db.session.execute(
            select(Roster.return_reason, Roster.head).where(
                Roster.institution_id == institution_id, Roster.code == code
            )
        ).one_or_none()
        if earlier is None:
            return ""
        if earlier.return_reason:
            return str(earlier.return_reason)
        code = earlier.head.get("replaces")
    return ""


def _given_back(keys: Iterable[int]) -> set[int]:
    """Return those certificates that stand on a returned roster, or on one made anew from it."""
    wanted = set(keys)
    if not wanted:
        return set()
    rows = db.session.execute(
        select(RosterEntry.certificate_id, Roster.state, Roster.institution_id, Roster.head)
        .join(Roster, RosterEntry.roster_id == Roster.id)
        .where(
            RosterEntry.certificate_id.in_(wanted),
            Roster.state.in_({*NOT_HANDED_IN, RosterState.RETURNED}),
        )
    )
    return {
        row.certificate_id
        for row in rows
        if row.state is RosterState.RETURNED or returned_before(row.institution_id, row.head)
    }

"""The prints of the demo: each certificate was printed with its roster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import CodePrint, RosterState, SubmissionCode
from services import audit
from services.certificates import head_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models import Roster
    from services.actor import Actor

_ON_PAPER: Final = frozenset({RosterState.PRINTED, RosterState.SUBMITTED, RosterState.FILED})


def add_prints(actors: Mapping[int, Actor], rosters: list[Roster]) -> list[CodePrint]:
    """Store a print of each person's present code; ``actors`` by the key of their institution."""
    with db.session.no_autoflush:
        codes = {code.code: code for code in db.session.scalars(select(SubmissionCode))}
        prints = [
            CodePrint(
                code=codes[entry.submission_code],
                printed_at=roster.printed_at,
                head=head_of(entry.certificate),
                actor_id=actor.administrator_id,
                actor_name=audit.name_of(actor),
                actor_path=actor.path,
                office=actor.institution_name,
            )
            for roster in rosters
            if roster.state in _ON_PAPER
            for actor in (actors[roster.institution_id],)
            for entry in roster.entries
        ]
        db.session.add_all(prints)
    return prints

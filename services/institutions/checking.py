"""Checking one field of the record as the user leaves it, before anything is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import Institution
from services.errors import DomainError, NotFoundError
from services.institutions import moves, names
from services.institutions.field_rules import check_value, require_change
from services.reference import CodeTables
from services.scope import find

if TYPE_CHECKING:
    from services.actor import Actor


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a value: what is wrong with it, or what should be looked into."""

    error: str = ""
    doubts: tuple[str, ...] = ()


def check_field(actor: Actor, institution: Institution | None, name: str, value: str) -> Verdict:
    """Return what saving would say of ``value``; ``None`` stands for a new institution.

    For another parent it tells what would move along. Raises ``NotFoundError`` for a field that the
    record does not have and for a parent outside of the scope, ``NotAllowedError`` for a field that
    is not the actor's to change.
    """
    try:
        require_change(actor, institution, name)
    except KeyError:
        raise NotFoundError from None
    parent = find(Institution, value) if name == "parent_id" and value else None
    try:
        checked = check_value(name, value, CodeTables())
        doubts = list(checked.warnings)
        if checked.value:
            doubts += _looked_up(institution, name, checked.value)
        if parent is not None and institution is not None and parent.id != institution.parent_id:
            doubts.append(str(moves.preview(actor, institution, parent)))
    except DomainError as error:
        return Verdict(error=error.message)
    return Verdict(doubts=tuple(doubts))


def _looked_up(institution: Institution | None, name: str, value: str) -> list[str]:
    own = institution.id if institution is not None else None
    if name == "name" and names.is_taken(value, bearer_id=own):
        raise DomainError(names.NAME_TAKEN)
    if name == "organisation_code":
        doubt = names.code_doubt(value, bearer_id=own)
        return [doubt] if doubt else []
    return []

"""Checking one field of the record as the user leaves it, before anything is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import Institution
from services.errors import DomainError, NotFoundError
from services.institutions import moves, names, placing
from services.institutions.editing import OTHER_KIND, kind_of
from services.institutions.field_rules import check_value, require_change
from services.reference import CodeTables
from services.scope import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.actor import Actor


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a value: what is wrong with it, or what should be looked into."""

    error: str = ""
    doubts: tuple[str, ...] = ()


def check_field(
    actor: Actor,
    institution: Institution | None,
    name: str,
    value: str,
    beside: Mapping[str, str] | None = None,
) -> Verdict:
    """Return what saving would say of ``value``; ``None`` stands for a new institution.

    ``beside`` holds what the form has in the fields with which it must agree: the category and the
    parent. For another parent it tells what would move along. Raises ``NotFoundError`` for a field
    that the record does not have and for a parent outside of the scope, ``NotAllowedError`` for a
    field that is not the actor's to change.
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
            doubts += _placed(institution, name, checked.value, beside or {})
        if parent is not None and institution is not None and parent.id != institution.parent_id:
            doubts.append(str(moves.preview(actor, institution, parent)))
    except DomainError as error:
        return Verdict(error=error.message)
    return Verdict(doubts=tuple(doubts))


def _looked_up(institution: Institution | None, name: str, value: str) -> list[str]:
    own = institution.id if institution is not None else None
    if name == "name":
        others = names.other_bearers(value, bearer_id=own)
        if others:
            raise DomainError(names.taken(value, names.within(others)))
    if name == "organisation_code":
        doubt = names.code_doubt(value, bearer_id=own)
        return [doubt] if doubt else []
    return []


def _placed(
    institution: Institution | None, name: str, value: str, beside: Mapping[str, str]
) -> list[str]:
    """Judge category, parent and division together; one alone says little."""
    if name not in {"category_code", "parent_id", "division_code"}:
        return []
    parent = _parent(institution, value if name == "parent_id" else beside.get("parent_id"))
    if parent is None:
        return []
    if name == "division_code":
        doubt = placing.division_doubt(value, parent)
        return [doubt] if doubt else []
    codes = CodeTables()
    present = institution.category_code if institution is not None else None
    category = value if name == "category_code" else beside.get("category_code") or present
    is_kept = institution is not None and (category, parent.id) == (present, institution.parent_id)
    kind = kind_of(codes, category)
    if kind is not None and category and not is_kept:
        if institution is not None and kind is not institution.kind:
            raise DomainError(OTHER_KIND)
        if institution is None:
            moves.require_place(kind, parent)
        placing.require_rank(category, parent)
        if institution is not None and category != present:
            placing.require_new_category(institution, category, parent)
    return []


def _parent(institution: Institution | None, key: str | None) -> Institution | None:
    """Return the parent that the form names, else the present one, if the actor sees it."""
    present = institution.parent_id if institution is not None else None
    try:
        return find(Institution, key or present)
    except NotFoundError:
        return None

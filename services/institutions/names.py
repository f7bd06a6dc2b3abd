"""Names of institutions: present and former ones (曾用名) are unique together across the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import FormerName, Institution
from services import clock
from services.errors import DomainError
from services.numbering import take_turn
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Collection

#: The same sentence whichever side of the wall the other institution lies on.
NAME_TAKEN: Final = "该机构名称已被使用（或为其他机构的曾用名）。"
#: Present and former names stand in two tables, so whoever gives a name takes a turn at it.
NAMES: Final = "institution:names"
#: Names asked for in one statement.
_MOST_AT_ONCE: Final = 500


def require_free(name: str, *, bearer_id: int | None = None) -> None:
    """Raise ``DomainError`` when another institution bears ``name`` or bore it before.

    The institution ``bearer_id`` may have its own names. Holds the platform's turn at names until
    the transaction ends, so that nobody else gives the same name meanwhile.
    """
    take_turn(NAMES)
    present = select(1).where(Institution.name == name)
    former = select(1).where(FormerName.name == name)
    if bearer_id is not None:
        present = present.where(Institution.id != bearer_id)
        former = former.where(FormerName.institution_id != bearer_id)
    # What is pending passes the wall under the actor's own scope.
    db.session.flush()
    with unscoped(Reason.UNIQUENESS):
        taken = any(db.session.scalar(one.limit(1)) is not None for one in (present, former))
    if taken:
        raise DomainError(NAME_TAKEN, field="name")


def bearers(wanted: Collection[str]) -> dict[str, frozenset[int]]:
    """Return which institutions of the whole tree bear or bore each of many names, for an import.

    Names that nobody has are left out. Take the turn at ``NAMES`` before, where it must hold until
    the names are written.
    """
    found: dict[str, set[int]] = {}
    sought = sorted(wanted)
    # What is pending passes the wall under the actor's own scope.
    db.session.flush()
    with unscoped(Reason.UNIQUENESS):
        for start in range(0, len(sought), _MOST_AT_ONCE):
            part = sought[start : start + _MOST_AT_ONCE]
            present = select(Institution.name, Institution.id).where(
                # The index on names holds the living only.
                Institution.name.in_(part),
                Institution.deleted_at.is_(None),
            )
            former = select(FormerName.name, FormerName.institution_id).where(
                FormerName.name.in_(part)
            )
            for name, key in (*db.session.execute(present), *db.session.execute(former)):
                found.setdefault(name, set()).add(key)
    return {name: frozenset(keys) for name, keys in found.items()}


def has_borne(institution: Institution, name: str) -> bool:
    """Whether ``name`` stands among the former names of the institution."""
    statement = select(FormerName.id).where(
        FormerName.institution_id == institution.id, FormerName.name == name
    )
    return db.session.scalar(statement.limit(1)) is not None


def keep(institution: Institution, name: str) -> None:
    """Add ``name``, borne until today, to the former names unless it stands there already."""
    if not has_borne(institution, name):
        db.session.add(FormerName(institution=institution, name=name, used_until=clock.today()))

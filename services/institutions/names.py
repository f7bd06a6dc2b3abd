"""Names of institutions: present and former ones (曾用名) are unique together across the tree.

What lies in the recycle bin holds no name: it may be given anew, and is asked for again when the
institution is restored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import not_, select

from extensions import db
from models import FormerName, Institution, InstitutionName
from models.institution import BIN
from services import clock
from services.errors import DomainError
from services.numbering import take_turn
from services.scope import Reason, subtree, unscoped

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

#: The same sentence whichever side of the wall the other institution lies on.
NAME_TAKEN: Final = "该机构名称已被使用（或为其他机构的曾用名）。"
#: Present and former names stand in two tables, so whoever gives a name takes a turn at it.
NAMES: Final = "institution:names"
#: Names asked for in one statement.
_MOST_AT_ONCE: Final = 500


def name_of(key: int | None) -> str:
    """Return the name of any institution, in the bin too; empty when there is none."""
    return db.session.scalar(select(InstitutionName.name).where(InstitutionName.id == key)) or ""


def require_free(name: str, *, bearer_id: int | None = None) -> None:
    """Raise ``DomainError`` when another institution bears ``name`` or bore it before.

    The institution ``bearer_id`` may have its own names. Holds the platform's turn at names until
    the transaction ends, so that nobody else gives the same name meanwhile.
    """
    take_turn(NAMES)
    if is_taken(name, bearer_id=bearer_id):
        raise DomainError(NAME_TAKEN, field="name")


def is_taken(name: str, *, bearer_id: int | None = None) -> bool:
    """Whether another institution than ``bearer_id`` bears ``name`` or bore it before."""
    present = select(1).where(Institution.name == name, Institution.deleted_at.is_(None))
    former = select(1).where(FormerName.name == name, not_(subtree(FormerName.owner_path, BIN)))
    if bearer_id is not None:
        present = present.where(Institution.id != bearer_id)
        former = former.where(FormerName.institution_id != bearer_id)
    with unscoped(Reason.UNIQUENESS):
        return any(db.session.scalar(one.limit(1)) is not None for one in (present, former))


def bearers(wanted: Collection[str]) -> dict[str, frozenset[int]]:
    """Return which institutions of the whole tree bear or bore each of many names, for an import.

    Names that nobody has are left out. Take the turn at ``NAMES`` before, where it must hold until
    the names are written.
    """
    found: dict[str, set[int]] = {}
    sought = sorted(wanted)
    with unscoped(Reason.UNIQUENESS):
        for start in range(0, len(sought), _MOST_AT_ONCE):
            part = sought[start : start + _MOST_AT_ONCE]
            present = select(Institution.name, Institution.id).where(
                # The index on names holds the living only.
                Institution.name.in_(part),
                Institution.deleted_at.is_(None),
            )
            former = select(FormerName.name, FormerName.institution_id).where(
                FormerName.name.in_(part), not_(subtree(FormerName.owner_path, BIN))
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


def keep(institution: Institution, name: str, until: dt.date | None = None) -> None:
    """Add ``name`` to the former names unless it stands there; it was borne until today or then."""
    if not has_borne(institution, name):
        db.session.add(
            FormerName(institution=institution, name=name, used_until=until or clock.today())
        )


def code_doubt(code: str, *, bearer_id: int | None = None) -> str | None:
    """Return a warning when another living institution has the same 机构代码; ``None`` otherwise.

    Branches of one legal person share its code, so it is no error. The other institution is named
    when it lies within the scope only.
    """
    same = [Institution.organisation_code == code, Institution.deleted_at.is_(None)]
    if bearer_id is not None:
        same.append(Institution.id != bearer_id)
    within = db.session.scalar(select(Institution.name).where(*same).order_by(Institution.id))
    if within is not None:
        return f"该机构代码已登记在“{within}”名下，请核对。"
    with unscoped(Reason.UNIQUENESS):
        elsewhere = db.session.scalar(select(1).where(*same).limit(1))
    return None if elsewhere is None else "该机构代码已登记在其他机构名下，请核对。"

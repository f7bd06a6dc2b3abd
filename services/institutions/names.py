"""Names of institutions: present and former ones (曾用名) are unique together across the tree.

Two names are the same when their keys are (``models.search_text.name_key_of``), so that width,
blanks and kinds of brackets make no second one. The database decides by the same key.

What lies in the recycle bin holds no name: it may be given anew, and is asked for again when the
institution is restored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import not_, or_, select

from extensions import db
from models import FormerName, Institution, InstitutionName, label_of
from models.institution import BIN
from models.search_text import name_key_of
from services import clock
from services.errors import DomainError
from services.numbering import take_turn
from services.parts import in_parts
from services.scope import Reason, subtree, unscoped

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from services.audit import Change

#: What is said of a name that is borne somewhere outside of the scope.
NAME_TAKEN: Final = "该机构名称已被使用（或为其他机构的曾用名）。"
#: Present and former names stand in two tables, so whoever gives a name takes a turn at it.
NAMES: Final = "institution:names"


def name_of(key: int | None) -> str:
    """Return the name of any institution, in the bin too; empty when there is none."""
    return db.session.scalar(select(InstitutionName.name).where(InstitutionName.id == key)) or ""


def require_free(name: str, *, bearer_id: int | None = None) -> None:
    """Raise ``DomainError`` when another institution bears ``name`` or bore it before.

    The institution ``bearer_id`` may have its own names. Holds the platform's turn at names until
    the transaction ends, so that nobody else gives the same name meanwhile.
    """
    others = claim(name, bearer_id=bearer_id)
    if others:
        raise DomainError(taken(name, within(others)), field="name")


def claim(name: str, *, bearer_id: int | None = None) -> frozenset[int]:
    """Return ``other_bearers``; nobody else gives the name until the transaction ends."""
    take_turn(NAMES)
    return other_bearers(name, bearer_id=bearer_id)


def other_bearers(name: str, *, bearer_id: int | None = None) -> frozenset[int]:
    """Return which institutions but ``bearer_id`` bear ``name`` or bore it before."""
    return bearers({name}).get(name, frozenset()) - {bearer_id}


def within(bearers: Collection[int]) -> str | None:
    """Return the name of the first of these institutions that lies within the scope."""
    statement = select(Institution.name).where(Institution.id.in_(bearers)).order_by(Institution.id)
    name: str | None = db.session.scalar(statement.limit(1))
    return name


def taken(name: str, bearer: str | None) -> str:
    """Return the sentence for a name that is borne; ``bearer`` is known within the scope only."""
    if bearer is None:
        return NAME_TAKEN
    if is_same(name, bearer):
        return f"您的管理范围内已有机构“{bearer}”，请核对是否重复。"
    return f"该名称是您管理范围内“{bearer}”的曾用名，请核对是否为同一机构。"


def is_same(one: str, other: str) -> bool:
    """Whether two texts are the same name of an institution."""
    return name_key_of(one) == name_key_of(other)


def bearers(wanted: Collection[str]) -> dict[str, frozenset[int]]:
    """Return which institutions of the whole tree bear or bore each of the names.

    Names that nobody has are left out. Take the turn at ``NAMES`` before, where it must hold until
    the names are written.
    """
    found: dict[str, set[int]] = {}
    key_of = {name: name_key_of(name) for name in wanted}
    sought = sorted(set(key_of.values()))
    with unscoped(Reason.UNIQUENESS):
        for part in in_parts(sought):
            present = select(Institution.name, Institution.id).where(
                # Those without a key are few, and all of them are looked at.
                or_(Institution.name_key.in_(part), Institution.name_key.is_(None)),
                # The index on keys holds the living only.
                Institution.deleted_at.is_(None),
            )
            former = select(FormerName.name, FormerName.institution_id).where(
                or_(FormerName.name_key.in_(part), FormerName.name_key.is_(None)),
                not_(subtree(FormerName.owner_path, BIN)),
            )
            for name, bearer in (*db.session.execute(present), *db.session.execute(former)):
                found.setdefault(name_key_of(name), set()).add(bearer)
    return {name: frozenset(found[key]) for name, key in key_of.items() if key in found}


def has_borne(institution: Institution, name: str) -> bool:
    """Whether ``name`` stands among the former names of the institution."""
    statement = select(FormerName.name).where(FormerName.institution_id == institution.id)
    return any(is_same(name, borne) for borne in db.session.scalars(statement))


def follow_renaming(
    institution: Institution,
    old_name: str,
    borne: Iterable[FormerName],
    *,
    keeps: bool,
    until: dt.date | None = None,
) -> list[Change]:
    """Bring the former names of a renamed institution in line; return what there is to tell.

    ``borne`` are all of them. The present name is none of them any more. With ``keeps`` the old
    name becomes one, borne until ``until`` or until today; only written otherwise, it is no other.
    """
    changes = []
    twin = None
    for former in borne:
        if is_same(former.name, institution.name):
            changes.append(_told(former.name, "", former.used_until))
            db.session.delete(former)
        elif is_same(former.name, old_name):
            twin = former
    if keeps and not is_same(old_name, institution.name):
        last_day = until or clock.today()
        if twin is None:
            db.session.add(FormerName(institution=institution, name=old_name, used_until=last_day))
        else:
            twin.used_until = last_day
        changes.append(_told("", old_name, last_day))
    return changes


def former_names_of(keys: Collection[int]) -> dict[int, list[FormerName]]:
    """Return the former names of institutions of the scope by the institution's key; one query."""
    found: dict[int, list[FormerName]] = {}
    statement = select(FormerName).where(FormerName.institution_id.in_(keys))
    for former in db.session.scalars(statement.order_by(FormerName.id)):
        found.setdefault(former.institution_id, []).append(former)
    return found


def _told(old: str, new: str, until: dt.date | None) -> Change:
    dated = f"（停用日期：{until}）" if until is not None else ""
    return {
        "label": label_of(FormerName.name),
        "old": old + dated if old else "",
        "new": new + dated if new else "",
    }


def code_doubt(code: str, *, bearer_id: int | None = None) -> str | None:
    """Return a warning when another living institution has the same 机构代码; ``None`` otherwise.

    Branches of one legal person share its code, so it is no error. The other institution is named
    when it lies within the scope only.
    """
    others = code_bearers({code}).get(code, [])
    others = [key for key in others if key != bearer_id]
    return code_twin(within(others)) if others else None


def code_twin(bearer: str | None) -> str:
    """Return the warning that ``bearer``, or some institution out of the scope, has the code."""
    named = f"“{bearer}”" if bearer is not None else "其他机构"
    return f"该机构代码已登记在{named}名下，请核对。"


def code_bearers(codes: Collection[str]) -> dict[str, list[int]]:
    """Return which living institutions of the whole tree have each of these 机构代码."""
    found: dict[str, list[int]] = {}
    wanted = sorted(codes)
    with unscoped(Reason.UNIQUENESS):
        for part in in_parts(wanted):
            statement = (
                select(Institution.organisation_code, Institution.id)
                .where(
                    Institution.organisation_code.in_(part),
                    Institution.deleted_at.is_(None),
                )
                .order_by(Institution.id)
            )
            for code, key in db.session.execute(statement):
                found.setdefault(code or "", []).append(key)
    return found

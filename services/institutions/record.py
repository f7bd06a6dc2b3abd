"""The record of an institution as a whole: who may change it, and the lock that freezes it.

The record is name, category, reporting line, details, former names and licences. A locked record is
read-only for everybody, its superiors included, until it is unlocked by the office that locked it,
or by one above that: whoever stands lower does not undo what a higher one has verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import aliased

from extensions import db
from models import AuditEntry, AuditResult, Institution, InstitutionName, utc_now
from services import audit
from services.audit import AuditTag
from services.errors import (
    DomainError,
    LockedError,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from services.permissions import Permission
from services.reasons import check_reason
from services.scope import Reason, count_visible, subtree, unscoped

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement

    from services.actor import Actor

NOT_TO_UNLOCK: Final = "“{name}”由“{office}”锁定，只能由“{office}”或其上级解锁。"


def trains_people(institution: Institution) -> bool:
    """Whether people on trial may be entered there: everywhere but at a bureau."""
    return not institution.is_bureau


def require_superior(actor: Actor, institution: Institution) -> None:
    """Raise unless the institution lies strictly below the actor's own node."""
    if actor.is_at(institution.path):
        raise NotAllowedError(
            "不能对本机构执行此操作；名称、类别和信息上报由上级机构修改，锁定和删除由上级机构办理。"
        )
    if not actor.is_above(institution.path):
        raise NotFoundError


def require_record_keeper(actor: Actor, institution: Institution) -> None:
    """Raise unless the actor may change details of the own record, or of a lower one."""
    if actor.is_at(institution.path):
        actor.require(Permission.INSTITUTION_OWN)
    elif actor.is_above(institution.path):
        actor.require(Permission.INSTITUTION_WRITE)
    else:
        raise NotFoundError


def require_changeable(actor: Actor, institution: Institution) -> None:
    """Raise unless the actor may change details of the record, and it is not locked."""
    require_record_keeper(actor, institution)
    require_unlocked(institution)


def require_unlocked(institution: Institution) -> None:
    """Raise ``LockedError`` when the record is locked; it names the office that locked it."""
    if institution.is_locked:
        raise locked_error(institution.id)


def locked_error(key: int) -> LockedError:
    """Return the error that the record of an institution is locked, and by whom."""
    name = _office_of(key)
    if name is None:
        return LockedError()
    return LockedError(f"该机构信息已锁定，不能修改；如需修改，请先由“{name}”或其上级解锁。")


def _office_of(key: int) -> str | None:
    """Return the name of the office that has locked the record of an institution."""
    office = db.session.scalar(select(Institution.locked_by_id).where(Institution.id == key))
    return db.session.scalar(select(InstitutionName.name).where(InstitutionName.id == office))


def hold_unlocked(institution: Institution) -> None:
    """Keep the record from being locked or moved by others until this transaction ends.

    Raises ``LockedError`` when it is locked already, ``StaleVersionError`` when it has moved, and
    ``NotFoundError`` when it was deleted or moved out of the scope.
    """
    path = db.session.scalar(
        update(Institution)
        .where(Institution.id == institution.id, Institution.locked_at.is_(None))
        # Nothing changes; the row is only held.
        .values(updated_at=Institution.updated_at)
        .returning(Institution.path),
        execution_options={"synchronize_session": False},
    )
    if path is None:
        if not count_visible(Institution, Institution.id == institution.id):
            raise NotFoundError
        raise locked_error(institution.id)
    if path != institution.path:
        raise StaleVersionError


def lock(actor: Actor, institutions: Sequence[Institution]) -> None:
    """Lock all of the records, which lie below the own node and are open, or none of them."""
    _switch(actor, institutions, to_locked=True)


def unlock(actor: Actor, institutions: Sequence[Institution], *, reason: str) -> None:
    """Unlock all of the records, which lie below the own node and are locked, or none of them.

    Raises ``NotAllowedError``, naming the office, when a higher one has locked one of them. The
    trail keeps the reason, which must be given: what was verified may change from now on.
    """
    text = check_reason(reason, "解锁原因")
    _switch(
        actor,
        institutions,
        to_locked=False,
        changes=[audit.said("解锁原因", text)],
    )


def only_locks_since(institution: Institution, version: int) -> bool:
    """Whether nothing but locking and unlocking has happened to a record since ``version``.

    Every act that makes a new version leaves one entry, so that the last ones tell.
    """
    number = institution.version - version
    if version < 1 or number < 1:
        return False
    acts = (AuditTag.INSTITUTION_UPDATE, AuditTag.INSTITUTION_MOVE, AuditTag.INSTITUTION_RESTORE)
    locks = {AuditTag.INSTITUTION_LOCK.value, AuditTag.INSTITUTION_UNLOCK.value}
    statement = (
        select(AuditEntry.tag)
        .where(
            AuditEntry.institution_id == institution.id,
            AuditEntry.object_type == Institution.__name__,
            AuditEntry.object_id == institution.id,
            AuditEntry.result == AuditResult.DONE,
            AuditEntry.tag.in_([*locks, *(act.value for act in acts)]),
        )
        .order_by(AuditEntry.id.desc())
        .limit(number)
    )
    with unscoped(Reason.HISTORY):
        last = db.session.scalars(statement).all()
    return len(last) == number and set(last) <= locks


def unlockable(actor: Actor, institutions: Sequence[Institution]) -> set[int]:
    """Return the keys of those locked records that the actor may unlock.

    Load ``locked_by`` with its ``path`` before: it is asked for one by one otherwise.
    """
    if not actor.may(Permission.INSTITUTION_LOCK):
        return set()
    return {
        row.id
        for row in institutions
        if row.is_locked
        and actor.is_above(row.path)
        and (row.locked_by is None or row.locked_by.path.startswith(actor.path))
    }


def _locked_from_here(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a record was locked by the actor's node or by one below it."""
    office = aliased(Institution)
    offices = select(office.id).where(subtree(office.path, actor.path))
    return or_(Institution.locked_by_id.is_(None), Institution.locked_by_id.in_(offices))


def _switch(
    actor: Actor,
    institutions: Sequence[Institution],
    *,
    to_locked: bool,
    changes: Sequence[audit.Change] = (),
) -> None:
    actor.require(Permission.INSTITUTION_LOCK)
    if not institutions:
        raise DomainError("请先选择机构。")
    for institution in institutions:
        require_superior(actor, institution)
    keys = {institution.id for institution in institutions}
    before = (
        (Institution.locked_at.is_(None),)
        if to_locked
        else (Institution.locked_at.is_not(None), _locked_from_here(actor))
    )
    with db.session.begin_nested():
        changed = db.session.scalars(
            update(Institution)
            .where(Institution.id.in_(keys), *before)
            .values(
                locked_at=utc_now() if to_locked else None,
                locked_by_id=actor.institution_id if to_locked else None,
                # A form that was opened before the lock must not be saved after it.
                version=Institution.version + 1,
                updated_at=Institution.updated_at,
            )
            .returning(Institution.id),
            execution_options={"synchronize_session": False},
        ).all()
        if len(changed) != len(keys):
            if not to_locked:
                _refuse_locks_from_above(actor, keys)
            state = "已锁定" if to_locked else "未锁定"
            raise DomainError(f"所选机构中有{state}的机构，未做任何更改；请刷新列表后重新选择。")
        for institution in dict.fromkeys(institutions):
            db.session.expire(institution)
            audit.record(
                actor,
                AuditTag.INSTITUTION_LOCK if to_locked else AuditTag.INSTITUTION_UNLOCK,
                institution,
                changes=changes,
            )


def _refuse_locks_from_above(actor: Actor, keys: Collection[int]) -> None:
    """Raise ``NotAllowedError`` when an office above the actor has locked one of the records."""
    found = db.session.execute(
        select(Institution.name, Institution.id)
        .where(
            Institution.id.in_(keys), Institution.locked_at.is_not(None), ~_locked_from_here(actor)
        )
        .order_by(Institution.path)
    ).first()
    if found is not None:
        raise NotAllowedError(NOT_TO_UNLOCK.format(name=found.name, office=_office_of(found.id)))

"""The record of an institution as a whole: who may change it, and the lock that freezes it.

The record is name, category, reporting line, details, former names and licences. A locked record is
read-only for everybody, its superiors included, until a superior unlocks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import update

from extensions import db
from models import Institution, utc_now
from services import audit
from services.audit import AuditTag
from services.errors import (
    DomainError,
    LockedError,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from services.identifiers import InvalidIdentifierError, check_text
from services.permissions import Permission
from services.scope import count_visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.actor import Actor

LONGEST_REASON: Final = 500


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


def require_unlocked(institution: Institution) -> None:
    """Raise ``LockedError`` when the record is locked."""
    if institution.is_locked:
        raise LockedError


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
        raise LockedError
    if path != institution.path:
        raise StaleVersionError


def lock(actor: Actor, institutions: Sequence[Institution]) -> None:
    """Lock all of the records, which lie below the own node and are open, or none of them."""
    _switch(actor, institutions, to_locked=True)


def unlock(actor: Actor, institutions: Sequence[Institution], *, reason: str) -> None:
    """Unlock all of the records, which lie below the own node and are locked, or none of them.

    The trail keeps the reason, which must be given: what was verified may change from now on.
    """
    text = _checked_reason(reason)
    _switch(
        actor,
        institutions,
        to_locked=False,
        changes=[{"label": "解锁原因", "old": "", "new": text}],
    )


def _checked_reason(reason: str) -> str:
    try:
        text = check_text(reason, label="解锁原因", max_length=LONGEST_REASON, multiline=True).value
    except InvalidIdentifierError as error:
        raise DomainError(str(error), field="reason") from None
    if not text:
        raise DomainError("请填写解锁原因。", field="reason")
    return text


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
    before = Institution.locked_at.is_(None) if to_locked else Institution.locked_at.is_not(None)
    with db.session.begin_nested():
        changed = db.session.scalars(
            update(Institution)
            .where(Institution.id.in_(keys), before)
            .values(
                locked_at=utc_now() if to_locked else None,
                # A form that was opened before the lock must not be saved after it.
                version=Institution.version + 1,
                updated_at=Institution.updated_at,
            )
            .returning(Institution.id),
            execution_options={"synchronize_session": False},
        ).all()
        if len(changed) != len(keys):
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

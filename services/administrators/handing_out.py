"""重置密码, 解除绑定: one-time passwords, which the superior hands out and never chooses.

A 系统管理员 manages accounts and hands out no password: it would open what he may not see. An
account that he has made, reset or unbound has a password that nobody knows, and waits for an
operator of its node or of one above to reset it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import AuditEntry, AuditResult, utc_now
from services import (
    audit,
    factors,
    notices,
    one_time_codes,
    outbox,
    password_handover,
    passwords,
    reachability,
)
from services.administrators.managing import require_manageable
from services.audit import AuditTag
from services.errors import DomainError
from services.own_account import password as own_password
from services.permissions import Permission
from services.saving import saving
from services.sessions import end_sessions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models import Administrator
    from services.actor import Actor

_WAY: Final = "方式"
#: What an account holds whose owner is to bind a phone anew.
_NO_PHONE: Final[Mapping[str, object]] = {"phone": None, "must_bind_phone": True}
#: How long a one-time password may be used.
ONE_TIME_PASSWORD_LASTS: Final = dt.timedelta(days=7)


def reset_password(actor: Actor, administrator: Administrator) -> None:
    """Give an account a new one-time password, which waits for the actor, and end its sessions.

    The password is collected once (``password_handover``), is dead after seven days and must be
    changed at the first sign-in. The owner is told by SMS. An actor who may not hand it out gets
    none.
    """
    require_manageable(actor, administrator, not_oneself="重置密码；请使用“修改密码”")
    changes = _leave_password(actor, administrator)
    notices.password_reset(administrator)
    audit.record(actor, AuditTag.ADMINISTRATOR_RESET, administrator, changes=changes)


def collect_password(actor: Actor, administrator: Administrator) -> str | None:
    """Return the one-time password that the actor has just made, the first time it is asked for."""
    require_manageable(actor, administrator)
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    password = password_handover.collect(actor, administrator)
    if password is not None:
        _record_way(actor, administrator, "显示")
    return password


@dataclass(frozen=True)
class Collected:
    """When, by whom and in which way a one-time password was collected."""

    at: dt.datetime
    who: str
    way: str


def password_waits(actor: Actor, administrator: Administrator) -> bool:
    """Whether the actor may still collect the one-time password that he has made."""
    require_manageable(actor, administrator)
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    return password_handover.waits(actor, administrator)


def collected(actor: Actor, administrator: Administrator) -> Collected | None:
    """Return how the present one-time password of an account was collected, if it was.

    It stands in the trail. Whoever acted from above the actor's node is named by office only.
    """
    until = administrator.initial_password_until
    if until is None:
        return None
    entry = db.session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.object_type == type(administrator).__name__,
            AuditEntry.object_id == administrator.id,
            AuditEntry.tag == AuditTag.ADMINISTRATOR_SECRET.value,
            AuditEntry.result == AuditResult.DONE,
            # Those before are of a former password.
            AuditEntry.at >= until - ONE_TIME_PASSWORD_LASTS,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    if entry is None:
        return None
    is_known = audit.is_known_operator(actor, entry.actor_path)
    return Collected(
        at=entry.at,
        who=entry.actor_name if is_known else entry.institution_name,
        way="、".join(one["new"] for one in entry.changes if one["label"] == _WAY),
    )


def send_password(actor: Actor, administrator: Administrator) -> None:
    """Send the one-time password that the actor has just made to the account's own phone.

    It is shown to nobody any more. Raises ``DomainError`` when there is no gateway, no phone or no
    password.
    """
    require_manageable(actor, administrator)
    actor.require(Permission.ADMINISTRATOR_ISSUE)
    if not outbox.has_gateway():
        raise DomainError("平台未开通短信，不能短信发送；请在密码页上单击“显示密码”。")
    if not administrator.has_phone:
        raise DomainError("该用户未绑定手机号，不能短信发送。")
    password = password_handover.collect(actor, administrator)
    if password is None:
        raise DomainError("一次性密码已显示或发送过，或已失效，不能再次发送。")
    notices.one_time_password(administrator, password)
    _record_way(actor, administrator, "短信发送给用户本人")


def unbind(actor: Actor, administrator: Administrator) -> None:
    """Detach phone, app and keys from an account whose owner has lost them or has left.

    No code reaches the phone any more and the sessions end. A new one-time password waits for the
    actor: whoever signs in with it binds a new phone (or app, or key) before anything else.
    """
    require_manageable(actor, administrator, not_oneself="解除绑定")
    reachability.require_another_phone(actor, administrator)
    found = factors.of(administrator.id)
    if not (found.has_phone or found.has_totp or found.keys):
        raise DomainError("该用户未绑定手机号、动态口令或USBKEY。")
    former = administrator.phone
    changes = _leave_password(actor, administrator, **_NO_PHONE)
    _forget_factors(administrator)
    notices.phone_replaced(administrator, former)
    audit.record(actor, AuditTag.ADMINISTRATOR_UNBIND, administrator, changes=changes)


def begin_anew(actor: Actor, administrator: Administrator, *, keeps_phone: bool) -> None:
    """Let nothing go on by which the owner has proved who he is; the sessions end.

    For whoever becomes an operator, say: until now the account was the affair of people who may not
    see what operators see, and one of them may hold its password, phone or app (``opening``). A new
    one-time password waits for the actor; without ``keeps_phone`` a phone is bound at the first
    sign-in.
    """
    former = administrator.phone
    changes = _leave_password(actor, administrator, **({} if keeps_phone else _NO_PHONE))
    _forget_factors(administrator)
    if not keeps_phone:
        notices.phone_replaced(administrator, former)
    audit.record(actor, AuditTag.ADMINISTRATOR_RESET, administrator, changes=changes)


def handed_out_until(actor: Actor) -> dt.datetime | None:
    """Return how long a password that ``actor`` makes is good for; ``None``: nobody is told it."""
    return utc_now() + ONE_TIME_PASSWORD_LASTS if _issues(actor) else None


def leave_password(actor: Actor, administrator: Administrator, password: str) -> None:
    """Let ``actor`` collect a password, if he may hand it out; else nobody will ever know it."""
    if _issues(actor):
        password_handover.leave(actor, administrator, password)
    else:
        password_handover.forget(administrator)


def _issues(actor: Actor) -> bool:
    return actor.may(Permission.ADMINISTRATOR_ISSUE)


def hand_out(administrator: Administrator, **values: object) -> tuple[str, list[audit.Change]]:
    """Give an account a one-time password and ``values``, and end its sessions.

    Returns the password, of which only the hash is stored, and the changes. Whether it may be done
    is the caller's business, and so is the trail.
    """
    password = passwords.one_time_password()
    password_hash = passwords.hash_password(password)
    with saving():
        own_password.remember(administrator)
        administrator.password_hash = password_hash
        administrator.password_changed_at = None
        administrator.must_change_password = True
        administrator.initial_password_until = utc_now() + ONE_TIME_PASSWORD_LASTS
        for name, value in values.items():
            setattr(administrator, name, value)
        changes = audit.changes_of(administrator)
    end_sessions_of(administrator)
    return password, changes


def recover(administrator: Administrator) -> tuple[str, list[audit.Change]]:
    """Do as ``hand_out``, for an account that no superior can help: its factors go, too.

    The owner is told at the phone that was bound before.
    """
    former = administrator.phone
    password, changes = hand_out(administrator, **_NO_PHONE)
    _forget_factors(administrator)
    notices.recovered(administrator, former)
    return password, changes


def _record_way(actor: Actor, administrator: Administrator, way: str) -> None:
    changes = [audit.said(_WAY, way)]
    audit.record(actor, AuditTag.ADMINISTRATOR_SECRET, administrator, changes=changes)


def _leave_password(
    actor: Actor, administrator: Administrator, **values: object
) -> list[audit.Change]:
    until = handed_out_until(actor)
    password, changes = hand_out(administrator, initial_password_until=until, **values)
    leave_password(actor, administrator, password)
    return changes


def _forget_factors(administrator: Administrator) -> None:
    factors.forget_all(administrator.id)
    one_time_codes.void(administrator.id)

"""动态口令, USBKEY and 恢复码: the account's owner registers and removes them.

The last factor that the account is required to show cannot be removed by its owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extensions import db
from models import Administrator, AuthMethod
from services import audit, factors, scope, security_policy, sessions
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors
from services.factors import keys, recovery, totp
from services.own_account import confirm, record_wrong_code, require_lacking
from services.permissions import Permission
from services.steps import BINDING_STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import SecurityKey
    from services.actor import Actor
    from services.factors.keys import RelyingParty
    from services.sessions import Origin


def keys_of(actor: Actor) -> Sequence[SecurityKey]:
    """Return the security keys of the actor's account."""
    return keys.list_of(actor.administrator_id)


def begin_totp(actor: Actor, origin: Origin, password: str) -> str:
    """Return the secret for the actor's app once the password is right; base 32."""
    administrator = confirm(actor, origin, password, AuditTag.SESSION_TOTP_ADD)
    if factors.of(administrator.id).has_totp:
        raise DomainError("已登记动态口令；如要更换，请先停用。")
    return totp.draft(administrator.id)


def confirm_totp(actor: Actor, code: str) -> None:
    """Let the app count from now on, since ``code`` shows that it has the secret.

    Raises ``FieldErrors`` on ``totp_code``.
    """
    actor.require(Permission.ACCOUNT_OWN)
    if not totp.confirm(actor.administrator_id, code):
        record_wrong_code(actor, AuditTag.SESSION_TOTP_ADD, "动态口令不正确")
        raise FieldErrors({"totp_code": "动态口令不正确，请输入应用上当前显示的6位数字。"})
    _record(actor, AuditTag.SESSION_TOTP_ADD)
    _prove(actor, AuthMethod.PASSWORD_TOTP)


def remove_totp(actor: Actor, origin: Origin, password: str) -> None:
    """Take the app from the actor's account."""
    administrator = confirm(actor, origin, password, AuditTag.SESSION_TOTP_REMOVE)
    # In a savepoint, so that a refusal leaves the app where it was.
    with db.session.begin_nested():
        had_one = totp.forget(administrator.id)
        _require_enough(actor)
    if had_one:
        _record(actor, AuditTag.SESSION_TOTP_REMOVE)


def begin_key(actor: Actor, origin: Origin, party: RelyingParty, password: str) -> str:
    """Return what the browser hands to a new key, as JSON, once the password is right."""
    administrator = confirm(actor, origin, password, AuditTag.SESSION_KEY_ADD)
    return keys.registration_options(
        party,
        administrator_id=administrator.id,
        username=administrator.username,
        browser=origin.browser,
    )


def add_key(actor: Actor, origin: Origin, party: RelyingParty, name: str, answer: str) -> None:
    """Register the key that gave ``answer``, which was asked for by ``begin_key``."""
    actor.require(Permission.ACCOUNT_OWN)
    require_lacking(actor)
    key = keys.register(
        party,
        administrator_id=actor.administrator_id,
        browser=origin.browser,
        name=name,
        answer=answer,
    )
    _record(actor, AuditTag.SESSION_KEY_ADD, key.name)
    _prove(actor, AuthMethod.PASSWORD_USBKEY)


def remove_key(actor: Actor, origin: Origin, password: str, key_id: int) -> None:
    """Take a key from the actor's account; raises ``NotFoundError`` for one that it has not."""
    administrator = confirm(actor, origin, password, AuditTag.SESSION_KEY_REMOVE)
    with db.session.begin_nested():
        name = keys.remove(administrator.id, key_id)
        _require_enough(actor)
    _record(actor, AuditTag.SESSION_KEY_REMOVE, name)


def new_recovery_codes(actor: Actor, origin: Origin, password: str) -> list[str]:
    """Return ten new recovery codes to keep on paper; the former ones are worthless."""
    administrator = confirm(actor, origin, password, AuditTag.SESSION_RECOVERY)
    found = factors.of(administrator.id)
    if not (found.has_totp or found.keys):
        raise DomainError("请先登记动态口令或USBKEY，再生成恢复码。")
    codes = recovery.issue(administrator.id)
    _record(actor, AuditTag.SESSION_RECOVERY)
    return codes


def _prove(actor: Actor, method: AuthMethod) -> None:
    """Let the session count for what it has just bound; what others had begun with less ends."""
    sessions.prove(actor, method)
    if actor.step in BINDING_STEPS:
        account = scope.find(Administrator, actor.administrator_id)
        sessions.end_sessions_of(account, spare=actor.session_id)


def _require_enough(actor: Actor) -> None:
    """Raise when nothing would be left to sign in with."""
    found = factors.of(actor.administrator_id)
    least = security_policy.required_of(actor)
    if not found.suffice(least):
        raise DomainError(f"您的账号须验证“{least.label}”，请先登记新的，再删除这一个。")
    if not (found.has_totp or found.keys):
        recovery.forget(actor.administrator_id)


def _record(actor: Actor, tag: AuditTag, name: str = "") -> None:
    changes = [audit.said("名称", name)] if name else []
    audit.record(actor, tag, scope.find(Administrator, actor.administrator_id), changes=changes)

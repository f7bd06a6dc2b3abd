"""修改密码: the account's owner chooses a new password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select
from sqlalchemy.orm.exc import StaleDataError

from extensions import db
from models import Administrator, FormerPassword, InstitutionName, utc_now
from services import (
    audit,
    one_time_codes,
    password_rules,
    passwords,
    security_policy,
    sessions,
)
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors, NotAllowedError, StaleVersionError
from services.own_account import confirm
from services.scope import ancestors
from services.steps import Step

if TYPE_CHECKING:
    from models import AuthMethod
    from services.actor import Actor
    from services.password_rules import Rules
    from services.sessions import Origin

#: The steps at which a password may be chosen; the others come before.
_ALLOWED: Final = frozenset({None, Step.INITIAL_PASSWORD, Step.EXPIRED_PASSWORD})


def rules_for(actor: Actor) -> tuple[Rules, AuthMethod]:
    """Return the rules for the actor's password, and the 认证类型 by which they are read."""
    policy = security_policy.current()
    method = policy.required(actor.auth_method, actor.kind)
    return password_rules.RULES[policy.password_profile], method


def _names_of_line(actor: Actor) -> list[str]:
    """Return the names of the actor's institution and of all above: they hold its places."""
    paths = [actor.path, *ancestors(actor.path)]
    return list(
        db.session.scalars(select(InstitutionName.name).where(InstitutionName.path.in_(paths)))
    )


def change(actor: Actor, origin: Origin, old: str, new: str) -> None:
    """Replace the actor's password; the other sessions of the account end.

    Raises ``FieldErrors`` on ``old_password`` and ``new_password``, and ``TooManyAttemptsError``
    after five wrong old passwords. The caller commits also then, so that they stay counted.
    """
    if actor.step not in _ALLOWED:
        raise NotAllowedError("请先完成上一步，再修改密码。")
    administrator = confirm(actor, origin, old, AuditTag.SESSION_PASSWORD, field="old_password")
    rules, method = rules_for(actor)
    try:
        password_rules.check(
            new,
            rules,
            method=method,
            username=administrator.username,
            words=(
                administrator.full_name,
                administrator.phone or "",
                administrator.email or "",
                *_names_of_line(actor),
            ),
        )
        _require_new(administrator, new, rules)
    except DomainError as error:
        raise FieldErrors({"new_password": error.message}) from None
    remember(administrator)
    administrator.password_hash = passwords.hash_password(new)
    administrator.password_changed_at = utc_now()
    administrator.must_change_password = False
    administrator.initial_password_until = None
    changes = audit.changes_of(administrator)
    try:
        db.session.flush()
    except StaleDataError:
        raise StaleVersionError from None
    sessions.end_sessions_of(administrator, spare=actor.session_id)
    one_time_codes.void(administrator.id)
    audit.record(actor, AuditTag.SESSION_PASSWORD, administrator, changes=changes)


def remember(administrator: Administrator) -> None:
    """Keep the hash of a password that is about to be replaced, if its owner had chosen it.

    As many are kept as the strictest rules look back to.
    """
    if administrator.must_change_password:
        return
    db.session.add(
        FormerPassword(administrator_id=administrator.id, password_hash=administrator.password_hash)
    )
    db.session.flush()
    kept = (
        select(FormerPassword.id)
        .where(FormerPassword.administrator_id == administrator.id)
        .order_by(FormerPassword.id.desc())
        .limit(max(rules.history for rules in password_rules.RULES.values()))
    )
    db.session.execute(
        delete(FormerPassword).where(
            FormerPassword.administrator_id == administrator.id, FormerPassword.id.not_in(kept)
        ),
        execution_options={"synchronize_session": False},
    )


def _require_new(administrator: Administrator, new: str, rules: Rules) -> None:
    if passwords.verify_password(administrator.password_hash, new):
        raise DomainError("新密码不能与原密码相同。")
    former = db.session.scalars(
        select(FormerPassword.password_hash)
        .where(FormerPassword.administrator_id == administrator.id)
        .order_by(FormerPassword.id.desc())
        .limit(rules.history)
    ).all()
    if any(passwords.verify_password(stored, new) for stored in former):
        raise DomainError(f"新密码不能与最近{rules.history}次用过的密码相同。")

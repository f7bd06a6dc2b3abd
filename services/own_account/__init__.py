"""What every account does with itself (安全设置): password, phone, factors, sessions.

Whoever changes how the account proves itself shows the password again: a browser left alone is no
way to take an account over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models import Administrator, AuditResult
from models.administrator import fold_username
from services import attempt_limits, audit, entry_budget, passwords, scope
from services.errors import DomainError, FieldErrors
from services.factors import of as factors_of
from services.permissions import Permission
from services.steps import BINDING_STEPS
from services.throttle import TooManyAttemptsError

if TYPE_CHECKING:
    from services.actor import Actor
    from services.audit import AuditTag
    from services.sessions import Origin

#: Entries of wrong codes that an account leaves in a quarter of an hour.
MOST_WRONG_CODES: Final = 20


BOUND_MEANWHILE: Final = (
    "该账号已在别处登记，请退出后重新登录。如非您本人操作，请立即联系上级管理机构。"
)


def require_lacking(actor: Actor) -> None:
    """Raise ``DomainError`` when a session has to bind what the account has got meanwhile.

    Somebody else with the same password was faster; it has to be shown, not bound once more.
    """
    method = BINDING_STEPS.get(actor.step) if actor.step is not None else None
    if method is not None and factors_of(actor.administrator_id).has(method):
        raise DomainError(BOUND_MEANWHILE)


def confirm(
    actor: Actor, origin: Origin, password: str, tag: AuditTag, *, field: str = "password"
) -> Administrator:
    """Return the actor's account once ``password`` has proved to be its own.

    ``tag`` is the act that fails otherwise, for the trail. Raises ``FieldErrors`` on ``field``, and
    ``TooManyAttemptsError`` after five wrong passwords. The caller commits also then, so that they
    stay counted: an open session is no way to guess. A session that has just shown it, and can do
    nothing but bind a factor, is not asked again.
    """
    actor.require(Permission.ACCOUNT_OWN)
    if actor.step in BINDING_STEPS:
        require_lacking(actor)
        return scope.find(Administrator, actor.administrator_id)
    administrator = scope.find(Administrator, actor.administrator_id)
    try:
        counted = attempt_limits.take(fold_username(actor.username), actor.administrator_id, origin)
    except TooManyAttemptsError as error:
        if error.is_first:
            _record_failure(actor, tag, administrator, attempt_limits.reason_of(error))
        raise
    if not passwords.verify_password(administrator.password_hash, password):
        _record_failure(actor, tag, administrator, "密码不正确")
        label = "原密码" if field == "old_password" else "当前密码"
        raise FieldErrors({field: f"{label}不正确。"})
    counted.forget()
    return administrator


def record_wrong_code(actor: Actor, tag: AuditTag, reason: str) -> None:
    """Record that a code for the act ``tag`` was wrong; of very many only the first ones."""
    changes = entry_budget.changes_within(
        "wrong code",
        actor.administrator_id,
        changes=audit.because(reason),
        at_most=MOST_WRONG_CODES,
        window=attempt_limits.WINDOW,
    )
    if changes is not None:
        account = scope.find(Administrator, actor.administrator_id)
        audit.record(actor, tag, account, result=AuditResult.FAILED, changes=changes)


def _record_failure(actor: Actor, tag: AuditTag, account: Administrator, reason: str) -> None:
    audit.record(actor, tag, account, result=AuditResult.FAILED, changes=audit.because(reason))

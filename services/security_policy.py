"""安全策略: which factor each kind of node needs at least, and by which rules passwords are judged.

The setting can raise what an account's own 认证类型 asks for, never lower it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Bundle

from extensions import db
from models import (
    AuthMethod,
    Institution,
    InstitutionKind,
    PasswordProfile,
    SecurityPolicy,
    SignInSession,
    utc_now,
)
from services import audit, auth_methods
from services.audit import AuditTag
from services.errors import DomainError, StaleVersionError
from services.permissions import Permission
from services.saving import saving
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from sqlalchemy import CursorResult

    from services.actor import Actor

#: The key of the only row.
_ONLY: Final = 1
_UNSYNCHRONISED: Final = {"synchronize_session": False}

#: What ``Policy`` is made of, in its order; read along by whoever needs it at every request.
COLUMNS: Final[Bundle[Any]] = Bundle(
    "policy",
    SecurityPolicy.password_profile,
    SecurityPolicy.bureau_method,
    SecurityPolicy.institution_method,
    SecurityPolicy.version,
)


@dataclass(frozen=True)
class Policy:
    """What holds at present; ``version`` is 0 while nobody has set anything."""

    password_profile: PasswordProfile
    bureau_method: AuthMethod
    institution_method: AuthMethod
    version: int = 0

    def least(self, kind: InstitutionKind) -> AuthMethod:
        """Return the weakest 认证类型 that an account at a node of ``kind`` may use."""
        return self.bureau_method if kind is InstitutionKind.BUREAU else self.institution_method

    def required(self, own: AuthMethod, kind: InstitutionKind) -> AuthMethod:
        """Return what an account with the 认证类型 ``own`` must show at a node of ``kind``."""
        return AuthMethod.stronger(auth_methods.effective(own), self.least(kind))


def current() -> Policy:
    """Return the policy that holds now."""
    row = db.session.execute(select(COLUMNS).where(SecurityPolicy.id == _ONLY)).one_or_none()
    return of_row(row) if row is not None else _default()


def of_row(row: Any) -> Policy:
    """Return the policy that was read along with something else, as ``COLUMNS``."""
    found = row.policy
    if found.version is None:
        return _default()
    return Policy(
        found.password_profile,
        auth_methods.effective(found.bureau_method),
        auth_methods.effective(found.institution_method),
        found.version,
    )


def required_of(actor: Actor) -> AuthMethod:
    """Return what the actor's account must show at the least."""
    return current().required(actor.auth_method, actor.kind)


def change(actor: Actor, wanted: Policy) -> int:
    """Set the policy and return how many sessions ended because they had shown too little.

    ``wanted.version`` is the version that the actor saw. Raises ``StaleVersionError`` when somebody
    else has changed it since, ``DomainError`` when the actor's own session would end.
    """
    check(actor, wanted)
    row = db.session.scalar(select(SecurityPolicy).where(SecurityPolicy.id == _ONLY))
    if row is not None and row.version != wanted.version:
        # Somebody else was faster, since the version was looked at.
        raise StaleVersionError
    before = _default()
    if row is None and replace(wanted, version=0) == before:
        return 0
    with saving(("pk_security_policies", "security_policies.id"), StaleVersionError()):
        if row is None:
            row = SecurityPolicy(
                id=_ONLY,
                password_profile=before.password_profile,
                bureau_method=before.bureau_method,
                institution_method=before.institution_method,
            )
            db.session.add(row)
            db.session.flush()
        row.password_profile = wanted.password_profile
        row.bureau_method = wanted.bureau_method
        row.institution_method = wanted.institution_method
        changes = audit.changes_of(row)
    if not changes:
        return 0
    audit.record(actor, AuditTag.SECURITY_POLICY, row, changes=changes)
    return sum(_end_weaker(kind, wanted.least(kind)) for kind in InstitutionKind)


def check(actor: Actor, wanted: Policy) -> None:
    """Raise what ``change`` would raise of ``wanted``, and change nothing."""
    actor.require(Permission.SECURITY_SETTINGS)
    if current().version != wanted.version:
        raise StaleVersionError
    if not {wanted.bureau_method, wanted.institution_method} <= set(auth_methods.choosable()):
        raise DomainError(auth_methods.NO_SMS)
    _require_own_method(actor, wanted)


def _require_own_method(actor: Actor, wanted: Policy) -> None:
    """Whoever sets the policy has shown what it asks for: nobody locks the platform by mistake."""
    with unscoped(Reason.SIGN_IN):
        shown = db.session.scalar(
            select(SignInSession.method).where(SignInSession.id == actor.session_id)
        )
    least = wanted.least(actor.kind)
    if (shown or AuthMethod.PASSWORD).strength < least.strength:
        raise DomainError(
            f"您本次登录的方式低于“{least.label}”。请先按该方式重新登录，再提高要求。",
            field="bureau_method",
        )


def _end_weaker(kind: InstitutionKind, least: AuthMethod) -> int:
    weaker = [method for method in AuthMethod if method.strength < least.strength]
    with unscoped(Reason.SIGN_IN):
        nodes = select(Institution.id).where(Institution.kind == kind)
        result = db.session.execute(
            update(SignInSession)
            .where(
                SignInSession.ended_at.is_(None),
                SignInSession.method.in_(weaker),
                SignInSession.institution_id.in_(nodes),
            )
            .values(ended_at=utc_now()),
            execution_options=_UNSYNCHRONISED,
        )
    return cast("CursorResult[Any]", result).rowcount


def _default() -> Policy:
    """Return what holds where nobody has set anything."""
    least = AuthMethod(current_app.config["LEAST_AUTH_METHOD"])
    return Policy(PasswordProfile.DENGBAO, least, least)

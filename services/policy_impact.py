"""What raising 安全策略 would do to whom, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from extensions import db
from models import (
    Administrator,
    AuthMethod,
    Institution,
    InstitutionKind,
    SecurityKey,
    SignInSession,
    TotpSecret,
)
from services import security_policy, sessions

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from services.actor import Actor
    from services.security_policy import Policy


@dataclass(frozen=True)
class Impact:
    """What a kind of node is asked for in future, and how many accounts and sessions lack it."""

    kind: InstitutionKind
    least: AuthMethod
    #: Accounts that have to register the factor when they sign in next.
    accounts: int
    #: Living sessions that end at once.
    sessions: int


def of(actor: Actor, wanted: Policy) -> list[Impact]:
    """Return what ``wanted`` would do, by kind of node; nothing where it asks for no more than now.

    Raises what ``security_policy.change`` raises. Its reader is at the first bureau and sees all.
    """
    security_policy.check(actor, wanted)
    now = security_policy.current()
    return [
        _impact(kind, wanted.least(kind))
        for kind in InstitutionKind
        if wanted.least(kind).strength > now.least(kind).strength
    ]


def _impact(kind: InstitutionKind, least: AuthMethod) -> Impact:
    weaker = [method for method in AuthMethod if method.strength < least.strength]
    nodes = select(Institution.id).where(Institution.kind == kind)
    accounts = select(func.count(Administrator.id)).where(
        Administrator.institution_id.in_(nodes),
        Administrator.is_enabled,
        Administrator.deleted_at.is_(None),
        # The others have to show it already.
        Administrator.auth_method.in_(weaker),
        *(~has for has in _ways(least)),
    )
    ending = select(func.count(SignInSession.id)).where(
        SignInSession.institution_id.in_(nodes),
        SignInSession.method.in_(weaker),
        *sessions.living(),
    )
    return Impact(kind, least, db.session.scalar(accounts) or 0, db.session.scalar(ending) or 0)


def _ways(least: AuthMethod) -> list[ColumnElement[bool]]:
    """Return the conditions under which an account has ``least`` or something stronger."""
    ways: dict[AuthMethod, ColumnElement[bool]] = {
        AuthMethod.PASSWORD_SMS: Administrator.phone_index.is_not(None),
        AuthMethod.PASSWORD_TOTP: exists().where(
            TotpSecret.administrator_id == Administrator.id, TotpSecret.confirmed_at.is_not(None)
        ),
        AuthMethod.PASSWORD_USBKEY: exists().where(
            SecurityKey.administrator_id == Administrator.id
        ),
    }
    return [has for method, has in ways.items() if method.strength >= least.strength]

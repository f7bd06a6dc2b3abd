"""The account's own sessions and what has happened to it lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select

from extensions import db
from models import Administrator, AuditEntry, SignInSession
from services import audit, scope, sessions
from services.audit import AuditTag
from services.errors import NotFoundError, require
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.actor import Actor

#: How many events the page shows.
MOST_EVENTS: Final = 20


def living(actor: Actor) -> Sequence[SignInSession]:
    """Return the account's living sessions, the one last used first."""
    return db.session.scalars(
        select(SignInSession)
        .where(SignInSession.administrator_id == actor.administrator_id, *sessions.living())
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
    ).all()


def end(actor: Actor, key: object) -> None:
    """End one other session of the actor's account; raises ``NotFoundError``."""
    actor.require(Permission.ACCOUNT_OWN)
    row = scope.find(SignInSession, key)
    if row.administrator_id != actor.administrator_id:
        raise NotFoundError
    require(row.id != actor.session_id, "这是您正在使用的登录；请用右上角的“退出”。")
    sessions.end_own(actor, row.id)
    _record(actor)


def end_others(actor: Actor) -> int:
    """End all sessions of the actor's account but the present one; return how many."""
    actor.require(Permission.ACCOUNT_OWN)
    account = scope.find(Administrator, actor.administrator_id)
    ended = sessions.end_sessions_of(account, spare=actor.session_id)
    if ended:
        _record(actor)
    return ended


def events(actor: Actor) -> Sequence[AuditEntry]:
    """Return what concerned the security of the actor's account lately, the newest first."""
    own = AuditEntry.actor_id == actor.administrator_id
    about = and_(
        AuditEntry.object_type == Administrator.__name__,
        AuditEntry.object_id == actor.administrator_id,
    )
    tags = [
        tag.value for tag in AuditTag if tag.value.partition(":")[0] in {"session", "administrator"}
    ]
    return db.session.scalars(
        select(AuditEntry)
        .where(or_(and_(own, AuditEntry.object_type == ""), about), AuditEntry.tag.in_(tags))
        .order_by(AuditEntry.id.desc())
        .limit(MOST_EVENTS)
    ).all()


def _record(actor: Actor) -> None:
    account = scope.find(Administrator, actor.administrator_id)
    audit.record(actor, AuditTag.SESSION_END_OWN, account)

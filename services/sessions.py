"""Sign-in sessions: a random token in the cookie, its hash in a row, looked up at every request."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Bundle

from extensions import db
from models import Administrator, Institution, SignInSession, utc_now
from services import audit
from services.actor import actor_of
from services.audit import AuditTag
from services.permissions import Permission
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from sqlalchemy import CursorResult, Row

    from services.actor import Actor

    #: A row that holds ``ACCOUNT``, and perhaps more.
    AccountRow = Row[*tuple[Any, ...]]

IDLE: Final = dt.timedelta(minutes=30)
ABSOLUTE: Final = dt.timedelta(hours=12)
#: How far the recorded last activity may lag behind, so that not every page view is a write.
TOUCH_EVERY: Final = dt.timedelta(minutes=1)

_DEVICE_LENGTH: Final = 200
_ADDRESS_LENGTH: Final = 45
_UNSYNCHRONISED: Final = {"synchronize_session": False}

#: What an actor is made of: columns, not rows, since rows stay in the session behind the wall.
ACCOUNT: Final[tuple[Bundle[Any], ...]] = (
    Bundle(
        "who",
        Administrator.id,
        Administrator.username,
        Administrator.full_name,
        Administrator.role,
        Administrator.must_change_password,
    ),
    Bundle("where", Institution.id, Institution.name, Institution.path, Institution.kind),
)


@dataclass(frozen=True)
class Origin:
    """Where a request comes from; ``browser`` is the random secret in the browser's cookie."""

    address: str
    browser: str
    device: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Resumed:
    """A live session: its actor, and whether its last activity should be written down again."""

    actor: Actor
    needs_touch: bool


def open_session(actor: Actor, origin: Origin) -> str:
    """Record that ``actor``, who has just proved who they are, signs in; return the token.

    Only its hash is stored. Whoever puts the token into the cookie empties the cookie before.
    """
    token = secrets.token_urlsafe(32)
    now = utc_now()
    with unscoped(Reason.SIGN_IN):
        db.session.add(
            SignInSession(
                institution_id=actor.institution_id,
                owner_path=actor.path,
                token_hash=_hash(token),
                administrator_id=actor.administrator_id,
                created_at=now,
                last_seen_at=now,
                address=origin.address[:_ADDRESS_LENGTH],
                device=origin.device[:_DEVICE_LENGTH],
            )
        )
        db.session.flush()
        db.session.execute(
            update(Administrator)
            .where(Administrator.id == actor.administrator_id)
            # Signing in is no edit: a form that somebody has open stays valid.
            .values(last_signed_in_at=now, updated_at=Administrator.updated_at),
            execution_options=_UNSYNCHRONISED,
        )
    audit.record(actor, AuditTag.SESSION_SIGN_IN)
    return token


def resume(token: str, *, address: str = "", request_id: str = "") -> Resumed | None:
    """Return the session of a cookie's token, or ``None`` when there is none that still counts.

    It does not count when it was ended, idle for 30 minutes or open for 12 hours, or when its
    account was disabled or deleted. Reads only; see ``touch``.
    """
    now = utc_now()
    statement = (
        select(SignInSession.id.label("session_id"), SignInSession.last_seen_at, *ACCOUNT)
        .join(Administrator, SignInSession.administrator_id == Administrator.id)
        .join(Institution, Administrator.institution_id == Institution.id)
        .where(
            SignInSession.token_hash == _hash(token),
            SignInSession.ended_at.is_(None),
            SignInSession.created_at > now - ABSOLUTE,
            SignInSession.last_seen_at > now - IDLE,
            Administrator.is_enabled,
            Administrator.deleted_at.is_(None),
        )
    )
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        row = db.session.execute(statement).one_or_none()
    if row is None:
        return None
    actor = actor_of(
        row.who, row.where, session_id=row.session_id, address=address, request_id=request_id
    )
    return Resumed(actor, needs_touch=now - row.last_seen_at >= TOUCH_EVERY)


def touch(actor: Actor) -> None:
    """Record that the actor's session is in use; belongs into a short transaction of its own."""
    _update(
        SignInSession.id == actor.session_id,
        SignInSession.ended_at.is_(None),
        last_seen_at=utc_now(),
    )


def rotate(actor: Actor) -> str:
    """Give the actor's session a new token and return it; the old one is worthless from now on."""
    token = secrets.token_urlsafe(32)
    _update(SignInSession.id == actor.session_id, token_hash=_hash(token))
    return token


def end_session(actor: Actor) -> None:
    """Sign the actor out of the session at hand."""
    actor.require(Permission.ACCOUNT_OWN)
    ended = _update(
        SignInSession.id == actor.session_id,
        SignInSession.ended_at.is_(None),
        ended_at=utc_now(),
    )
    if ended:
        audit.record(actor, AuditTag.SESSION_SIGN_OUT)


def end_sessions_of(administrator: Administrator, *, spare: int | None = None) -> int:
    """End all sessions of an account (but the one with the key ``spare``); return how many.

    For disabling, resetting, unbinding, deleting: the next request of each is refused. The caller
    has found ``administrator`` through the wall; its sessions end wherever they began.
    """
    conditions = [
        SignInSession.administrator_id == administrator.id,
        SignInSession.ended_at.is_(None),
    ]
    if spare is not None:
        conditions.append(SignInSession.id != spare)
    return _update(*conditions, ended_at=utc_now())


def _update(*conditions: Any, **values: Any) -> int:
    """Change sessions by one conditional UPDATE and return how many it found."""
    # Without autoflush: what the caller has pending must pass the wall under its own scope.
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        result = db.session.execute(
            update(SignInSession).where(*conditions).values(**values),
            execution_options=_UNSYNCHRONISED,
        )
    return cast("CursorResult[Any]", result).rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

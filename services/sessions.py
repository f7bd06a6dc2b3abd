"""Sign-in sessions: a random token in the cookie, its hash in a row, looked up at every request."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import bindparam, delete, select, true, update
from sqlalchemy.orm import Bundle

from extensions import db
from models import (
    Administrator,
    AuthMethod,
    Institution,
    PendingSignIn,
    SecurityPolicy,
    SignInSession,
    utc_now,
)
from services import audit, scope, security_policy, steps
from services.actor import actor_of
from services.audit import AuditTag
from services.factors import totp
from services.permissions import Permission
from services.scope import Reason, unscoped
from services.tokens import hash_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, CursorResult, Row, Select

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
        Administrator.auth_method,
        Administrator.must_change_password,
        Administrator.must_bind_phone,
        Administrator.password_changed_at,
    ),
    Bundle("where", Institution.id, Institution.name, Institution.path, Institution.kind),
)


@dataclass(frozen=True)
class Origin:
    """Where a request comes from.

    ``browser`` is the random secret in the browser's cookie, new after each sign-in; ``device_id``
    the one that stays for a year, by which an account knows a browser again.
    """

    address: str
    browser: str = field(repr=False)
    device: str = ""
    device_id: str = field(default="", repr=False)
    request_id: str = ""

    @property
    def device_hash(self) -> str:
        """What is stored of ``device_id``."""
        return hash_token(self.device_id) if self.device_id else ""


@dataclass(frozen=True)
class Resumed:
    """A live session: its actor, and since when and how lately it is in use."""

    actor: Actor
    created_at: dt.datetime
    last_seen_at: dt.datetime

    @property
    def needs_touch(self) -> bool:
        """Whether the last activity should be written down again."""
        return utc_now() - self.last_seen_at >= TOUCH_EVERY

    @property
    def ends_at(self) -> dt.datetime:
        """When it ends if nothing more is asked."""
        return min(self.created_at + ABSOLUTE, self.last_seen_at + IDLE)

    @property
    def cannot_be_prolonged(self) -> bool:
        """Whether it ends at ``ends_at`` however much it is used until then."""
        return self.created_at + ABSOLUTE <= self.last_seen_at + IDLE

    def touched(self) -> Resumed:
        """Return the same session as used right now."""
        return replace(self, last_seen_at=utc_now())


#: What the trail says of a sign-in without the factor that the account has bound.
BY_RECOVERY: Final = "用户名密码+恢复码（代替动态口令或USBKEY）"


def open_session(
    actor: Actor,
    origin: Origin,
    method: AuthMethod = AuthMethod.PASSWORD,
    *,
    by_recovery: bool = False,
) -> str:
    """Record that ``actor``, who has just proved who they are, signs in; return the token.

    ``method`` is what was shown, or what a recovery code stood for (``by_recovery``); one browser
    at a time binds a factor that is missing. Only the hash of the token is stored. Whoever puts the
    token into the cookie empties the cookie before.
    """
    token = secrets.token_urlsafe(32)
    now = utc_now()
    if actor.step in steps.BINDING_STEPS:
        _begin_binding_anew(actor, method)
    with unscoped(Reason.SIGN_IN):
        db.session.add(
            SignInSession(
                institution_id=actor.institution_id,
                owner_path=actor.path,
                token_hash=hash_token(token),
                administrator_id=actor.administrator_id,
                created_at=now,
                last_seen_at=now,
                method=method,
                address=origin.address[:_ADDRESS_LENGTH],
                last_address=origin.address[:_ADDRESS_LENGTH],
                device=origin.device[:_DEVICE_LENGTH],
                device_hash=origin.device_hash,
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
    way = BY_RECOVERY if by_recovery else method.label
    shown = [audit.said("登录方式", way)]
    audit.record(actor, AuditTag.SESSION_SIGN_IN, changes=shown)
    return token


def living(now: dt.datetime | None = None) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a session still counts."""
    moment = now or utc_now()
    return _living(moment - ABSOLUTE, moment - IDLE)


def _living(created: Any, seen: Any) -> tuple[ColumnElement[bool], ...]:
    """Return these conditions for the moments after which it must have been opened, and used."""
    return (
        SignInSession.ended_at.is_(None),
        SignInSession.created_at > created,
        SignInSession.last_seen_at > seen,
    )


@cache
def _resumed() -> Select[Any]:
    """Return the statement of ``resume``, made once: every request asks it."""
    return (
        select(
            SignInSession.id.label("session_id"),
            SignInSession.created_at,
            SignInSession.last_seen_at,
            SignInSession.method,
            security_policy.COLUMNS,
            *ACCOUNT,
        )
        .join(Administrator, SignInSession.administrator_id == Administrator.id)
        .join(Institution, Administrator.institution_id == Institution.id)
        .join(SecurityPolicy, true(), isouter=True)
        .where(
            SignInSession.token_hash == bindparam("token"),
            *_living(bindparam("created"), bindparam("seen")),
            Administrator.is_enabled,
            Administrator.deleted_at.is_(None),
        )
    )


def resume(token: str, *, address: str = "", request_id: str = "") -> Resumed | None:
    """Return the session of a cookie's token, or ``None`` when there is none that still counts.

    It does not count when it was ended, idle for 30 minutes or open for 12 hours, or when its
    account was disabled or deleted. Reads only; see ``touch``.
    """
    now = utc_now()
    given = {"token": hash_token(token), "created": now - ABSOLUTE, "seen": now - IDLE}
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        row = db.session.execute(_resumed(), given).one_or_none()
    if row is None:
        return None
    actor = actor_of(
        row.who,
        row.where,
        session_id=row.session_id,
        step=steps.step_of(row.who, row.where.kind, security_policy.of_row(row), row.method),
        address=address,
        request_id=request_id,
    )
    return Resumed(actor, created_at=row.created_at, last_seen_at=row.last_seen_at)


def touch(actor: Actor) -> None:
    """Record that the actor's session is in use; belongs into a short transaction of its own."""
    _update(
        SignInSession.id == actor.session_id,
        SignInSession.ended_at.is_(None),
        last_seen_at=utc_now(),
        last_address=actor.address[:_ADDRESS_LENGTH],
    )


def prove(actor: Actor, method: AuthMethod) -> None:
    """Record that the session has shown a stronger factor than it began with."""
    weaker = [one for one in AuthMethod if one.strength < method.strength]
    _update(SignInSession.id == actor.session_id, SignInSession.method.in_(weaker), method=method)


def rotate(actor: Actor) -> str:
    """Give the actor's session a new token and return it; the old one is worthless from now on."""
    token = secrets.token_urlsafe(32)
    _update(SignInSession.id == actor.session_id, token_hash=hash_token(token))
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
    # Whoever stands between password and second factor has shown a password that may be gone.
    with db.session.no_autoflush:
        db.session.execute(
            delete(PendingSignIn).where(PendingSignIn.administrator_id == administrator.id),
            execution_options=_UNSYNCHRONISED,
        )
    return _update(*conditions, ended_at=utc_now())


def end_below(path: str) -> int:
    """End all sessions at or below a node that has just moved; return how many.

    Whoever works there has other superiors now, and signs in anew to see it.
    """
    return _update(
        scope.subtree(SignInSession.owner_path, path),
        SignInSession.ended_at.is_(None),
        ended_at=utc_now(),
    )


def end_own(actor: Actor, session_id: int) -> None:
    """End one session of the actor's own account."""
    _update(
        SignInSession.id == session_id,
        SignInSession.administrator_id == actor.administrator_id,
        SignInSession.ended_at.is_(None),
        ended_at=utc_now(),
    )


def end_listed(actor: Actor, keys: Sequence[int]) -> int:
    """End sessions of others that the actor has found through the wall (强制下线); return how many.

    The next request of each is refused. Sessions of the actor's own account are not touched.
    """
    actor.require(Permission.SESSION_END)
    return _update(
        SignInSession.id.in_(keys),
        SignInSession.administrator_id != actor.administrator_id,
        SignInSession.ended_at.is_(None),
        ended_at=utc_now(),
    )


def _begin_binding_anew(actor: Actor, method: AuthMethod) -> None:
    """End what others have begun with the same password, and take back what they were shown."""
    no_more = [one for one in AuthMethod if one.strength <= method.strength]
    _update(
        SignInSession.administrator_id == actor.administrator_id,
        SignInSession.method.in_(no_more),
        SignInSession.ended_at.is_(None),
        ended_at=utc_now(),
    )
    totp.forget_draft(actor.administrator_id)


def _update(*conditions: Any, **values: Any) -> int:
    """Change sessions by one conditional UPDATE and return how many it found."""
    # Without autoflush: what the caller has pending must pass the wall under its own scope.
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        result = db.session.execute(
            update(SignInSession).where(*conditions).values(**values),
            execution_options=_UNSYNCHRONISED,
        )
    return cast("CursorResult[Any]", result).rowcount

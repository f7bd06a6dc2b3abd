"""Who makes this request: Flask-Login over our own sign-in sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import abort, g, has_request_context, request
from flask_login import UserMixin, current_user
from sqlalchemy.exc import OperationalError

from extensions import db, login_manager
from models import utc_now
from models.engine import writing
from services import sessions

if TYPE_CHECKING:
    from flask import Flask

    from services.actor import Actor
    from services.sessions import Resumed

#: What pages ask by themselves, time and again.
_ASKED_BY_SCRIPT: Final = frozenset({"own_account.session", "jobs.status"})


class SignedIn(UserMixin):
    """An account at work, as Flask-Login wants it; its id is the token of its session."""

    def __init__(self, token: str, actor: Actor, resumed: Resumed | None = None) -> None:
        """Keep the token, the actor to whom it belongs, and what is known of its session."""
        self.token = token
        self.actor = actor
        self.resumed = resumed

    def get_id(self) -> str:
        """Return what Flask-Login puts into the cookie."""
        return self.token


@dataclass(frozen=True)
class TimeLeft:
    """For how long a session lives on if nothing more is asked."""

    seconds: int
    #: Whether using it does not prolong it any more.
    is_last: bool


def register(app: Flask) -> None:
    """Tell Flask-Login how to find the account of a cookie, and pages how long it stays."""
    app.jinja_env.globals["time_left"] = time_left
    login_manager.user_loader(_load)
    # "strong" would sign people out whose network changes their address.
    login_manager.session_protection = "basic"


def current_actor() -> Actor | None:
    """Return the actor of this request, or ``None`` for a stranger or a session that has ended."""
    if not has_request_context():
        return None
    actor: Actor | None = getattr(current_user, "actor", None)
    return actor


def require_actor() -> Actor:
    """Return the actor of this request; 401 where the gate has let a stranger through."""
    actor = current_actor()
    if actor is None:
        abort(401)
    return actor


def time_left(*, is_touched: bool = False) -> TimeLeft:
    """Return for how long the session of this request lives on.

    ``is_touched``: this request has just written down that it is in use.
    """
    resumed: Resumed | None = getattr(current_user, "resumed", None)
    if resumed is None:
        # This request has begun it, or there is none.
        return TimeLeft(int(sessions.IDLE.total_seconds()), is_last=False)
    if is_touched:
        resumed = resumed.touched()
    seconds = int((resumed.ends_at - utc_now()).total_seconds())
    return TimeLeft(seconds, is_last=resumed.cannot_be_prolonged)


def _load(token: str) -> SignedIn | None:
    found = sessions.resume(
        token, address=request.remote_addr or "", request_id=g.get("request_id", "")
    )
    if found is None:
        return None
    # A page that asks how its session or its jobs stand does not keep the session alive by that.
    if found.needs_touch and request.endpoint not in _ASKED_BY_SCRIPT:
        _touch(found.actor)
        found = found.touched()
    return SignedIn(token, found.actor, found)


def _touch(actor: Actor) -> None:
    """Write the last activity down in a transaction of its own, so that a GET stays read-only.

    It comes first in the request, when nothing is pending yet. That another writer is slow is no
    reason to refuse a page.
    """
    db.session.commit()
    try:
        with writing():
            sessions.touch(actor)
            db.session.commit()
    except OperationalError:
        db.session.rollback()

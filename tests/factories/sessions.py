"""Sign-in sessions, and browsers that are signed in without going through the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from extensions import db
from models import AuthMethod, SignInSession
from services import sessions
from services.actor import actor_of
from services.scope import Reason, unscoped
from services.sessions import Origin
from services.tokens import hash_token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from models import Administrator

ADDRESS = "192.0.2.1"


def make_origin(browser: str = "browser-one", **values: Any) -> Origin:
    """Return where a request comes from."""
    return Origin(**{"address": ADDRESS, "browser": browser, "device": "test", **values})


def make_session(administrator: Administrator) -> str:
    """Open a session of ``administrator``, who has shown what it takes; return its token.

    Whoever comes with a one-time password has shown that.
    """
    shown = AuthMethod(administrator.auth_method)
    if administrator.must_change_password:
        shown = AuthMethod.PASSWORD
    with unscoped(Reason.MAINTENANCE):
        actor = actor_of(administrator, administrator.institution, address=ADDRESS)
        token = sessions.open_session(actor, make_origin(), shown)
        db.session.flush()
    return token


def session_key(token: str) -> int:
    """Return the key of the session behind a token."""
    with unscoped(Reason.MAINTENANCE):
        return db.session.execute(
            select(SignInSession.id).where(SignInSession.token_hash == hash_token(token))
        ).scalar_one()


def sign_in(client: FlaskClient, administrator: Administrator) -> str:
    """Give the browser ``client`` the cookie of a new session; return the session's token."""
    token = make_session(administrator)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return token

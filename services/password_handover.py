"""From the act that made a one-time password to the page that shows it: once, to one person.

The password stands in no address, cookie or log; until it is shown, or for a few minutes, it stands
encrypted in a row that the showing deletes.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete

from extensions import db
from models import PasswordHandover, utc_now
from services.upsert import insert_for

if TYPE_CHECKING:
    from models import Administrator
    from services.actor import Actor

#: The page follows the act at once; a slow network gets its time.
LIFETIME: Final = dt.timedelta(minutes=10)
_UNSYNCHRONISED: Final = {"synchronize_session": False}


def leave(actor: Actor, administrator: Administrator, password: str) -> None:
    """Let ``actor`` collect the password of a stored account; a former one is forgotten.

    So is whatever was not collected in time, of whichever account.
    """
    db.session.execute(
        delete(PasswordHandover).where(PasswordHandover.expires_at <= utc_now()),
        execution_options=_UNSYNCHRONISED,
    )
    values = {
        "recipient_id": actor.administrator_id,
        "password": password,
        "expires_at": utc_now() + LIFETIME,
    }
    db.session.execute(
        insert_for(PasswordHandover)
        .values(administrator_id=administrator.id, **values)
        .on_conflict_do_update(index_elements=[PasswordHandover.administrator_id], set_=values)
    )


def collect(actor: Actor, administrator: Administrator) -> str | None:
    """Return the password that waits for ``actor``, and forget it; ``None`` when there is none.

    One statement decides, so that it is shown once however many ask.
    """
    statement = (
        delete(PasswordHandover)
        .where(
            PasswordHandover.administrator_id == administrator.id,
            PasswordHandover.recipient_id == actor.administrator_id,
            PasswordHandover.expires_at > utc_now(),
        )
        .returning(PasswordHandover.password)
    )
    return db.session.scalar(statement, execution_options=_UNSYNCHRONISED)

"""From the act that made a one-time password to the page that shows it: once, to one person.

The password stands in no address, cookie or log; until it is shown, or for a few minutes, it stands
encrypted in a row that the showing deletes.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from extensions import db
from models import PasswordHandover, utc_now
from services.upsert import insert_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from models import Administrator
    from services.actor import Actor

#: The page follows the act at once; a slow network gets its time.
LIFETIME: Final = dt.timedelta(minutes=10)
_UNSYNCHRONISED: Final = {"synchronize_session": False}


def leave(actor: Actor, administrator: Administrator, password: str) -> None:
    """Let ``actor`` collect the password of a stored account; a former one is forgotten.

    So is whatever was not collected in time, of whichever account.
    """
    leave_all(actor, {administrator.id: password}, LIFETIME)


def forget(administrator: Administrator) -> None:
    """Forget what waits for whomever: the account has another password now."""
    db.session.execute(
        delete(PasswordHandover).where(PasswordHandover.administrator_id == administrator.id),
        execution_options=_UNSYNCHRONISED,
    )


def leave_all(actor: Actor, passwords: Mapping[int, str], lifetime: dt.timedelta) -> None:
    """Let ``actor`` collect the passwords of many stored accounts, by key; see ``leave``."""
    db.session.execute(
        delete(PasswordHandover).where(PasswordHandover.expires_at <= utc_now()),
        execution_options=_UNSYNCHRONISED,
    )
    shared = {"recipient_id": actor.administrator_id, "expires_at": utc_now() + lifetime}
    statement = insert_for(PasswordHandover).values(
        [{"administrator_id": key, "password": one, **shared} for key, one in passwords.items()]
    )
    columns = (*shared, "password")
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[PasswordHandover.administrator_id],
            set_={name: statement.excluded[name] for name in columns},
        )
    )


def waits(actor: Actor, administrator: Administrator) -> bool:
    """Whether a password waits for ``actor``; it goes on waiting."""
    statement = select(PasswordHandover.administrator_id).where(*_waits(actor, [administrator.id]))
    return db.session.scalar(statement) is not None


def waiting(actor: Actor, keys: Sequence[int]) -> dict[int, str]:
    """Return the passwords that wait for ``actor``, by account, without forgetting them.

    They may be shown only after ``collect_all`` has said that nobody was faster.
    """
    statement = select(PasswordHandover.administrator_id, PasswordHandover.password).where(
        *_waits(actor, keys)
    )
    return {key: password for key, password in db.session.execute(statement)}  # noqa: C416 - rows


def collect_all(actor: Actor, keys: Sequence[int]) -> dict[int, str]:
    """Forget the passwords that wait for ``actor``, and return them by account."""
    statement = (
        delete(PasswordHandover)
        .where(*_waits(actor, keys))
        .returning(PasswordHandover.administrator_id, PasswordHandover.password)
    )
    found = db.session.execute(statement, execution_options=_UNSYNCHRONISED)
    return {key: password for key, password in found}  # noqa: C416 - rows


def _waits(actor: Actor, keys: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        PasswordHandover.administrator_id.in_(keys),
        PasswordHandover.recipient_id == actor.administrator_id,
        PasswordHandover.expires_at > utc_now(),
    )


def collect(actor: Actor, administrator: Administrator) -> str | None:
    """Return the password that waits for ``actor``, and forget it; ``None`` when there is none.

    One statement decides, so that it is shown once however many ask.
    """
    statement = (
        delete(PasswordHandover)
        .where(*_waits(actor, [administrator.id]))
        .returning(PasswordHandover.password)
    )
    return db.session.scalar(statement, execution_options=_UNSYNCHRONISED)

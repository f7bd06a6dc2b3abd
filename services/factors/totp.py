"""动态口令: six digits by an app, a new one every 30 seconds (RFC 6238)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, Final

import pyotp
from sqlalchemy import and_, delete, or_, select, update

from extensions import db
from models import TotpSecret, utc_now
from services.upsert import insert_for

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

#: What the app shows over the code.
ISSUER: Final = "湖北试用期考核"
#: Steps of 30 seconds by which the clock of a phone may be wrong.
DRIFT: Final = 1
#: How long a secret waits for its first code.
DRAFT_LASTS: Final = dt.timedelta(minutes=10)
_CODE: Final = re.compile(r"[0-9]{6}")
_UNSYNCHRONISED: Final = {"synchronize_session": False}


def draft(administrator_id: int) -> str:
    """Return the secret that waits to be confirmed, base 32; a new one when there is none.

    It stays the same for ten minutes, so that loading the page again does not void the picture that
    the app has read.
    """
    now = utc_now()
    values = {"secret": pyotp.random_base32(), "created_at": now}
    db.session.execute(
        insert_for(TotpSecret)
        .values(administrator_id=administrator_id, **values)
        .on_conflict_do_update(
            index_elements=[TotpSecret.administrator_id],
            set_=values,
            where=and_(
                TotpSecret.confirmed_at.is_(None), TotpSecret.created_at <= now - DRAFT_LASTS
            ),
        )
    )
    return db.session.execute(
        select(TotpSecret.secret).where(TotpSecret.administrator_id == administrator_id)
    ).scalar_one()


def has_draft(administrator_id: int) -> bool:
    """Whether a secret waits to be confirmed."""
    statement = select(TotpSecret.administrator_id).where(
        TotpSecret.administrator_id == administrator_id, *_is_draft()
    )
    return db.session.scalar(statement) is not None


def address(secret: str, username: str) -> str:
    """Return the ``otpauth://`` address that an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def confirm(administrator_id: int, code: str) -> bool:
    """Whether ``code`` comes from the drafted secret, which counts from now on."""
    return _accept(administrator_id, code, *_is_draft(), confirmed_at=utc_now())


def accept(administrator_id: int, code: str) -> bool:
    """Whether ``code`` is one of the account's app that was not used before.

    One conditional UPDATE decides, so that of many who send the same code one is accepted.
    """
    return _accept(administrator_id, code, TotpSecret.confirmed_at.is_not(None))


def is_spent(administrator_id: int, code: str) -> bool:
    """Whether ``code`` is right and was used before, or is older than one that was."""
    row = db.session.execute(
        select(TotpSecret.secret, TotpSecret.last_step).where(
            TotpSecret.administrator_id == administrator_id, TotpSecret.confirmed_at.is_not(None)
        )
    ).one_or_none()
    step = _step_of(row.secret, _digits_of(code)) if row is not None else None
    return step is not None and row is not None and step <= (row.last_step or 0)


def forget_draft(administrator_id: int) -> None:
    """Take back a secret that waits to be confirmed: whoever has seen it may be somebody else."""
    db.session.execute(
        delete(TotpSecret).where(
            TotpSecret.administrator_id == administrator_id, TotpSecret.confirmed_at.is_(None)
        ),
        execution_options=_UNSYNCHRONISED,
    )


def forget(administrator_id: int) -> bool:
    """Take the app from an account; whether it had one."""
    found = db.session.execute(
        delete(TotpSecret)
        .where(TotpSecret.administrator_id == administrator_id)
        .returning(TotpSecret.confirmed_at),
        execution_options=_UNSYNCHRONISED,
    ).one_or_none()
    return found is not None and found.confirmed_at is not None


def _is_draft() -> tuple[ColumnElement[bool], ...]:
    return TotpSecret.confirmed_at.is_(None), TotpSecret.created_at > utc_now() - DRAFT_LASTS


def _accept(
    administrator_id: int, code: str, *conditions: ColumnElement[bool], **values: object
) -> bool:
    where = (TotpSecret.administrator_id == administrator_id, *conditions)
    secret: str | None = db.session.scalar(select(TotpSecret.secret).where(*where))
    if secret is None:
        return False
    step = _step_of(secret, _digits_of(code))
    if step is None:
        return False
    statement = (
        update(TotpSecret)
        .where(*where, or_(TotpSecret.last_step.is_(None), TotpSecret.last_step < step))
        .values(last_step=step, **values)
        .returning(TotpSecret.last_step)
    )
    return db.session.scalar(statement, execution_options=_UNSYNCHRONISED) is not None


def _digits_of(code: str) -> str:
    return "".join(unicodedata.normalize("NFKC", code[:32]).split())


def _step_of(secret: str, digits: str) -> int | None:
    """Return the step of time of which ``digits`` are the code, if it is now or next to it."""
    if not _CODE.fullmatch(digits):
        return None
    totp = pyotp.TOTP(secret)
    present = totp.timecode(utc_now())
    return next(
        (
            present + drift
            for drift in range(-DRIFT, DRIFT + 1)
            if pyotp.utils.strings_equal(digits, totp.generate_otp(present + drift))
        ),
        None,
    )

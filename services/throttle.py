"""Counting in windows of time, decided by one statement: failures to sign in, and SMS.

Each counter is a row under the HMAC of what is counted, so that the table names nobody.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, or_, select, update

from extensions import db
from models import SignInThrottle, utc_now
from models.encryption import blind_index
from services.errors import DomainError
from services.housekeeping import clear_away
from services.upsert import insert_for

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

#: Bits of an IPv6 address that one subscriber controls the rest of.
_IPV6_PREFIX = 64
_UNSYNCHRONISED = {"synchronize_session": False}


class TooManyAttemptsError(DomainError):
    """Too much in too short a time; waiting mends it.

    ``is_first``: of its window; the trail keeps that one. ``is_of_address``: it is the address
    that asks too much, whatever account it asks for.
    """

    def __init__(
        self, message: str, *, is_first: bool = False, is_of_address: bool = False
    ) -> None:
        """Keep the sentence, and what the trail wants to know."""
        super().__init__(message)
        self.is_first = is_first
        self.is_of_address = is_of_address


def take(*key: object, at_most: int, window: dt.timedelta) -> bool:
    """Count one more under ``key``; return ``False``, counting nothing, when the window is full.

    One conditional upsert decides, so that however many ask at once, only ``at_most`` get through.
    A window begins with the first count after the last window ended.
    """
    now = utc_now()
    over = SignInThrottle.window_ends_at <= now
    statement = (
        insert_for(SignInThrottle)
        .values(key_hash=_hash(key), failures=1, window_ends_at=now + window)
        .on_conflict_do_update(
            index_elements=[SignInThrottle.key_hash],
            set_={
                "failures": case((over, 1), else_=SignInThrottle.failures + 1),
                "window_ends_at": case((over, now + window), else_=SignInThrottle.window_ends_at),
            },
            where=or_(over, SignInThrottle.failures < at_most),
        )
        .returning(SignInThrottle.failures)
    )
    return db.session.scalar(statement) is not None


def give_back(*key: object) -> None:
    """Take back one count under ``key``: it was no failure after all."""
    db.session.execute(
        update(SignInThrottle)
        .where(SignInThrottle.key_hash == _hash(key), SignInThrottle.failures > 0)
        .values(failures=SignInThrottle.failures - 1),
        execution_options=_UNSYNCHRONISED,
    )


def clear(*key: object) -> None:
    """Forget what was counted under ``key``."""
    db.session.execute(
        delete(SignInThrottle).where(SignInThrottle.key_hash == _hash(key)),
        execution_options=_UNSYNCHRONISED,
    )


def allow(*key: object, window: dt.timedelta, counts_on: bool = False) -> None:
    """Open a window under ``key`` in which ``use`` may be called; a former one is forgotten.

    With ``counts_on`` the count of one that is still open stays.
    """
    now = utc_now()
    ends = now + window
    over = SignInThrottle.window_ends_at <= now
    kept = case((over, 0), else_=SignInThrottle.failures) if counts_on else 0
    db.session.execute(
        insert_for(SignInThrottle)
        .values(key_hash=_hash(key), failures=0, window_ends_at=ends)
        .on_conflict_do_update(
            index_elements=[SignInThrottle.key_hash],
            set_={"failures": kept, "window_ends_at": ends},
        )
    )


def use(*key: object, at_most: int) -> bool:
    """Count one use of the window opened by ``allow``; ``False`` when it is over or used up."""
    statement = (
        update(SignInThrottle)
        .where(
            SignInThrottle.key_hash == _hash(key),
            SignInThrottle.window_ends_at > utc_now(),
            SignInThrottle.failures < at_most,
        )
        .values(failures=SignInThrottle.failures + 1)
        .returning(SignInThrottle.failures)
    )
    return db.session.scalar(statement, execution_options=_UNSYNCHRONISED) is not None


def is_open(*key: object, at_most: int) -> bool:
    """Whether ``use`` would return ``True``, without using it."""
    statement = select(SignInThrottle.key_hash).where(
        SignInThrottle.key_hash == _hash(key),
        SignInThrottle.window_ends_at > utc_now(),
        SignInThrottle.failures < at_most,
    )
    return db.session.scalar(statement) is not None


def used_up_until(*key: object, at_most: int) -> dt.datetime | None:
    """Return until when a window that is used up stays so; ``None`` when it is over, or is not."""
    statement = select(SignInThrottle.window_ends_at).where(
        SignInThrottle.key_hash == _hash(key),
        SignInThrottle.window_ends_at > utc_now(),
        SignInThrottle.failures >= at_most,
    )
    return db.session.scalar(statement)


def window_end(*key: object) -> dt.datetime | None:
    """Return when the window under ``key`` ends, or ``None`` when there is none."""
    statement = select(SignInThrottle.window_ends_at).where(
        SignInThrottle.key_hash == _hash(key), SignInThrottle.window_ends_at > utc_now()
    )
    return db.session.scalar(statement)


def is_first_refusal(*key: object) -> bool:
    """Whether a full window under ``key`` refuses for the first time; asking again is not."""
    ends = window_end(*key)
    return ends is not None and take("refused", *key, at_most=1, window=ends - utc_now())


def forget_ended() -> None:
    """Delete some counters whose window is over, so that the table holds living ones only."""
    clear_away(SignInThrottle.key_hash, SignInThrottle.window_ends_at <= utc_now())


def network_of(address: str) -> str:
    """Return what is counted as one address: an IPv4 address, or the network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - IPv4
        return address
    return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))


def _hash(key: Iterable[object]) -> str:
    return blind_index("\0".join(map(str, key)), "sign_in_throttles.key_hash")

"""How often a sign-in may fail, so that nobody guesses and no stranger locks a bureau out.

A browser that has signed in to an account before (``Origin.device_id``) has a counter of its own:
whatever strangers do to the same account, or from the same address, does not touch it. All others
are counted by account and network, by network, and by account over a day.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import SignInSession
from services import throttle
from services.scope import Reason, unscoped
from services.throttle import TooManyAttemptsError

if TYPE_CHECKING:
    from services.sessions import Origin

TOO_MANY: Final = "失败次数过多，请15分钟后再试。"
TOO_MANY_TODAY: Final = "该账号今日登录失败次数过多，请明日再试，或联系上级管理机构重置密码。"

WINDOW: Final = dt.timedelta(minutes=15)
DAY: Final = dt.timedelta(days=1)
MOST_PER_ACCOUNT: Final = 5
MOST_PER_ADDRESS: Final = 50
#: However many addresses somebody has at hand (NIST SP 800-63B-4 3.2.2: at most 100).
MOST_PER_DAY: Final = 100
#: Second factors are short: this many wrong ones a day, from anywhere, are enough.
MOST_SECOND_PER_DAY: Final = 30

_Limit = tuple[tuple[str, ...], int, dt.timedelta]


def take(name: str, account_id: int | None, origin: Origin) -> None:
    """Count one try to sign in as ``name``; raises ``TooManyAttemptsError`` when it is too many.

    It counts as a failure until ``forget``. Unknown names are counted like known ones.
    """
    throttle.forget_ended()
    *usual, last = _limits(name, account_id, origin)
    if not all(throttle.take(*key, at_most=most, window=window) for key, most, window in usual):
        raise TooManyAttemptsError(TOO_MANY)
    key, most, window = last
    if not throttle.take(*key, at_most=most, window=window):
        raise TooManyAttemptsError(TOO_MANY_TODAY if window == DAY else TOO_MANY)


def forget(name: str, account_id: int | None, origin: Origin) -> None:
    """Forget the failures of an account from here: this try was none."""
    (own, *_), *shared = _limits(name, account_id, origin)
    throttle.clear(*own)
    for key, _most, _window in shared:
        throttle.give_back(*key)


def take_second(account_id: int, origin: Origin) -> None:
    """Count one try of a second factor; raises ``TooManyAttemptsError``."""
    near, day = _second(account_id, origin)
    if not throttle.take(*near, at_most=MOST_PER_ACCOUNT, window=WINDOW):
        raise TooManyAttemptsError(TOO_MANY)
    if not throttle.take(*day, at_most=MOST_SECOND_PER_DAY, window=DAY):
        raise TooManyAttemptsError(TOO_MANY_TODAY)


def forget_second(account_id: int, origin: Origin) -> None:
    """Forget what ``take_second`` counted from here."""
    near, day = _second(account_id, origin)
    throttle.clear(*near)
    throttle.give_back(*day)


def _limits(name: str, account_id: int | None, origin: Origin) -> list[_Limit]:
    if _is_known(account_id, origin):
        return [(("device", name, origin.device_hash), MOST_PER_ACCOUNT, WINDOW)]
    network = throttle.network_of(origin.address)
    return [
        (("account", name, network), MOST_PER_ACCOUNT, WINDOW),
        (("address", network), MOST_PER_ADDRESS, WINDOW),
        (("account-day", name), MOST_PER_DAY, DAY),
    ]


def _second(account_id: int, origin: Origin) -> tuple[tuple[object, ...], tuple[object, ...]]:
    where = (
        origin.device_hash if _is_known(account_id, origin) else throttle.network_of(origin.address)
    )
    return ("second", account_id, where), ("second-day", account_id)


def _is_known(account_id: int | None, origin: Origin) -> bool:
    """Whether this browser has signed in to the account before."""
    if not origin.device_hash:
        return False
    statement = (
        select(SignInSession.id)
        .where(
            SignInSession.administrator_id == (account_id or 0),
            SignInSession.device_hash == origin.device_hash,
        )
        .limit(1)
    )
    with db.session.no_autoflush, unscoped(Reason.SIGN_IN):
        return db.session.scalar(statement) is not None

"""How often a sign-in may fail, so that nobody guesses and no stranger locks a bureau out.

A browser that has signed in to an account before (``Origin.device_id``) has a counter of its own:
whatever strangers do to the same account, or from the same address, does not touch it. All others
are counted by account and network, by network, and by account over a day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
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
#: What the trail says of it, once in a window.
REASON: Final = "失败次数过多，暂不受理"
REASON_OF_ADDRESS: Final = "同一来源地址失败次数过多，暂不受理"
TOO_MANY_TODAY: Final = "该账号今日登录失败次数过多，请明日再试，或联系上级管理机构重置密码。"

WINDOW: Final = dt.timedelta(minutes=15)
DAY: Final = dt.timedelta(days=1)
MOST_PER_ACCOUNT: Final = 5
MOST_PER_ADDRESS: Final = 50
#: However many addresses somebody has at hand (NIST SP 800-63B-4 3.2.2: at most 100).
MOST_PER_DAY: Final = 100
#: Second factors are short: this many wrong ones a day, from anywhere, are enough.
MOST_SECOND_PER_DAY: Final = 30

_Key = tuple[object, ...]
_Limit = tuple[_Key, int, dt.timedelta]


@dataclass(frozen=True)
class Counted:
    """One try that counts as a failure until it is forgotten."""

    #: The counter that is this browser's, or this account's from this network.
    own: _Key
    #: Counters that others fill, too.
    shared: tuple[_Key, ...]

    def forget(self) -> None:
        """Forget the failures of the own counter, and take this one back from the shared ones."""
        throttle.clear(*self.own)
        for key in self.shared:
            throttle.give_back(*key)


def take(name: str, account_id: int | None, origin: Origin) -> Counted:
    """Count one try to sign in as ``name``; raises ``TooManyAttemptsError`` when it is too many.

    Unknown names are counted like known ones.
    """
    throttle.forget_ended()
    return _take(_limits(name, account_id, origin))


def take_second(account_id: int, origin: Origin) -> Counted:
    """Count one try of a second factor; raises ``TooManyAttemptsError``."""
    is_known = _is_known(account_id, origin)
    where = origin.device_hash if is_known else throttle.network_of(origin.address)
    return _take(
        [
            (("second", account_id, where), MOST_PER_ACCOUNT, WINDOW),
            (("second-day", account_id), MOST_SECOND_PER_DAY, DAY),
        ]
    )


def reason_of(error: TooManyAttemptsError) -> str:
    """Return why a try was refused, in the words of the trail."""
    return REASON_OF_ADDRESS if error.is_of_address else REASON


def _take(limits: list[_Limit]) -> Counted:
    for key, most, window in limits:
        if not throttle.take(*key, at_most=most, window=window):
            raise TooManyAttemptsError(
                TOO_MANY_TODAY if window == DAY else TOO_MANY,
                is_first=throttle.is_first_refusal(*key),
                is_of_address=key[0] == "address",
            )
    own, *shared = (key for key, _most, _window in limits)
    return Counted(own, tuple(shared))


def _limits(name: str, account_id: int | None, origin: Origin) -> list[_Limit]:
    if _is_known(account_id, origin):
        return [(("device", name, origin.device_hash), MOST_PER_ACCOUNT, WINDOW)]
    network = throttle.network_of(origin.address)
    return [
        (("account", name, network), MOST_PER_ACCOUNT, WINDOW),
        (("address", network), MOST_PER_ADDRESS, WINDOW),
        (("account-day", name), MOST_PER_DAY, DAY),
    ]


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

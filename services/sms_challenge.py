"""What a browser that asked for an SMS code may do with it, and what it is told of its tries.

All of it is counted by browser and name, whether or not there is such an account and a code was
sent: so it may be said aloud, and tells a stranger nothing. What guards the account are the tries
of the code itself (``one_time_codes``) and ``attempt_limits``.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Final

from models import utc_now
from models.administrator import fold_username
from services import one_time_codes, throttle
from services.errors import NotProvenError

if TYPE_CHECKING:
    from services.sessions import Origin

#: Seconds until a browser that asked for a code is offered another.
RESEND_AFTER: Final = 60
#: For how long, and how often, a browser that asked for a code needs no further picture code.
LIFETIME: Final = one_time_codes.LIFETIME
MOST_USES: Final = 5
_LONGEST_USERNAME: Final = 64


class CodeSpentError(NotProvenError):
    """This browser has tried often enough: its code counts no more, and no other is sent yet."""

    def __init__(self, until: dt.datetime) -> None:
        """Say from when on another code is sent."""
        super().__init__(one_time_codes.spent_sentence(until), field="sms_code")


def folded(username: str) -> str:
    """Return the name under which attempts to sign in as ``username`` are counted."""
    return fold_username(username[:_LONGEST_USERNAME])[:_LONGEST_USERNAME]


def begin(username: str, origin: Origin) -> None:
    """Note that a code was asked for; the tries of the former one still count for an hour."""
    throttle.allow(*_uses(username, origin), window=LIFETIME)
    # As long as the tries of a code count against the next one, so that both say the same.
    throttle.allow(*_tries(username, origin), window=one_time_codes.CARRIED_OVER, counts_on=True)


def use(username: str, origin: Origin) -> bool:
    """Whether this browser asked for a code for this account lately: it needs no picture code."""
    return throttle.use(*_uses(username, origin), at_most=MOST_USES)


def is_open(username: str, origin: Origin) -> bool:
    """Whether ``use`` would say yes; for showing the form."""
    return throttle.is_open(*_uses(username, origin), at_most=MOST_USES)


def resend_after(username: str, origin: Origin) -> int:
    """Return the seconds until the page offers to send another code; 0 when it may at once.

    Where the tries are used up there is nothing to count down: the button says how long it takes.
    """
    ends = throttle.window_end(*_uses(username, origin))
    if ends is None or _spent_until(username, origin) is not None:
        return 0
    sent = ends - LIFETIME
    left = sent + dt.timedelta(seconds=RESEND_AFTER) - utc_now()
    return max(0, math.ceil(left.total_seconds()))


def count_failure(username: str, origin: Origin) -> None:
    """Count a try that failed, for whatever reason; raises ``CodeSpentError`` at the last one."""
    throttle.use(*_tries(username, origin), at_most=one_time_codes.MOST_TRIES)
    refuse_spent(username, origin)


def refuse_spent(username: str, origin: Origin) -> None:
    """Raise ``CodeSpentError`` when this browser has used up its tries.

    Asked before a code is tried or sent, so that nobody is told to wait for less than it takes.
    """
    until = _spent_until(username, origin)
    if until is not None:
        raise CodeSpentError(until)


def end(username: str, origin: Origin) -> None:
    """Forget everything: the code was right."""
    throttle.clear(*_uses(username, origin))
    throttle.clear(*_tries(username, origin))


def _spent_until(username: str, origin: Origin) -> dt.datetime | None:
    return throttle.used_up_until(*_tries(username, origin), at_most=one_time_codes.MOST_TRIES)


def _uses(username: str, origin: Origin) -> tuple[str, ...]:
    return "challenge", origin.browser, folded(username)


def _tries(username: str, origin: Origin) -> tuple[str, ...]:
    return "code-tries", origin.browser, folded(username)

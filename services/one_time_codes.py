"""One-time codes sent by SMS (手机验证码): six digits, five minutes, one use, five tries."""

from __future__ import annotations

import datetime as dt
import logging
import math
import re
import secrets
from typing import TYPE_CHECKING, Final

import pyotp
from sqlalchemy import case, func, select, update

from extensions import db
from models import LabelledEnum, OneTimeCode, utc_now
from models.encryption import blind_index
from services import throttle
from services.housekeeping import clear_away
from services.tokens import hash_token

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

logger = logging.getLogger(__name__)

LIFETIME: Final = dt.timedelta(minutes=5)
MOST_TRIES: Final = 5
#: For how long the tries of an unused code count against the codes that follow it.
CARRIED_OVER: Final = dt.timedelta(hours=1)
#: What large providers of SMS allow to one phone: the minute is a slot, the rest is counted back.
SLOT: Final = dt.timedelta(minutes=1)
MOST_IN: Final = ((dt.timedelta(hours=1), 5), (dt.timedelta(days=1), 10))
#: What one address, and the platform as a whole, may cost in an hour.
BUDGET_SPAN: Final = dt.timedelta(hours=1)
MOST_PER_ADDRESS: Final = 20
MOST_IN_ALL: Final = 3000

#: Said at the last try of a code and from then on, as long as no other one is made.
SPENT: Final = (
    "已试{tries}次均不正确，这个手机验证码已作废，不能再用；请{minutes}分钟后重新发送短信。"
)

_CODE: Final = re.compile(r"[0-9]{6}")
_UNSYNCHRONISED: Final = {"synchronize_session": False}


class Purpose(LabelledEnum):
    """What a code proves."""

    SIGN_IN = "sign_in", "登录"
    BIND_PHONE = "bind_phone", "绑定手机号"


def issue(
    *, administrator_id: int, phone_index: str, purpose: Purpose, browser: str, network: str
) -> str | None:
    """Return a new code for one account, purpose and browser, or ``None`` when it must wait.

    ``phone_index`` is the blind index of the phone it goes to: 1 a minute, 5 an hour, 10 a day.
    ``network`` is where it is asked for (``throttle.network_of``), which has a budget, as has all.
    The former code of the account is void from now on; tries spent on it stay spent, and when all
    five are, no further code is made for an hour.
    """
    now = utc_now()
    # Whoever gets the minute's slot is alone, so the counts below cannot change under it.
    if not throttle.take("sms", phone_index, at_most=1, window=SLOT):
        return None
    if any(_sent_since(phone_index, now - span) >= most for span, most in MOST_IN):
        return None
    if not _is_within_budget(network):
        return None
    tries = _void_former(administrator_id, purpose, now)
    if tries >= MOST_TRIES:
        return None
    # No limit looks further back than the longest one.
    longest = max(span for span, _ in MOST_IN)
    clear_away(OneTimeCode.id, OneTimeCode.created_at <= now - longest)
    code = pyotp.HOTP(pyotp.random_base32()).at(secrets.randbelow(2**31))
    db.session.add(
        OneTimeCode(
            administrator_id=administrator_id,
            purpose=purpose.value,
            browser_hash=hash_token(browser),
            phone_index=phone_index,
            code_hash=_code_hash(administrator_id, purpose, browser, code),
            tries=tries,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    db.session.flush()
    return code


def accept(
    *, administrator_id: int, phone_index: str, purpose: Purpose, browser: str, code: str
) -> bool:
    """Whether ``code`` is the live one of this account, phone, purpose and browser; then used up.

    One statement spends the try and decides, so that of many who send the right code at once one is
    accepted, and of many who guess at once five are heard.
    """
    if not _CODE.fullmatch(code):
        return False
    now = utc_now()
    right = OneTimeCode.code_hash == _code_hash(administrator_id, purpose, browser, code)
    statement = (
        update(OneTimeCode)
        .where(
            *_of(administrator_id, purpose),
            OneTimeCode.browser_hash == hash_token(browser),
            OneTimeCode.phone_index == phone_index,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.tries < MOST_TRIES,
        )
        .values(tries=OneTimeCode.tries + 1, used_at=case((right, now), else_=None))
        .returning(OneTimeCode.used_at)
    )
    used = db.session.scalars(statement, execution_options=_UNSYNCHRONISED).all()
    return any(moment is not None for moment in used)


def spent_until(administrator_id: int, purpose: Purpose) -> dt.datetime | None:
    """Return when a code may be made again for whom all tries are spent; ``None``: they are not."""
    now = utc_now()
    statement = select(func.max(OneTimeCode.created_at)).where(
        *_carried_over(administrator_id, purpose, now), OneTimeCode.tries >= MOST_TRIES
    )
    newest = db.session.scalar(statement)
    return None if newest is None else newest + CARRIED_OVER


def spent_sentence(until: dt.datetime) -> str:
    """Return what is said of a code whose tries are spent, when another is made from ``until``."""
    minutes = max(1, math.ceil((until - utc_now()).total_seconds() / 60))
    return SPENT.format(tries=MOST_TRIES, minutes=minutes)


def void(administrator_id: int) -> None:
    """Make all codes of an account worthless, since its phone or password has changed."""
    db.session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.administrator_id == administrator_id, OneTimeCode.used_at.is_(None))
        .values(expires_at=utc_now()),
        execution_options=_UNSYNCHRONISED,
    )


def _is_within_budget(network: str) -> bool:
    if not throttle.take("sms-address", network, at_most=MOST_PER_ADDRESS, window=BUDGET_SPAN):
        return False
    if not throttle.take("sms-all", at_most=MOST_IN_ALL, window=BUDGET_SPAN):
        logger.error("the hourly budget of SMS is used up, no more are sent")
        return False
    return True


def _sent_since(phone_index: str, moment: dt.datetime) -> int:
    statement = (
        select(func.count())
        .select_from(OneTimeCode)
        .where(OneTimeCode.phone_index == phone_index, OneTimeCode.created_at > moment)
    )
    return db.session.scalar(statement) or 0


def _void_former(administrator_id: int, purpose: Purpose, now: dt.datetime) -> int:
    """End the unused codes since the last success, and return how many tries were spent on them.

    The UPDATE waits for a try that is under way, so that none is lost.
    """
    statement = (
        update(OneTimeCode)
        .where(*_carried_over(administrator_id, purpose, now))
        .values(expires_at=now)
        .returning(OneTimeCode.tries)
    )
    tries = db.session.scalars(statement, execution_options=_UNSYNCHRONISED).all()
    return max(tries, default=0)


def _carried_over(
    administrator_id: int, purpose: Purpose, now: dt.datetime
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the codes whose tries still count at ``now``."""
    last_used = (
        select(func.coalesce(func.max(OneTimeCode.id), 0))
        .where(*_of(administrator_id, purpose), OneTimeCode.used_at.is_not(None))
        .scalar_subquery()
    )
    return (
        *_of(administrator_id, purpose),
        OneTimeCode.used_at.is_(None),
        OneTimeCode.created_at > now - CARRIED_OVER,
        OneTimeCode.id > last_used,
    )


def _of(administrator_id: int, purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    return (
        OneTimeCode.administrator_id == administrator_id,
        OneTimeCode.purpose == purpose.value,
    )


def _code_hash(administrator_id: int, purpose: Purpose, browser: str, code: str) -> str:
    """Return the keyed hash of a code; a plain one would be found by trying a million codes."""
    bound = f"{administrator_id}\0{purpose.value}\0{hash_token(browser)}\0{code}"
    return blind_index(bound, "one_time_codes.code_hash")

"""How a licence stands today: not begun, valid or expired; for one of them and for lists.

The one place that compares the days of a licence with today.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from models import LabelledEnum, Licence
from services import clock

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

#: Days before the last one on which the home page announces it.
NOTICE_DAYS: Final = (30, 90)
#: In an address: of those announced, the ones that do not come within the nearer term already.
SECOND_NOTICE: Final = f"{NOTICE_DAYS[0] + 1}-{NOTICE_DAYS[1]}"


class Validity(LabelledEnum):
    """How the term of a licence lies to today; both its first and its last day belong to it."""

    VALID = "valid", "有效期内"
    NOT_BEGUN = "future", "未生效"
    EXPIRED = "expired", "已过期"


def validity_of(licence: Licence) -> Validity:
    """Return how a licence stands today."""
    today = clock.today()
    if licence.valid_until < today:
        return Validity.EXPIRED
    return Validity.VALID if licence.valid_from <= today else Validity.NOT_BEGUN


def stands(validity: Validity) -> ColumnElement[bool]:
    """Return the condition that a licence stands so today."""
    today = clock.today()
    condition: ColumnElement[bool]
    match validity:
        case Validity.EXPIRED:
            condition = Licence.valid_until < today
        case Validity.NOT_BEGUN:
            condition = Licence.valid_from > today
        case Validity.VALID:
            condition = (Licence.valid_from <= today) & (Licence.valid_until >= today)
    return condition


def days_left(licence: Licence) -> int:
    """Return the days until the last one, which counts as 0; negative for an expired licence."""
    return (licence.valid_until - clock.today()).days


def expiring_within(days: int, *, beyond: int = -1) -> ColumnElement[bool]:
    """Return the condition that the last day of a licence comes within ``days``, or is today.

    With ``beyond`` there are more than so many days left.
    """
    today = clock.today()
    first, last = (today + dt.timedelta(days=number) for number in (beyond + 1, days))
    return Licence.valid_until.between(first, last)

"""Entries that anybody can cause at will get a budget, so that nobody fills the trail with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services import audit, throttle

if TYPE_CHECKING:
    import datetime as dt

    from services.audit import Change


def changes_within(
    *key: object, changes: list[Change], at_most: int, window: dt.timedelta
) -> list[Change] | None:
    """Return what an entry under ``key`` says, or ``None`` when none is to be left.

    The entry behind the last of a window says that the following ones are not written.
    """
    if throttle.take(*key, at_most=at_most, window=window):
        return changes
    if throttle.take(*key, at_most=at_most + 1, window=window):
        minutes = int(window.total_seconds() // 60)
        sentence = f"{minutes}分钟内同类失败超过{at_most}次，此后不再逐条记录"
        return audit.because(sentence)
    return None

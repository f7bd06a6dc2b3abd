"""Clearing away what is over, a little with each new row, so that no table grows for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from extensions import db

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

#: Rows of one call: more than a request adds, and few enough to cost nothing.
MOST: Final = 50


def clear_away(key: InstrumentedAttribute[Any], condition: ColumnElement[bool]) -> None:
    """Delete some rows of the table of ``key`` for which ``condition`` holds.

    Rows that another request is just changing are skipped, so that none waits for another.
    """
    over = select(key).where(condition).limit(MOST).with_for_update(skip_locked=True)
    db.session.execute(
        delete(key.class_).where(key.in_(over), condition),
        execution_options={"synchronize_session": False},
    )

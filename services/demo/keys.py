"""Keys drawn in advance, for rows whose printed code holds their own key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from extensions import db


def draw_keys(model: type[Any], number: int) -> range:
    """Return ``number`` keys of ``model`` that nobody else will get.

    Only inside a transaction that announced writing, since SQLite has no sequence to count on.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
        first = db.session.scalar(select(func.nextval(sequence))) or 1
        db.session.scalar(select(func.setval(sequence, first + number - 1)))
    else:
        first = (db.session.scalar(select(func.max(model.id))) or 0) + 1
    return range(first, first + number)

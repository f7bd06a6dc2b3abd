"""Loading rows by keys that may come straight from a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, func, inspect, select

from extensions import db
from models import Base
from services.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

ModelT = TypeVar("ModelT", bound=Base)


def find(model: type[ModelT], key: object, *, statement: Select[ModelT] | None = None) -> ModelT:
    """Return the row of ``model`` with ``key``, or raise ``NotFoundError``.

    Always asks the database, since the session would hand out a row that it already holds unasked.
    ``key`` may come straight from a request: whatever is not a plausible key is simply not found.
    """
    number = parse_key(key)
    if number is None:
        raise NotFoundError
    query = select(model) if statement is None else statement
    identity = _key_of(model)
    row = db.session.scalars(query.where(identity == number)).unique().one_or_none()
    if row is None:
        raise NotFoundError(keys=[number])
    return row


def find_all(
    model: type[ModelT], keys: Sequence[object], *, statement: Select[ModelT] | None = None
) -> list[ModelT]:
    """Return the rows with all of ``keys`` in the order given, or raise ``NotFoundError``.

    All or nothing: one key outside of the scope refuses the whole selection.
    """
    parsed = list(dict.fromkeys(parse_key(key) for key in keys))
    numbers = [number for number in parsed if number is not None]
    identity = _key_of(model)
    query = select(model) if statement is None else statement
    rows = db.session.scalars(query.where(identity.in_(numbers))).unique().all()
    by_key = {inspect(model).primary_key_from_instance(row)[0]: row for row in rows}
    missing = [number for number in numbers if number not in by_key]
    if missing or not numbers or None in parsed:
        raise NotFoundError(keys=missing)
    return [by_key[number] for number in numbers]


def _key_of(model: Any) -> Any:
    """Return the key as an attribute of the class; the wall does not see columns of the table."""
    return model.id


def parse_key(value: object) -> int | None:
    """Return ``value`` as a key (1 to 2³¹−1), or ``None``; ASCII digits only, nothing else."""
    if isinstance(value, bool):
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > 10:  # noqa: PLR2004 - digits of 2³¹
        return None
    number = int(text)
    return number if 0 < number < 2**31 else None


def count_visible(model: type[ModelT], *conditions: ColumnElement[bool]) -> int:
    """Return how many rows of ``model`` the actor sees under ``conditions``."""
    statement = select(func.count()).select_from(model).where(*conditions)
    return db.session.scalar(statement) or 0

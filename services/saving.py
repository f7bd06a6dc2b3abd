"""Writing rows so that the database's refusals reach the user as sentences."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from extensions import db
from services.errors import DomainError, StaleVersionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.base import Versioned


def check_version(row: Versioned, expected: int) -> None:
    """Raise ``StaleVersionError`` when the row was saved since its form was opened."""
    if row.version != expected:
        raise StaleVersionError


@contextmanager
def saving(marks: Sequence[str] = (), refusal: DomainError | None = None) -> Iterator[None]:
    """Write what the block changes, all or nothing, and translate what the database refuses.

    The block runs in a savepoint, so that the transaction goes on after an error; rows must be
    changed inside of it, not before. A row that another transaction has saved in the meantime
    raises ``StaleVersionError``. A broken constraint that one of ``marks`` names raises
    ``refusal``; a mark is (part of) the constraint's name, which PostgreSQL reports, or
    ``table.column``, which SQLite does. Other broken constraints are mistakes in the program and
    raised as they are.
    """
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except StaleDataError:
        raise StaleVersionError from None
    except IntegrityError as error:
        broken = _broken_constraint(error)
        if refusal is not None and any(mark in broken for mark in marks):
            # The database's own words hold the values, so they are not chained.
            raise refusal from None
        raise


def _broken_constraint(error: IntegrityError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    name: str | None = getattr(diagnosis, "constraint_name", None)
    return name or str(error.orig)

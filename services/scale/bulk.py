"""Rows written past the session, as fast as the database takes them.

PostgreSQL is given them by COPY, SQLite by one prepared statement. The mapped classes' own events
and the wall do not run here: only an empty database is filled, by a command.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from extensions import db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Column, Connection


def write(model: type[Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert ``rows`` (column → value), all with the keys of the first one.

    What a row does not name has its column's default. Values are those of the mapped class; what is
    encrypted there is encrypted here.
    """
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return
    db.session.flush()
    connection = db.session.connection()
    columns = [one for one in inspect(model).local_table.columns if one.key in first or one.default]
    readers = [_reader(one, first, connection) for one in columns]
    values = ([read(row) for read in readers] for row in chain([first], waiting))
    names = ", ".join(one.name for one in columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {model.__tablename__} ({names}) FROM STDIN", values)
    else:
        marks = ", ".join("?" * len(columns))
        connection.connection.executemany(
            f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})",  # noqa: S608 - names of our own
            values,
        )


def _copy(connection: Connection, statement: str, rows: Iterator[list[Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _reader(
    column: Column[Any], first: Mapping[str, Any], connection: Connection
) -> Callable[[Mapping[str, Any]], Any]:
    """Return what takes the value of a column out of a row, as the driver wants it."""
    process = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    key = column.key
    if key in first:
        if process is None:
            return lambda row: row[key]
        return lambda row: process(row[key])
    default: Any = column.default
    make = default.arg if default.is_callable else None
    if make is not None:
        return lambda _row: make(None) if process is None else process(make(None))
    fixed = default.arg if process is None else process(default.arg)
    return lambda _row: fixed

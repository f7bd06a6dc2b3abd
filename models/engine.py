"""How connections are opened: SQLite's file and pragmas, and BEGIN IMMEDIATE for writers.

SQLite allows one writer. A transaction that starts by reading and then writes fails at once when
another has written in between, however long the busy timeout; so whoever is going to write says so
before the transaction begins (``writing``), and waits for its turn instead.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

#: Milliseconds for which a writer waits for another.
BUSY_TIMEOUT = 5000

_will_write: ContextVar[bool] = ContextVar("will_write", default=False)


def announce_writing(will_write: bool) -> None:  # noqa: FBT001 - a plain switch
    """Say whether the transactions that begin from now on in this context are going to write."""
    _will_write.set(will_write)


@contextmanager
def writing() -> Iterator[None]:
    """Announce writing for the length of a block."""
    token = _will_write.set(True)
    try:
        yield
    finally:
        _will_write.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """Announce that nothing is written for the length of a block."""
    token = _will_write.set(False)
    try:
        yield
    finally:
        _will_write.reset(token)


def prepare_engine(engine: Engine) -> None:
    """Attach the pragmas and the BEGIN of SQLite to ``engine``; other databases need nothing."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "do_connect")
    def _create_privately(
        _dialect: object, _record: object, arguments: tuple[Any, ...], _options: object
    ) -> None:
        # SQLite gives its log and its shared memory the mode of the database file. One that is
        # there must not be opened besides: closing any descriptor of it would drop the locks by
        # which this process holds it, and another one would throw away the log under our feet.
        path = Path(str(arguments[0]))
        if path.is_absolute():
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: object) -> None:
        # The driver must not begin transactions by itself: it would begin them too late.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # What REPLACE takes away counts as deleted, for triggers too.
            "recursive_triggers=ON",
            f"busy_timeout={BUSY_TIMEOUT}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _will_write.get() else "BEGIN")

"""How connections are opened."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

from sqlalchemy import create_engine, text

from models.engine import prepare_engine


def test_the_database_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "platform.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    prepare_engine(engine)
    before = os.umask(0o000)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE things (id INTEGER)"))
            modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    finally:
        os.umask(before)
        engine.dispose()
    assert modes == {0o600}


def test_a_database_in_memory_needs_no_file():
    engine = create_engine("sqlite://")
    prepare_engine(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_what_is_committed_survives_another_process_that_comes_and_goes(tmp_path):
    """A process that closes any descriptor of a file loses its locks on it (POSIX).

    The next process that closes the database would then take itself for the last one, and throw
    away the log that the others go on writing to.
    """
    path = tmp_path / "platform.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    prepare_engine(engine)
    opened = [engine.connect() for _ in range(3)]
    for connection in opened:
        connection.execute(text("CREATE TABLE IF NOT EXISTS things (id INTEGER)"))
        connection.commit()
    log = path.with_name(f"{path.name}-wal")
    number = log.stat().st_ino
    assert _asked_elsewhere(path, "SELECT count(*) FROM things") == "0"
    opened[0].execute(text("INSERT INTO things VALUES (1)"))
    opened[0].commit()
    assert log.stat().st_ino == number
    assert _asked_elsewhere(path, "SELECT count(*) FROM things") == "1"
    assert _asked_elsewhere(path, "PRAGMA integrity_check") == "ok"
    for connection in opened:
        connection.close()
    engine.dispose()


def _asked_elsewhere(path, statement):
    """Return the answer to a statement of a process that opens the database and closes it."""
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        " print(c.execute(sys.argv[2]).fetchone()[0]); c.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path, statement], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()

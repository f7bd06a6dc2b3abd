"""How connections are opened."""

from __future__ import annotations

import os
import stat

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

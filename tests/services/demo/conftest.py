"""The demo province, seeded by its command: on SQLite once for all workers; its tests only read."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import time_machine

from extensions import db
from models import utc_now
from services import demo as demo_service
from services.scope import Reason, unscoped
from tests.databases import Databases, close

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

#: What the command says that it has written.
COUNTED = re.compile(r"(\d+) [个份]")


@dataclass
class Seeded:
    """An application on a seeded database, and what the seeding counted."""

    app: Flask
    counts: demo_service.Counts
    #: A demo is made for the day on which it is seeded; its tests live on that day.
    at: dt.datetime


def seed(app: Flask) -> str:
    """Have the command fill the database of ``app``; return what it says."""
    result = app.test_cli_runner().invoke(args=["seed-demo"])
    assert result.exit_code == 0, result.output
    return result.output


def counts_of(output: str) -> demo_service.Counts:
    return demo_service.Counts(*map(int, COUNTED.findall(output)))


@pytest.fixture(scope="session")
def seeded_on_sqlite(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Seeded]:
    """The run's seeded database; the worker that first asks for it makes it for all."""
    base = tmp_path_factory.getbasetemp()
    note = (base if worker_id == "master" else base.parent) / "demo.json"
    with note.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if note.exists():
            found = json.loads(note.read_text(encoding="utf-8"))
            app = databases.fresh_app("sqlite", found["environ"])
        else:
            app = databases.fresh_app("sqlite")
            output = seed(app)
            # The demo's last steps are made at the end of the seeding.
            found = {"output": output, "environ": _environ(app), "at": utc_now().isoformat()}
            note.write_text(json.dumps(found), encoding="utf-8")
    yield Seeded(app, counts_of(found["output"]), dt.datetime.fromisoformat(found["at"]))
    close(app)


def _environ(app: Flask) -> dict[str, str]:
    return {
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "DATA_DIR": str(app.config["DATA_DIR"]),
    }


@pytest.fixture
def seeded(seeded_on_sqlite: Seeded) -> Iterator[Seeded]:
    """The seeded database, in its application's context, beyond the wall; nothing may be kept.

    That the other database holds the same, ``test_same.py`` sees.
    """
    with time_machine.travel(seeded_on_sqlite.at), seeded_on_sqlite.app.app_context():
        with unscoped(Reason.MAINTENANCE):
            yield seeded_on_sqlite
        db.session.rollback()
        db.session.remove()

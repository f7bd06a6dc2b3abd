"""A synthetic province in a fresh database, and browsers signed in at three heights of its tree."""

from __future__ import annotations

import gc
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import flask_migrate
from sqlalchemy import event, select

from app import create_app
from config import load
from extensions import db
from models import Administrator, Institution
from models.engine import writing
from services import scale, sessions
from services.actor import actor_of
from services.scope import Reason, unscoped
from services.sessions import Origin
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

#: Who looks: the role's name and the institution at whose node it stands.
ROLES: Final = {
    "province": "湖北省卫生和计划生育委员会",
    "city": "武汉市卫生和计划生育委员会",
    "county": "黄陂区卫生和计划生育委员会",
    "hospital": "武汉市汉口医院",
}
#: A node with children below each of them, to which a list is narrowed.
BELOW: Final = {
    "province": "襄阳市卫生和计划生育委员会",
    "city": "黄陂区卫生和计划生育委员会",
    "county": "黄陂区祁家湾中心卫生院",
    "hospital": "武汉市汉口医院",
}
KEYS: Final = {
    name: f"benchmark-{name.lower()}-{'k' * 32}" for name in ("SECRET_KEY", "DATA_KEY", "CODE_KEY")
}


@dataclass(frozen=True)
class Stage:
    """A loaded database and the application on it."""

    name: str
    app: Flask
    clients: dict[str, FlaskClient]
    keys_below: dict[str, int]


@dataclass(frozen=True)
class Timing:
    """Some runs of one page: milliseconds and statements by the median, and the last answer."""

    milliseconds: float
    #: The fastest run: what a machine that does nothing else would need.
    best: float
    queries: int
    answer: TestResponse


@contextmanager
def sqlite_url() -> Iterator[str]:
    """Give the URL of a fresh SQLite file."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as directory:
        yield f"sqlite:///{Path(directory) / 'platform.sqlite3'}"


@contextmanager
def postgresql_url() -> Iterator[str]:
    """Give the URL of a fresh database on the server of the tests.

    Raises ``RuntimeError`` when no server can be started here.
    """
    postgres.prepare()
    try:
        url = postgres.postgresql_url("benchmark")
        yield url
        postgres.drop(url)
    finally:
        postgres.stop()


@contextmanager
def stage(name: str, url: str, size: scale.Size | int) -> Iterator[Stage]:
    """Load a province at ``url`` and sign in; everything is thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as data_dir:
        # What the environment says is for the platform itself, not for its measurement.
        app = create_app(
            load({**KEYS, "APP_ENV": "test", "DATA_DIR": data_dir, "DATABASE_URL": url})
        )
        with app.app_context():
            flask_migrate.upgrade()
            with writing():
                scale.load_institutions(size)
                db.session.commit()
            _gather_statistics()
            with unscoped(Reason.MAINTENANCE), writing():
                tokens = {role: _token(node) for role, node in ROLES.items()}
                keys = {role: _institution(node).id for role, node in BELOW.items()}
                db.session.commit()
            db.session.remove()
        clients = {role: _browser(app, token) for role, token in tokens.items()}
        yield Stage(name, app, clients, keys)
        with app.app_context():
            db.engine.dispose()


def timed(client: FlaskClient, app: Flask, path: str, repetitions: int) -> Timing:
    """Open a page some times after two that are not counted; the server is in this process."""
    with app.app_context():
        engine = db.engine
    counts: list[int] = []
    seconds: list[float] = []

    def count(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        # The driver of SQLite says BEGIN by a statement of its own.
        counts[-1] += not statement.startswith("BEGIN")

    event.listen(engine, "before_cursor_execute", count)
    try:
        for number in range(repetitions + 2):
            counts.append(0)
            gc.collect()
            start = perf_counter()
            answer = client.get(path)
            answer.get_data()
            if number > 1:
                seconds.append(perf_counter() - start)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return Timing(median(seconds) * 1000, min(seconds) * 1000, int(median(counts[2:])), answer)


def _gather_statistics() -> None:
    """Let the planner know the tables, which autovacuum does on a living server."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM ANALYZE")


def _token(name: str) -> str:
    institution = _institution(name)
    account = db.session.scalars(
        select(Administrator).where(Administrator.institution_id == institution.id).limit(1)
    ).one()
    return sessions.open_session(
        actor_of(account, institution), Origin(address="127.0.0.1", browser="benchmark")
    )


def _browser(app: Flask, token: str) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


def _institution(name: str) -> Institution:
    return db.session.scalars(select(Institution).where(Institution.name == name)).unique().one()

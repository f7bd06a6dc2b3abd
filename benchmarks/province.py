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
from sqlalchemy import event, func, select

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
    from collections.abc import Callable, Iterator

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
    #: The node with most children of all that each of them sees.
    busiest: dict[str, int]


@dataclass(frozen=True)
class Timing:
    """Some runs of one page: milliseconds and statements by the median, and the last answer."""

    milliseconds: float
    #: The fastest run: what a machine that does nothing else would need.
    best: float
    queries: int
    answer: TestResponse
    #: The same of the bare way, where there is one beside it.
    bare: float = 0.0
    bare_best: float = 0.0


class NotStartedError(Exception):
    """No server can be started here, so that nothing is measured on it."""


def on_each(measure: Callable[[str, str], int], only: str | None = None) -> int:
    """Run ``measure`` with name and URL of a fresh database of each kind; return the exit status.

    Whoever wants one kind alone says so by ``only``: a kind that cannot be started has kept no
    limit, and is a failure.
    """
    status = 0
    for name, place in (("sqlite", sqlite_url), ("postgresql", postgresql_url)):
        if only in {None, name}:
            try:
                with place() as url:
                    status |= measure(name, url)
            except NotStartedError as error:
                print(f"\n{name}: NOT MEASURED, since no server can be started here: {error}")
                status = 1
    return status


@contextmanager
def sqlite_url() -> Iterator[str]:
    """Give the URL of a fresh SQLite file."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as directory:
        yield f"sqlite:///{Path(directory) / 'platform.sqlite3'}"


@contextmanager
def postgresql_url() -> Iterator[str]:
    """Give the URL of a fresh database on the server of the tests.

    Raises ``NotStartedError`` when no server can be started here.
    """
    postgres.prepare()
    try:
        try:
            url = postgres.postgresql_url("benchmark")
        except RuntimeError as error:
            raise NotStartedError(str(error)) from error
        yield url
        postgres.drop(url)
    finally:
        postgres.stop()


@contextmanager
def stage(name: str, url: str, size: scale.Size | int, people: int = 0) -> Iterator[Stage]:
    """Load a province at ``url``, perhaps with people, and sign in; all is thrown away after."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as data_dir:
        # What the environment says is for the platform itself, not for its measurement.
        app = create_app(
            load({**KEYS, "APP_ENV": "test", "DATA_DIR": data_dir, "DATABASE_URL": url})
        )
        with app.app_context():
            flask_migrate.upgrade()
            with writing():
                per_county = scale.PER_COUNTY[size] if isinstance(size, scale.Size) else size
                scale.fill(per_county, people)
                db.session.commit()
            gather_statistics()
            with unscoped(Reason.MAINTENANCE), writing():
                tokens = {role: _token(node) for role, node in ROLES.items()}
                keys = {role: _institution(node).id for role, node in BELOW.items()}
                busiest = {role: _busiest(node) for role, node in ROLES.items()}
                db.session.commit()
            db.session.remove()
        clients = {role: browser(app, token) for role, token in tokens.items()}
        # What is there by now is not looked through again before each run.
        gc.collect()
        gc.freeze()
        yield Stage(name, app, clients, keys, busiest)
        gc.unfreeze()
        with app.app_context():
            db.engine.dispose()


def timed(
    client: FlaskClient,
    app: Flask,
    path: str,
    repetitions: int,
    bare: Callable[[], object] | None = None,
) -> Timing:
    """Open a page some times after two that are not counted; the server is in this process.

    The ``bare`` way takes turns with it, so that whatever else the machine does hits both.
    """
    with app.app_context():
        engine = db.engine
    counts: list[int] = []
    seconds: list[float] = []
    beside: list[float] = []

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
            if bare is not None:
                gc.collect()
                start = perf_counter()
                bare()
                if number > 1:
                    beside.append(perf_counter() - start)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return Timing(
        median(seconds) * 1000,
        min(seconds) * 1000,
        int(median(counts[2:])),
        answer,
        bare=median(beside or [0.0]) * 1000,
        bare_best=min(beside or [0.0]) * 1000,
    )


def gather_statistics() -> None:
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


def browser(app: Flask, token: str) -> FlaskClient:
    """Return a browser that is signed in by the token of a session."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


def _busiest(name: str) -> int:
    """Return the key of the node at or below an institution that has most children."""
    own = _institution(name)
    statement = (
        select(Institution.parent_id)
        .where(Institution.path.startswith(own.path), Institution.id != own.id)
        .group_by(Institution.parent_id)
        .order_by(func.count().desc(), Institution.parent_id)
    )
    return db.session.scalar(statement.limit(1)) or own.id


def _institution(name: str) -> Institution:
    return db.session.scalars(select(Institution).where(Institution.name == name)).unique().one()

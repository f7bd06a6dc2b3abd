"""Applications on migrated databases.

Tests that are rolled back share one per backend and worker. Those that need real commits (threads,
browsers, commands) share another one, whose database is emptied before each.
"""

from __future__ import annotations

import contextvars
import itertools
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import flask_migrate
import pytest
from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from config import load
from extensions import db
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

Content = TypeVar("Content")

BACKENDS: Final = ("sqlite", "postgresql")

KEYS: Final = {
    "SECRET_KEY": "test-secret-key-" + "s" * 32,
    "DATA_KEY": "test-data-key-" + "d" * 32,
    "CODE_KEY": "test-code-key-" + "c" * 32,
}
"""The same keys everywhere, so that a database can be copied between applications."""


class IsolatedClient(FlaskClient):
    """A client whose requests see nothing of the test's own context, as in production.

    Flask would otherwise let a request join the application context that the test holds, with its
    session, its bound actor and its ``g`` (where Flask-Login keeps the user). What the test has
    pending is written before the request, and its rows are expired after it, so that both see the
    same database. ``with client:`` cannot work here and is refused.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make the request in an empty context and read the whole answer there."""
        kwargs["buffered"] = True
        test_session = db.session() if _inside_application() and db.session.registry.has() else None
        if test_session is not None:
            test_session.flush()
            _write_trail(test_session)
        response = contextvars.Context().run(super().open, *args, **kwargs)
        if test_session is not None:
            test_session.expire_all()
        return response

    def __enter__(self) -> NoReturn:
        message = "use app.test_request_context() to look into a request"
        raise NotImplementedError(message)


class Databases:
    """The databases of one worker; ``worker_id`` is ``master`` without pytest-xdist."""

    def __init__(self, directory: Path, worker_id: str) -> None:
        self._directory = directory
        self._worker_id = worker_id
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}
        self._apps: dict[str, Flask] = {}
        self._committed: dict[str, Flask] = {}
        self._unavailable: dict[str, str] = {}
        self._made: list[str] = []

    def app(self, backend: str) -> Flask:
        """Return the application whose database every test leaves as it found it."""
        if backend not in self._apps:
            self._apps[backend] = self._app_with_codes(backend)
        return self._apps[backend]

    @contextmanager
    def committed_app(self, backend: str) -> Iterator[Flask]:
        """Give the application whose commits are real; its database holds the code tables only.

        What the last one has left in database, data folder and settings is cleared away first: to
        make all of that anew takes longer than most tests.
        """
        app = self._committed.get(backend)
        if app is None:
            app = self._committed[backend] = self._app_with_codes(backend)
            close(app)
            if backend == "sqlite":
                shutil.copyfile(_file_of(app), _spare_of(app))
        else:
            _clear(app)
        _forget_codes(app)
        kept = [(part, dict(part)) for part in (app.config, app.extensions)]
        try:
            yield app
        finally:
            close(app)
            for part, before in kept:
                part.clear()
                part.update(before)

    def fresh_app(self, backend: str, environ: Mapping[str, str] | None = None) -> Flask:
        """Return an application with an empty, migrated database and data folder of its own.

        ``environ`` adds to the environment from which it reads its settings.
        """
        return self._create_app(self._copy_of(self._template(backend)), environ or {})

    def dispose(self) -> None:
        """Close all connections and drop the databases on a server of the user's own."""
        for app in (*self._apps.values(), *self._committed.values()):
            close(app)
        for url in self._made:
            postgres.drop(url)

    def _app_with_codes(self, backend: str) -> Flask:
        app = self.fresh_app(backend)
        with app.app_context():
            # Nearly every test needs them, and filling them takes longer than most tests.
            _load_codes()
        return app

    def _template(self, backend: str) -> str:
        """Return the URL of the migrated database that the others are copied from."""
        if backend in self._unavailable:
            pytest.skip(self._unavailable[backend])
        if backend not in self._templates:
            try:
                url = self._empty(backend)
            except RuntimeError as error:
                self._unavailable[backend] = str(error)
                pytest.skip(str(error))
            app = self._create_app(url, {})
            with app.app_context():
                flask_migrate.upgrade()
            close(app)
            self._templates[backend] = url
        return self._templates[backend]

    def _empty(self, backend: str) -> str:
        if backend == "sqlite":
            return f"sqlite:///{self._directory / 'template.sqlite3'}"
        url = postgres.postgresql_url(self._worker_id)
        self._made.append(url)
        return url

    def _copy_of(self, template: str) -> str:
        number = next(self._numbers)
        if make_url(template).get_backend_name() == "sqlite":
            path = self._directory / f"{number}.sqlite3"
            shutil.copyfile(self._directory / "template.sqlite3", path)
            return f"sqlite:///{path}"
        url = postgres.copy(template, number)
        self._made.append(url)
        return url

    def _create_app(self, url: str, environ: Mapping[str, str]) -> Flask:
        # Tests without an application need not wait for it to be imported, nor for it to be whole.
        from app import create_app  # noqa: PLC0415

        data_dir = self._directory / f"data-{next(self._numbers)}"
        data_dir.mkdir(mode=0o700)
        settings = load(
            {
                **KEYS,
                "APP_ENV": "test",
                "DATA_DIR": str(data_dir),
                "DATABASE_URL": url,
                **environ,
            }
        )
        app = create_app(settings)
        app.test_client_class = IsolatedClient
        # Its tests switch it on; for all others it would start a thread with every request.
        app.extensions["rate_limiter"].enabled = False
        return app


@contextmanager
def made_once(
    databases: Databases, fill: Callable[[], Content]
) -> Iterator[Callable[[str], tuple[Flask, Content]]]:
    """Give what returns, for a backend, an application that ``fill`` has filled, and what it said.

    Each is made when it is first asked for; ``fill`` is called in its context and commits.
    """
    made: dict[str, tuple[Flask, Content]] = {}

    def get(backend: str) -> tuple[Flask, Content]:
        if backend not in made:
            app = databases.fresh_app(backend)
            with app.app_context():
                made[backend] = app, fill()
        return made[backend]

    yield get
    for app, _ in made.values():
        close(app)


@contextmanager
def rolled_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Enter the context of ``app`` with its database in one transaction, and undo all of it.

    A commit inside, the application's own too, ends a savepoint only.
    """
    _forget_codes(app)
    with app.app_context():
        db.session.configure(join_transaction_mode="create_savepoint")
        with db.engine.connect() as connection, connection.begin() as outer:
            monkeypatch.setitem(db.engines, None, connection)
            yield
            db.session.remove()
            outer.rollback()


def _forget_codes(app: Flask) -> None:
    """Take away the copy of the code tables: the last test may have changed them."""
    app.extensions.pop("code_tables", None)


def _load_codes() -> None:
    # Imported here for the same reason as the application.
    from models.engine import writing  # noqa: PLC0415
    from tests.factories.codes import ALWAYS_THERE, load_codes  # noqa: PLC0415

    with writing():
        load_codes()
        db.session.commit()
    db.session.remove()
    current_app.config[ALWAYS_THERE] = True


def _write_trail(session: Session) -> None:
    # Imported here for the same reason as the application.
    from services.trail import pending  # noqa: PLC0415

    pending.write_waiting(session)


def empty(directory: Path) -> None:
    """Remove what a test left in a data folder."""
    for entry in directory.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _clear(app: Flask) -> None:
    """Bring a committed database, to which nobody is connected, and its data folder back."""
    empty(app.config["DATA_DIR"])
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        file = _file_of(app)
        for rest in file.parent.glob(f"{file.name}-*"):
            rest.unlink()
        shutil.copyfile(_spare_of(app), file)
        return
    # Imported here for the same reason as the application.
    from models import AuditEntry  # noqa: PLC0415
    from services.reference import FILES  # noqa: PLC0415

    codes = {model.__table__ for model in FILES}
    trail = AuditEntry.__tablename__
    with app.app_context(), db.engine.begin() as connection:
        # Entries of the trail are only ever added, but by whom owns the table.
        connection.exec_driver_sql(f"ALTER TABLE {trail} DISABLE TRIGGER USER")
        for table in reversed(db.metadata.sorted_tables):
            if table not in codes:
                connection.execute(table.delete())
        connection.exec_driver_sql(f"ALTER TABLE {trail} ENABLE TRIGGER USER")
    close(app)


def _file_of(app: Flask) -> Path:
    """Return the file of an SQLite database."""
    return Path(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or "")


def _spare_of(app: Flask) -> Path:
    return _file_of(app).with_suffix(".spare")


def close(app: Flask) -> None:
    """Close the connections of ``app``."""
    with app.app_context():
        db.engine.dispose()


def _inside_application() -> bool:
    from flask import has_app_context  # noqa: PLC0415

    return has_app_context()

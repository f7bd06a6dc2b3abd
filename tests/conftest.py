"""Fixtures of all tests.

Every test that uses ``app`` (or ``session``, or ``client``) runs on SQLite and on PostgreSQL,
inside one transaction that is rolled back afterwards; commits inside it, the application's own
too, end savepoints.
"""

from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from extensions import db
from tests import chromium, postgres
from tests.databases import BACKENDS, Databases, close, empty, rolled_back

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, ConsoleMessage, Error, Page
    from sqlalchemy.orm import scoped_session

pytest_plugins = ["tests.required", "tests.harness.report"]

#: Objects made, and collections of each generation, before the next one: a test makes many and
#: keeps few. Together with ``pytest_collection_finish`` it takes a fifth off what a test costs.
COLLECT_GARBAGE_AFTER: Final = (100_000, 20, 100)

# A slow machine is no defect of the property.
hypothesis.settings.register_profile("project", deadline=None, print_blob=True)
hypothesis.settings.load_profile("project")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the place of the run's PostgreSQL; the workers get it through their environment."""
    gc.set_threshold(*COLLECT_GARBAGE_AFTER)
    # No file of a test need survive a crash of the machine.
    os.fsync = _leave_to_the_system
    if not hasattr(config, "workerinput"):
        postgres.prepare()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's PostgreSQL."""
    if not hasattr(config, "workerinput"):
        postgres.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def _leave_to_the_system(_descriptor: object) -> None:
    """Stand for ``os.fsync``, which waits for the disk."""


def pytest_collection_finish() -> None:
    """Keep the collector of garbage from looking through all modules and tests time and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Databases]:
    """The worker's databases, each made by the migrations when it is first asked for."""
    found = Databases(tmp_path_factory.mktemp("databases"), worker_id)
    yield found
    found.dispose()


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.postgresql) if name == "postgresql" else name
        for name in BACKENDS
    ]
)
def database_backend(request: pytest.FixtureRequest) -> str:
    """The name of the database under test, ``sqlite`` or ``postgresql``."""
    return request.param


@pytest.fixture
def app(
    databases: Databases, database_backend: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """The application, in its context; its database holds the code tables and nothing else."""
    application = databases.app(database_backend)
    with rolled_back(application, monkeypatch):
        yield application
    empty(application.config["DATA_DIR"])


@pytest.fixture
def session(app: Flask) -> scoped_session[Any]:
    """The test's own session; requests have theirs, on the same transaction."""
    return db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript; ``app.test_client()`` makes further ones."""
    return app.test_client()


@pytest.fixture
def committed_app(databases: Databases, database_backend: str) -> Iterator[Flask]:
    """The application where commits are real; enter its context yourself.

    Its database holds the code tables and nothing else. For threads, browsers and commands only: it
    is slower than ``app``.
    """
    with databases.committed_app(database_backend) as application:
        yield application


@pytest.fixture
def fresh_app(databases: Databases, database_backend: str) -> Iterator[Flask]:
    """An application of its own on a database as the migrations leave it; nothing is in it.

    For what changes the schema or the application itself, or wants to see the very first day.
    """
    application = databases.fresh_app(database_backend)
    yield application
    close(application)


@pytest.fixture
def live_server(committed_app: Flask) -> Iterator[str]:
    """The address at which ``committed_app`` answers, without a slash at the end."""
    server = make_server("127.0.0.1", 0, _read_first(committed_app), threaded=True)
    # Answers in progress must not outlive the test's database.
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all stories of a worker; each gets a ``page`` in a fresh context."""
    path = chromium.find()
    if path is None:
        pytest.skip("no Chromium on the PATH")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(**chromium.launch_options(path))
        yield launched
        launched.close()


@pytest.fixture
def console() -> list[str]:
    """What the browser complained of; a story that provokes a complaint checks and clears it."""
    return []


@pytest.fixture
def page(browser: Browser, live_server: str, console: list[str]) -> Iterator[Page]:
    """An empty page of an officer's screen; relative addresses are the live server's.

    The story fails when the console holds a warning, an error or a breach of the content policy.
    """

    def note(message: ConsoleMessage | Error) -> None:
        kind = getattr(message, "type", "error")
        if kind in {"error", "warning"}:
            console.append(f"{kind}: {getattr(message, 'text', message)}")

    context = browser.new_context(
        base_url=live_server,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1366, "height": 768},
        accept_downloads=True,
    )
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("console", note)
    opened.on("pageerror", note)
    yield opened
    context.close()
    assert not console, "the browser's console is not empty"


def _read_first(app: WSGIApplication) -> WSGIApplication:
    """Have every answer read, and its file closed, before it is sent.

    Werkzeug's server forgets to close it when the browser has gone on to another page meanwhile,
    and the warning of that would fail whichever test runs next.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer

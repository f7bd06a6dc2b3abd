"""The harness around the world, and the counting of what it asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from extensions import db
from tests.databases import close
from tests.harness import building
from tests.harness.report import count_requests
from tests.harness.runner import Harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from tests.databases import Databases
    from tests.harness.world import World

#: A morning in the weeks in which certificates are entered.
NOW = dt.datetime(2018, 1, 10, 1, 30, tzinfo=dt.UTC)
#: Failures that are shown; the rest is usually the same again.
MOST_SHOWN = 25

Inhabited = tuple["Flask", "World"]


@pytest.fixture(scope="session")
def inhabited(databases: Databases) -> Iterator[Callable[[str], Inhabited]]:
    """The application with the world in it, made once for each database of a worker."""
    made: dict[str, Inhabited] = {}

    def get(backend: str) -> Inhabited:
        if backend not in made:
            app = databases.fresh_app(backend)
            with app.app_context(), time_machine.travel(NOW, tick=False):
                made[backend] = app, building.build()
        return made[backend]

    yield get
    for app, _ in made.values():
        close(app)


@pytest.fixture
def harness(
    inhabited: Callable[[str], Inhabited],
    database_backend: str,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, Any], None],
) -> Iterator[Harness]:
    """A world in which one may ask anything; what was wrong with the answers fails the test."""
    app, inhabitants = inhabited(database_backend)
    with app.app_context(), time_machine.travel(NOW, tick=False):
        # As in the fixture ``app``: a commit ends a savepoint only, and all is rolled back.
        db.session.configure(join_transaction_mode="create_savepoint")
        with db.engine.connect() as connection, connection.begin() as outer:
            monkeypatch.setitem(db.engines, None, connection)
            made = Harness(app, inhabitants)
            yield made
            made.assert_untouched()
            db.session.remove()
            outer.rollback()
    count_requests(record_property, database_backend, made.requests, made.leaks)
    assert not made.failures, made.story(MOST_SHOWN)

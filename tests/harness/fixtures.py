"""The harness around the world, and the counting of what it asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from tests.databases import made_once, rolled_back
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

    def build() -> World:
        with time_machine.travel(NOW, tick=False):
            return building.build()

    with made_once(databases, build) as get:
        yield get


@pytest.fixture
def harness(
    inhabited: Callable[[str], Inhabited],
    database_backend: str,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, Any], None],
) -> Iterator[Harness]:
    """A world in which one may ask anything; what was wrong with the answers fails the test."""
    app, inhabitants = inhabited(database_backend)
    with time_machine.travel(NOW, tick=False), rolled_back(app, monkeypatch):
        made = Harness(app, inhabitants)
        yield made
        made.assert_untouched()
    count_requests(record_property, database_backend, made.requests, made.leaks)
    assert not made.failures, made.story(MOST_SHOWN)

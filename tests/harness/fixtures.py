"""The harness around a fresh world, and the counting of what it asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.harness import world
from tests.harness.report import count_requests
from tests.harness.runner import Harness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

#: A morning in the weeks in which certificates are entered.
NOW = dt.datetime(2018, 1, 10, 1, 30, tzinfo=dt.UTC)
#: Failures that are shown; the rest is usually the same again.
MOST_SHOWN = 25


@pytest.fixture
def harness(
    app: Flask, database_backend: str, record_property: pytest.FixtureRequest
) -> Iterator[Harness]:
    """A world in which one may ask anything; what was wrong with the answers fails the test."""
    with time_machine.travel(NOW, tick=False):
        made = Harness(app, world.build())
        yield made
        made.assert_untouched()
    count_requests(record_property, database_backend, made.requests, made.leaks)
    assert not made.failures, made.story(MOST_SHOWN)

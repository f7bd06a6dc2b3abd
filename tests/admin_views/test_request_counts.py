"""Counters of one process: windows, sweeping, many threads at once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from admin_views.request_counts import ProcessStorage

NOW = dt.datetime(2018, 1, 10, 1, 30, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_the_library_finds_it_by_its_name():
    assert isinstance(storage_from_string("process://"), ProcessStorage)


def test_a_window_ends(clock):
    storage = ProcessStorage()
    limiter, limit = FixedWindowRateLimiter(storage), parse("2 per minute")
    assert [limiter.hit(limit, "one") for _ in range(3)] == [True, True, False]
    assert limiter.hit(limit, "other")
    assert limiter.get_window_stats(limit, "one") == (NOW.timestamp() + 60, 0)
    clock.shift(59)
    assert not limiter.test(limit, "one")
    clock.shift(1)
    assert limiter.test(limit, "one")
    assert limiter.get_window_stats(limit, "one").remaining == 2
    assert limiter.hit(limit, "one")


def test_counters_that_are_over_do_not_stay(clock):
    storage = ProcessStorage()
    for number in range(100):
        storage.incr(f"key {number}", 30)
    clock.shift(61)
    storage.incr("new", 30)
    assert len(storage._counters) == 1


def test_counters_are_forgotten(clock):
    storage = ProcessStorage()
    assert [storage.incr(key, 30) for key in ("one", "one", "other")] == [1, 2, 1]
    storage.clear("one")
    assert (storage.get("one"), storage.get("other")) == (0, 1)
    assert storage.reset() == 1
    assert storage.get("other") == 0
    assert storage.check()


def test_threads_lose_no_count():
    storage = ProcessStorage()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: storage.incr("key", 3600), range(2000)))
    assert storage.get("key") == 2000

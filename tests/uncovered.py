"""Leaves out of the coverage what is left out of it wholly: the fixtures too, not the test alone.

pytest-cov itself notes every line of the setup of a test marked ``no_cover``, which is most of what
such a test does, and to note a line takes as long as to run it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note nothing while the fixtures are made."""
    with _paused(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note nothing while they are cleared away."""
    with _paused(item):
        return (yield)


@contextmanager
def measured(config: pytest.Config) -> Iterator[None]:
    """Note what runs in the block, whichever test it is that asks for what is made once for all."""
    controller = _controller(config)
    if controller is None or not _paused_for:
        yield
        return
    controller.resume()
    try:
        yield
    finally:
        controller.pause()


#: The test, left out of the coverage, whose fixtures are at work just now.
_paused_for: list[pytest.Item] = []


@contextmanager
def _paused(item: pytest.Item) -> Iterator[None]:
    controller = _controller(item.config)
    # What runs once, when the application is imported, is noted whoever imports it.
    if controller is None or "app" not in sys.modules or not item.get_closest_marker("no_cover"):
        yield
        return
    controller.pause()
    _paused_for.append(item)
    try:
        yield
    finally:
        _paused_for.remove(item)
        controller.resume()


def _controller(config: pytest.Config) -> Any:
    """Return what stops and starts the coverage; ``None`` when nothing is noted."""
    return getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)

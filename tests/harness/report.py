"""Says at the end of a run how much the harness has asked, over all workers."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

_KEY: Final = "harness"
# The controller of pytest-xdist is told of all workers' tests.
_requests: Counter[str] = Counter()
_leaks: Counter[str] = Counter()
_seconds: defaultdict[str, float] = defaultdict(float)
_seconds_of_test: defaultdict[str, float] = defaultdict(float)


def count_requests(
    record_property: Callable[[str, Any], None], database: str, requests: int, leaks: int
) -> None:
    """Note with the present test how many requests it made and how many leaks it found."""
    record_property(_KEY, [database, requests, leaks])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what the tests have noted."""
    _seconds_of_test[report.nodeid] += report.duration
    if report.when != "teardown":
        return
    seconds = _seconds_of_test.pop(report.nodeid)
    for name, value in report.user_properties:
        if name == _KEY:
            database, requests, leaks = value
            _requests[database] += requests
            _leaks[database] += leaks
            _seconds[database] += seconds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print one line for each database."""
    for database in sorted(_requests):
        leaks = _leaks[database]
        terminalreporter.write_line(
            f"harness {database}: {_requests[database]} requests, {leaks} leaks, "
            f"{_seconds[database]:.0f} s of work",
            red=bool(leaks),
            green=not leaks,
        )

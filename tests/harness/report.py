"""Says at the end of a run how much the harness has asked, over all workers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

_KEY: Final = "harness"
# The controller of pytest-xdist is told of all workers' tests.
_sums: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])


def count_requests(
    record_property: Callable[[str, Any], None], database: str, requests: int, leaks: int
) -> None:
    """Note with the present test how many requests it made and how many leaks it found."""
    record_property(_KEY, [database, requests, leaks])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what the tests have noted."""
    for name, value in report.user_properties:
        if name == _KEY and report.when == "teardown":
            database, requests, leaks = value
            _sums[database][0] += requests
            _sums[database][1] += leaks
    if "tests/harness/" in report.nodeid:
        for database in ("sqlite", "postgresql"):
            if f"[{database}" in report.nodeid or f"-{database}" in report.nodeid:
                _sums[database][2] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print one line for each database."""
    for database, (requests, leaks, seconds) in sorted(_sums.items()):
        if requests:
            terminalreporter.write_line(
                f"harness {database}: {requests:.0f} requests, {leaks:.0f} leaks, {seconds:.0f} s",
                red=bool(leaks),
                green=not leaks,
            )

"""Keeps a run honest: what must not be skipped fails when it is, or when it was never there.

``REQUIRE_BROWSER=1`` is for the tests marked ``browser``, ``REQUIRE_POSTGRESQL=1`` for those marked
``postgresql``. Continuous integration sets both.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

SWITCHES: Final = {"browser": "REQUIRE_BROWSER", "postgresql": "REQUIRE_POSTGRESQL"}
"""Marker → environment variable that makes its tests obligatory."""

# The passed tests by marker; the controller of pytest-xdist is told of all workers' tests.
_count: Counter[str] = Counter()


def required_markers() -> list[str]:
    """Return the markers whose tests must run, as the environment says."""
    return [marker for marker, switch in SWITCHES.items() if os.environ.get(switch) == "1"]


def missing_markers() -> list[str]:
    """Return the required markers of which no test has passed."""
    return [marker for marker in required_markers() if not _count[marker]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of an obligatory test into a failure."""
    report = yield
    obligatory = [marker for marker in required_markers() if item.get_closest_marker(marker)]
    if report.skipped and obligatory and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"{SWITCHES[obligatory[0]]}=1, but the test was skipped: {report.longrepr}"
        )
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count a passed test under each of its markers."""
    if report.when == "call" and report.passed:
        _count.update(marker for marker in SWITCHES if marker in report.keywords)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that looks green only because something did not run."""
    in_worker = hasattr(session.config, "workerinput")
    if not in_worker and missing_markers() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what did not run."""
    for marker in missing_markers():
        terminalreporter.write_line(
            f"{SWITCHES[marker]}=1, but no test marked {marker} has passed.", red=True
        )

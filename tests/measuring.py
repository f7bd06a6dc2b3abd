"""Coverage of a whole run: ``make test`` loads this before anything of the program is imported.

SlipCover notes a line, or a branch, the first time it is taken and no more; coverage.py looks at
every line of every test anew, which took as long as the tests themselves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import slipcover

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Percent of lines and branches below which a run has failed.
FLOOR: Final = 95.0

PROGRAM: Final = ("admin_views", "config", "exports", "forms", "jobs", "models", "services")
MODULES: Final = ("app.py", "cli.py", "extensions.py")
#: What no test can run, besides what is marked.
NEVER_RUN: Final = ("if TYPE_CHECKING:", "@overload", r"\.\.\.$")

_ROOT: Final = Path(__file__).resolve().parents[1]


class Measurement:
    """What one process has seen of the program, and what its workers have told it."""

    def __init__(self, root: Path, packages: Sequence[str], modules: Sequence[str] = ()) -> None:
        """Begin; what is imported from below ``root`` from now on is measured."""
        folders = [str(root / name) for name in packages]
        files = [str(root / name) for name in modules]
        self._probes = slipcover.Slipcover(
            branch=True,
            source=folders,
            exclude_also=list(NEVER_RUN),
            # What was seen is taken out rarely: that looks through the whole program.
            d_miss_threshold=1000,
        )
        matcher = slipcover.FileMatcher(sources=folders + files)
        slipcover.ImportManager(self._probes, matcher).__enter__()
        self._told: list[dict[str, Any]] = []

    def found(self) -> dict[str, Any]:
        """Return the lines and branches that were run, and those that were not."""
        found = dict(self._probes.get_coverage())
        for told in self._told:
            slipcover.merge_coverage(found, told)
        return found

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker has seen."""
        told = getattr(node, "workeroutput", {}).get("coverage")
        if told is not None:
            self._told.append(json.loads(told))

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Hand on what was seen, or judge it."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["coverage"] = json.dumps(self.found())
        elif session.exitstatus == pytest.ExitCode.OK and _percent(self.found()) < FLOOR:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the files of which something was not run."""
        found = self.found()
        terminalreporter.section("coverage")
        # The table has no other way out than a file.
        slipcover.print_coverage(
            found, outfile=terminalreporter._tw._file, skip_covered=True, missing_width=60
        )
        percent = _percent(found)
        verdict = "is below the floor of" if percent < FLOOR else "floor"
        terminalreporter.write_line(f"coverage {percent:.2f} %, {verdict} {FLOOR:.0f} %")


def _percent(found: dict[str, Any]) -> float:
    return float(found["summary"]["percent_covered"])


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Measure the program; the first ``conftest.py`` imports parts of it."""
    early_config.pluginmanager.register(Measurement(_ROOT, PROGRAM, MODULES))

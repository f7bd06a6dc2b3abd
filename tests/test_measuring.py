"""The coverage of a run: what all its workers have seen, and a floor under it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PROGRAM = """
def one(it):
    return "one" if it else "none"

def two(it):
    if it:
        return "two"
    return "none"
"""
PLUGIN = """
from pathlib import Path
from tests.measuring import Measurement

def pytest_load_initial_conftests(early_config):
    early_config.pluginmanager.register(Measurement(Path.cwd(), ["program"]))
"""
TEST_ONE = """
from program.numbers import one
def test_one(): assert one(1) + one(0) == "onenone"
"""
TEST_TWO = """
from program.numbers import two
def test_two(): assert two(1) == "two"
def test_none(): assert two(0) == "none"
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Run tests, those of each file in a worker of their own."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=":")
    pytester.makeini("[pytest]\npythonpath = .")
    pytester.mkpydir("program").joinpath("numbers.py").write_text(PROGRAM, encoding="utf-8")
    pytester.makepyfile(small=PLUGIN)

    def run(**tests: str) -> pytest.RunResult:
        pytester.makepyfile(**tests)
        return pytester.runpytest_subprocess("-p", "small", "-n2", "--dist=loadfile")

    return run


def test_what_any_worker_has_seen_counts(run):
    result = run(test_one=TEST_ONE, test_two=TEST_TWO)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["coverage 100.00 %, floor 95 %", "*3 passed*"])


def test_a_run_below_the_floor_has_failed(run):
    result = run(test_two=TEST_TWO)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*numbers.py*3", "coverage *, is below the floor of 95 %"])

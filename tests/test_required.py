"""Continuous integration must not look green because something did not run."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

PASSES = "import pytest\n@pytest.mark.browser\ndef test_it(): assert True\n"
SKIPS = "import pytest\n@pytest.mark.browser\ndef test_it(): pytest.skip('no Chromium')\n"
SKIPS_IN_A_FIXTURE = """
import pytest
@pytest.fixture
def browser(): pytest.skip('no Chromium')
@pytest.mark.browser
def test_it(browser): assert True
"""
HAS_NONE = "def test_it(): assert True\n"


@pytest.mark.parametrize(
    ("required", "source", "fails"),
    [
        pytest.param(True, PASSES, False, id="passed"),
        pytest.param(True, SKIPS, True, id="skipped"),
        pytest.param(True, SKIPS_IN_A_FIXTURE, True, id="skipped by its fixture"),
        pytest.param(True, HAS_NONE, True, id="missing"),
        pytest.param(False, SKIPS, False, id="skipped, not required"),
        pytest.param(False, HAS_NONE, False, id="missing, not required"),
    ],
)
def test_required_tests_must_run(
    pytester: pytest.Pytester,
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
    required: bool,
    source: str,
    fails: bool,
):
    monkeypatch.setenv("REQUIRE_BROWSER", "1" if required else "0")
    monkeypatch.delenv("REQUIRE_POSTGRESQL", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    # The libraries behind all the other plugins take longer to import than the test to run.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(source)
    pytester.makeini("[pytest]\nmarkers = browser")
    result = pytester.runpytest_subprocess("-p", "tests.required", "-p", "xdist.plugin", "-n1")
    assert (result.ret != 0) == fails

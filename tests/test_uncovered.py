"""The coverage notes neither a test that is left out of it nor the fixtures of such a test."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests import uncovered


class Controller:
    """Stands for that of pytest-cov."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def pause(self) -> None:
        self.did.append("pause")

    def resume(self) -> None:
        self.did.append("resume")


@pytest.fixture
def controller() -> Controller:
    return Controller()


@pytest.mark.parametrize("phase", ["pytest_runtest_setup", "pytest_runtest_teardown"])
@pytest.mark.parametrize("is_imported", [True, False])
@pytest.mark.parametrize("marker", ["no_cover", "browser"])
def test_fixtures_are_left_out_once_the_application_is_there(
    controller: Controller,
    monkeypatch: pytest.MonkeyPatch,
    phase: str,
    is_imported: bool,
    marker: str,
) -> None:
    modules = {"app": object()} if is_imported else {}
    monkeypatch.setattr(uncovered, "sys", SimpleNamespace(modules=modules))
    manager = SimpleNamespace(get_plugin=lambda _: SimpleNamespace(cov_controller=controller))
    item = SimpleNamespace(
        config=SimpleNamespace(pluginmanager=manager),
        get_closest_marker=lambda name: name == marker,
    )
    running = getattr(uncovered, phase)(item)
    next(running)
    expected = ["pause"] if is_imported and marker == "no_cover" else []
    assert controller.did == expected
    with pytest.raises(RuntimeError):
        running.throw(RuntimeError("a fixture failed"))
    assert controller.did == [*expected, *(["resume"] if expected else [])]


def test_what_is_made_once_for_all_is_noted_whoever_asks_for_it(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uncovered, "sys", SimpleNamespace(modules={"app": object()}))
    manager = SimpleNamespace(get_plugin=lambda _: SimpleNamespace(cov_controller=controller))
    config = SimpleNamespace(pluginmanager=manager)
    item = SimpleNamespace(config=config, get_closest_marker=lambda name: name == "no_cover")
    with uncovered.measured(config):
        assert controller.did == []
    running = uncovered.pytest_runtest_setup(item)
    next(running)
    with uncovered.measured(config):
        assert controller.did == ["pause", "resume"]
    assert controller.did == ["pause", "resume", "pause"]
    with pytest.raises(StopIteration):
        running.send(None)
    assert controller.did == ["pause", "resume", "pause", "resume"]

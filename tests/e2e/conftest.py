from __future__ import annotations

import shutil

import pytest

from tests.architecture.sources import ROOT


@pytest.fixture
def folder(request):
    """An empty folder below ``test-artifacts`` for one story's pictures and files; it stays."""
    made = ROOT / "test-artifacts" / request.path.stem.removeprefix("test_") / request.node.name
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made

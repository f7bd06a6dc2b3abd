from __future__ import annotations

import pytest

from tests.harness.fixtures import harness, inhabited

__all__ = ["harness", "inhabited"]


@pytest.fixture(autouse=True)
def _unmeasured(no_cover: None) -> None:
    """Leave the harness out of the coverage, which would make its requests take twice as long.

    What each line does is tested elsewhere; here it is asked who may have it done.
    """

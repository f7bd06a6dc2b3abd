from __future__ import annotations

from tests.harness.fixtures import harness

__all__ = ["harness"]

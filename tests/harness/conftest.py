from __future__ import annotations

from tests.harness.fixtures import harness, inhabited

__all__ = ["harness", "inhabited"]

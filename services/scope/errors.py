"""What the wall raises."""

from __future__ import annotations


class ScopeError(RuntimeError):
    """A write outside of the actor's part of the tree: a mistake in the program, or an attack."""

"""Long lists in parts: neither database takes any number of values in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ItemT = TypeVar("ItemT")

#: Values asked for in one statement.
MOST_AT_ONCE: Final = 500


def in_parts(items: Sequence[ItemT], most: int = MOST_AT_ONCE) -> Iterator[Sequence[ItemT]]:
    """Yield ``items`` in their order, ``most`` at a time; the last part may be shorter."""
    for start in range(0, len(items), most):
        yield items[start : start + most]

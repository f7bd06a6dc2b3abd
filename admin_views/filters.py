"""Filters of a grid: a name in the address, choices for the user, a condition for the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement

#: A choice: value, label, and for a tree the value of the choice above it.
Choice = tuple[str, str, str | None]


@dataclass(frozen=True)
class Filter:
    """One drop-down over a grid.

    ``choices`` is asked at each request. A value that is not among them is ignored, so that an
    address typed by hand can ask for nothing that the drop-down does not offer.
    """

    name: str
    label: str
    every: str
    choices: Callable[[], Sequence[Choice]]
    condition: Callable[[str], ColumnElement[bool]]
    #: Shown as a tree with a search box inside.
    is_tree: bool = False
    #: Kept behind the button 高级.
    is_advanced: bool = False

    def offered(self) -> list[Choice]:
        """Return the choices of this request."""
        return list(self.choices())

    def clause(self, value: str) -> ColumnElement[bool] | None:
        """Return the condition for ``value``, or ``None`` when it is not offered."""
        if not value or all(value != choice[0] for choice in self.offered()):
            return None
        return self.condition(value)


def enum_choices(enum: Any) -> Callable[[], list[Choice]]:
    """Return the choices of a labelled enum."""
    return lambda: [(member.value, member.label, None) for member in enum]

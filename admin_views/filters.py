"""Filters of a grid: a name in the address, choices for the user, a condition for the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from models import Institution
from services import exam_cycles, reference, scope

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


def enum_filter(
    name: str, label: str, every: str, enum: Any, column: Any, *, is_advanced: bool = False
) -> Filter:
    """Return the filter by a column that stores a labelled enum."""
    return Filter(
        name,
        label,
        every,
        enum_choices(enum),
        lambda value: column == enum(value),
        is_advanced=is_advanced,
    )


def code_filter(
    name: str, label: str, every: str, table: Any, column: Any, *, is_advanced: bool = False
) -> Filter:
    """Return the filter by a column that holds a code of a code table."""
    return Filter(
        name,
        label,
        every,
        lambda: reference.flat_choices(table),
        lambda value: column == value,
        is_advanced=is_advanced,
    )


def year_filter(column: Any) -> Filter:
    """Return the filter by exam year."""
    return Filter(
        "year",
        "考试年度",
        "所有年度",
        lambda: [(str(year), f"{year}年", None) for year in exam_cycles.years()],
        lambda value: column == int(value),
    )


def institution_filter(column: Any) -> Filter:
    """Return the filter to the institution that was chosen in the library (登录设置)."""
    return Filter(
        "institution",
        "机构",
        "本机构及所有下级机构",
        _chosen_only,
        lambda value: column == int(value),
    )


def chosen_institution() -> Institution | None:
    """Return the institution that the address names, if any; 404 when it lies outside."""
    key = request.args.get("institution")
    return scope.find(Institution, key) if key else None


def _chosen_only() -> list[Choice]:
    chosen = chosen_institution()
    return [(str(chosen.id), chosen.name, None)] if chosen is not None else []

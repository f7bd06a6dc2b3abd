"""Filters of a grid: what the address may ask for, what the user is offered, and the condition.

Each kind of filter is a small class; ``templates/admin/grid_filters.html`` has a macro for each
``kind``. What an address asks for and the filter does not offer is ignored, so that an address
typed by hand can ask for nothing more. Look-ups of institutions stand in ``lookup_filters``.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import g
from markupsafe import Markup
from sqlalchemy import false

from services import exam_years, reference
from services.audit import CHINA
from services.typed_dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement
    from werkzeug.datastructures import MultiDict

#: A term is asked for up to ten years ahead.
MOST_DAYS: Final = 3650
NOT_OFFERED: Final = "没有这个选项，请重新选择。"
#: A choice: value, label, and for a tree the value of the choice above it.
Choice = tuple[str, str, str | None]
_OPTION: Final = Markup('<option value="{}"')
_ABOVE: Final = Markup(' data-above="{}"')


@dataclass(frozen=True)
class Filter(ABC):
    """One way to narrow a list; ``name`` is its argument in the address."""

    name: str
    label: str
    #: Kept behind the button 高级.
    is_advanced: bool = field(default=False, kw_only=True)
    #: It comes back when the list is opened another time.
    is_remembered: bool = field(default=True, kw_only=True)
    #: The macro that shows it.
    kind: ClassVar[str]

    @property
    def names(self) -> tuple[str, ...]:
        """Return its arguments in the address."""
        return (self.name,)

    @abstractmethod
    def clause(self, given: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Return the condition that the arguments ask for, or ``None`` when they ask for none."""

    def problem(self, given: MultiDict[str, str]) -> str:
        """Return a sentence about what was typed and cannot be meant; mostly nothing."""
        return ""

    @abstractmethod
    def told(self, given: MultiDict[str, str]) -> str:
        """Return what the arguments ask for in words; nothing for what was typed in vain."""

    def is_set(self, given: MultiDict[str, str]) -> bool:
        """Whether the arguments name this filter with a value."""
        return any(given.get(name) for name in self.names)


@dataclass(frozen=True)
class SelectFilter(Filter):
    """A drop-down; ``choices`` is asked at each request, ``every`` is shown when none is chosen."""

    every: str
    choices: Callable[[], Sequence[Choice]]
    condition: Callable[[str], ColumnElement[bool]]
    kind: ClassVar[str] = "select"

    def offered(self) -> list[Choice]:
        """Return the choices of this request, which are asked for once in it."""
        asked: dict[int, list[Choice]] = g.setdefault("filter_choices", {})
        if id(self) not in asked:
            asked[id(self)] = list(self.choices())
        return asked[id(self)]

    def options(self, given: MultiDict[str, str]) -> Markup:
        """Return the choices as options of HTML, the one that is asked for selected."""
        found = _options(self.every, tuple(self.offered()))
        current = given.get(self.name, "")
        chosen = _OPTION.format(current)
        return found.replace(chosen, chosen + " selected", 1) if current else found

    def told(self, given: MultiDict[str, str]) -> str:
        """Return the label of the value, if it is offered."""
        value = given.get(self.name, "")
        return next((label for key, label, _above in self.offered() if key == value), "")

    def clause(self, given: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Return the condition for the value; one that is not offered lists nothing."""
        value = given.get(self.name, "")
        if not value:
            return None
        return self.condition(value) if self._offers(value) else false()

    def problem(self, given: MultiDict[str, str]) -> str:
        """Return a sentence about a value that is not offered: an old or mistyped address."""
        value = given.get(self.name, "")
        return "" if not value or self._offers(value) else NOT_OFFERED

    def _offers(self, value: str) -> bool:
        return any(value == choice[0] for choice in self.offered())


@dataclass(frozen=True)
class TreeFilter(SelectFilter):
    """A drop-down that unfolds as a tree with a search box inside."""

    kind: ClassVar[str] = "tree"


@dataclass(frozen=True)
class MultiFilter(Filter):
    """A list of check boxes; the condition gets all values that are checked."""

    every: str
    choices: Callable[[], Sequence[Choice]]
    condition: Callable[[list[str]], ColumnElement[bool]]
    kind: ClassVar[str] = "multi"

    def offered(self) -> list[Choice]:
        """Return the choices of this request."""
        return list(self.choices())

    def chosen(self, given: MultiDict[str, str]) -> list[str]:
        """Return those values of the arguments that are offered."""
        values = set(given.getlist(self.name))
        return [choice[0] for choice in self.offered() if choice[0] in values]

    def told(self, given: MultiDict[str, str]) -> str:
        """Return the labels of what is checked."""
        chosen = set(self.chosen(given))
        return "、".join(label for key, label, _above in self.offered() if key in chosen)

    def clause(self, given: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Return the condition for what is checked, or ``None`` when nothing is."""
        if not self.is_set(given):
            return None
        return false() if self.problem(given) else self.condition(self.chosen(given))

    def problem(self, given: MultiDict[str, str]) -> str:
        """Return a sentence about a value that is not offered: an old or mistyped address."""
        asked = set(filter(None, given.getlist(self.name)))
        return "" if asked <= {choice[0] for choice in self.offered()} else NOT_OFFERED


@dataclass(frozen=True)
class TermFilter(SelectFilter):
    """A drop-down of terms, and beside it any number of days typed by the user."""

    #: The condition that a day comes within so many days.
    within: Callable[[int], ColumnElement[bool]]
    kind: ClassVar[str] = "term"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the arguments: what is chosen, and the days that are typed."""
        return (self.name, f"{self.name}_days")

    def days(self, given: MultiDict[str, str]) -> str:
        """Return the days that are asked for as they were typed, in the box or in the address."""
        chosen = given.get(self.name, "")
        typed = unicodedata.normalize("NFKC", given.get(self.names[1], "")).strip()
        return typed or (chosen if chosen.isdecimal() and not self._offers(chosen) else "")

    def told(self, given: MultiDict[str, str]) -> str:
        """Return the term, or the days."""
        days = self.days(given)
        return f"{days}天" if days and not self.problem(given) else super().told(given)

    def clause(self, given: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Return the condition; none holds for what is no number of days, see ``problem``."""
        if self.problem(given):
            return false()
        days = self.days(given)
        return self.within(int(days)) if days else super().clause(given)

    def problem(self, given: MultiDict[str, str]) -> str:
        """Return a sentence about days that are none, or about days and a choice at once."""
        days = self.days(given)
        if not days:
            return super().problem(given)
        if (
            not days.isdecimal()
            or len(days) > len(str(MOST_DAYS))
            or not 0 < int(days) <= MOST_DAYS
        ):
            return f"天数请填1至{MOST_DAYS}的整数。"
        if given.get(self.names[1]) and super().clause(given) is not None:
            return "请只选择一项，或只填写天数。"
        return ""


@dataclass(frozen=True)
class DateFilter(Filter):
    """From one day to another, both included, by a column that holds moments; days of China."""

    column: Any
    kind: ClassVar[str] = "date"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the arguments: the first and the last day."""
        return (f"{self.name}_from", f"{self.name}_to")

    def told(self, given: MultiDict[str, str]) -> str:
        """Return the days; one that is open is left out."""
        first, last = (_day(given.get(name, "")) for name in self.names)
        return f"{first or ''}至{last or ''}" if first or last else ""

    def moments(self, given: MultiDict[str, str]) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Return the first moment and the one behind the last; what is no date is left out."""
        first, last = (_day(given.get(name, "")) for name in self.names)
        end = None if last is None else _midnight(last) + dt.timedelta(days=1)
        return None if first is None else _midnight(first), end

    def clause(self, given: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Return the condition for the days; none holds for what is no date, see ``problem``."""
        if self.problem(given):
            return false()
        first, end = self.moments(given)
        found: ColumnElement[bool] | None = None
        if first is not None:
            found = self.column >= first
        if end is not None:
            until: ColumnElement[bool] = self.column < end
            found = until if found is None else found & until
        return found

    def problem(self, given: MultiDict[str, str]) -> str:
        """Return a sentence about what is no date, or ends before it begins; mostly nothing."""
        for name in self.names:
            try:
                if given.get(name, "").strip():
                    parse_date(given[name])
            except ValueError as error:
                return str(error)
        first, last = (_day(given.get(name, "")) for name in self.names)
        if first is not None and last is not None and last < first:
            return "截止日期早于开始日期，请核对。"
        return ""


@lru_cache(maxsize=256)
def _options(every: str, choices: tuple[Choice, ...]) -> Markup:
    """Write the options of a list; written anew, the long lists took a tenth of a page's time."""
    return Markup("\n").join(
        _OPTION.format(value)
        + (_ABOVE.format(above) if above else "")
        + Markup(">{}</option>").format(label)
        for value, label, above in (("", every, None), *choices)
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, CHINA)


def _day(typed: str) -> dt.date | None:
    try:
        return parse_date(typed) if typed.strip() else None
    except ValueError:
        return None


def enum_choices(enum: Any) -> Callable[[], list[Choice]]:
    """Return the choices of a labelled enum."""
    return lambda: [(member.value, member.label, None) for member in enum]


def enum_filter(
    name: str, label: str, every: str, enum: Any, column: Any, *, is_advanced: bool = False
) -> SelectFilter:
    """Return the filter by a column that stores a labelled enum."""
    return SelectFilter(
        name,
        label,
        every,
        enum_choices(enum),
        lambda value: column == enum(value),
        is_advanced=is_advanced,
    )


def code_filter(
    name: str, label: str, every: str, table: Any, column: Any, *, is_advanced: bool = False
) -> SelectFilter:
    """Return the filter by a column that holds a code of a code table."""
    return SelectFilter(
        name,
        label,
        every,
        lambda: _flat(table),
        lambda value: column == value,
        is_advanced=is_advanced,
    )


def codes_filter(name: str, label: str, every: str, table: Any, column: Any) -> MultiFilter:
    """Return the filter by several codes of a code table; kept behind 高级."""
    return MultiFilter(
        name,
        label,
        every,
        lambda: _flat(table),
        column.in_,
        is_advanced=True,
    )


def tree_filter(
    name: str,
    label: str,
    every: str,
    table: Any,
    condition: Callable[[list[str]], ColumnElement[bool]],
    *,
    is_advanced: bool = False,
) -> TreeFilter:
    """Return the filter by a code table that is a tree; a code stands for all below it, too."""
    return TreeFilter(
        name,
        label,
        every,
        lambda: reference.entries(table),
        lambda value: condition(reference.code_and_below(table, value)),
        is_advanced=is_advanced,
    )


def year_filter(column: Any, years: Callable[[], Sequence[int]] = exam_years.years) -> SelectFilter:
    """Return the filter by exam year; ``years`` are all there are, the latest first."""
    return SelectFilter(
        "year",
        "考试年度",
        "所有年度",
        lambda: [(str(year), f"{year}年", None) for year in years()],
        lambda value: column == int(value),
    )


def _flat(table: Any) -> list[Choice]:
    return [(code, name, None) for code, name, _above in reference.entries(table)]

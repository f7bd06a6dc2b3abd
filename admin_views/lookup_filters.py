"""Filters that look institutions up: by key, by a name typed in full, or by a part of the tree.

A key of what lies beside the reader's part of the tree is 404, as everywhere. One of a node above
comes out of a superior's link: of a part of the tree it shows what is the reader's own, and of that
one institution nothing, since no row of it can be the reader's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import g, request
from sqlalchemy import false

from admin_views.filters import Filter
from admin_views.identity import require_actor
from forms.picked import NO_SUCH_NAME
from models import Institution
from services import institutions, scope
from services.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import ColumnElement
    from werkzeug.datastructures import MultiDict

    from forms.picked import PickedName
    from models import InstitutionKind

ABOVE: Final = "“{name}”是您的上级机构，它自己的内容不在您的管理范围内。"


@dataclass(frozen=True)
class LookupFilter(Filter):
    """A text box that looks institutions of the scope up; the address carries the key.

    What was typed and not picked is looked for by its whole name.
    """

    #: Shown in the empty box.
    every: str
    condition: Callable[[Institution], ColumnElement[bool]]
    #: Only this kind is looked up.
    only: InstitutionKind | None = None
    kind: ClassVar[str] = "lookup"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the arguments: the key of what was picked, and what was typed."""
        return (self.name, f"{self.name}_name")

    def chosen(self, given: MultiDict[str, str]) -> Institution | None:
        """Return the institution that is meant; ``NotFoundError`` (404) for a key outside.

        ``None`` for one above, and for a name that is not exactly one's.
        """
        key = given.get(self.name)
        if key:
            return _looked_up(key).row
        typed = self.typed(given)
        return _named(typed, self.only) if typed else None

    def typed(self, given: MultiDict[str, str]) -> str:
        """Return what was typed and not picked."""
        return "" if given.get(self.name) else given.get(self.names[-1], "").strip()

    def above(self, given: MultiDict[str, str]) -> str:
        """Return the name of the institution above the reader whose part is listed, if any."""
        return self._named_above(given) if self.covers_below(given) else ""

    def covers_below(self, given: MultiDict[str, str]) -> bool:
        """Whether an institution stands for all below it, so that a reader there has a part."""
        return False

    def _named_above(self, given: MultiDict[str, str]) -> str:
        key = given.get(self.name)
        return _looked_up(key).above if key else ""

    def told(self, given: MultiDict[str, str]) -> str:
        """Return the name of the institution."""
        row = self.chosen(given)
        return row.name if row is not None else self.above(given)

    def clause(self, given: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Return the condition for the institution; none holds for a name that is nobody's."""
        row = self.chosen(given)
        if row is not None:
            return self.condition(row)
        return false() if self.problem(given) else None

    def problem(self, given: MultiDict[str, str]) -> str:
        """Return a sentence about a name that is not exactly one's, or a key of one above."""
        above = self._named_above(given)
        if above:
            return "" if self.covers_below(given) else ABOVE.format(name=above)
        if not self.typed(given) or self.chosen(given) is not None:
            return ""
        return NO_SUCH_NAME


@dataclass(frozen=True)
class WithinFilter(LookupFilter):
    """A part of the tree, chosen in the panel beside the grid; shown as a label to take off."""

    kind: ClassVar[str] = "within"

    @property
    def names(self) -> tuple[str, ...]:
        """Return its argument: nothing is typed."""
        return (self.name,)

    def typed(self, given: MultiDict[str, str]) -> str:
        """Return nothing."""
        return ""

    def covers_below(self, given: MultiDict[str, str]) -> bool:
        """Return that it always does."""
        return True


@dataclass(frozen=True)
class PlaceFilter(LookupFilter):
    """One institution that is looked up, with all below it when a box is checked."""

    #: The condition when the box is checked.
    whole: Callable[[Institution], ColumnElement[bool]] = field(kw_only=True)
    #: What stands beside the box.
    below: str = field(default="含所有下级", kw_only=True)
    kind: ClassVar[str] = "place"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the arguments: the key of the institution, the box, and what was typed."""
        return (self.name, f"{self.name}_below", f"{self.name}_name")

    def told(self, given: MultiDict[str, str]) -> str:
        """Return the name of the institution, and whether all below it is meant."""
        name = super().told(given)
        return f"{name}（{self.below}）" if name and given.get(self.names[1]) else name

    def is_set(self, given: MultiDict[str, str]) -> bool:
        """Whether an institution is named; the box alone asks for nothing."""
        return bool(given.get(self.name) or self.typed(given))

    def covers_below(self, given: MultiDict[str, str]) -> bool:
        """Whether the box is checked."""
        return bool(given.get(self.names[1]))

    def clause(self, given: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Return the condition for the institution, or for all at and below it."""
        row = self.chosen(given)
        if row is not None and given.get(self.names[1]):
            return self.whole(row)
        return super().clause(given)


def institution_filter(column: Any) -> LookupFilter:
    """Return the filter to one institution, looked up here or chosen in the library (登录设置)."""
    return LookupFilter(
        "institution",
        "机构",
        "本机构及所有下级机构",
        lambda row: column == row.id,
        # 登录设置 is for the one institution; next time the list shows all again.
        is_remembered=False,
    )


def chosen_institution() -> Institution | None:
    """Return the institution that the address names, if any; 404 when it lies outside."""
    key = request.args.get("institution")
    if not key:
        return None
    row = _looked_up(key).row
    if row is None:
        raise NotFoundError
    return row


def take_typed(form: Any, name: PickedName) -> None:
    """Take an institution of the scope whose whole name was typed and not picked from the list."""
    if request.method == "POST":
        name.take(form, _key_named)


def _key_named(typed: str) -> int | None:
    found = institutions.named(require_actor(), typed)
    return found.id if found is not None else None


def load_chosen(filters: Iterable[Filter], given: MultiDict[str, str]) -> None:
    """Load all institutions that look-ups name by one query; 404 when one lies beside."""
    keys = [given[f.name] for f in filters if isinstance(f, LookupFilter) and given.get(f.name)]
    if not keys:
        return
    try:
        rows = scope.find_all(Institution, keys)
    except NotFoundError:
        for key in keys:
            _looked_up(key)
    else:
        _loaded().update({str(row.id): _LookedUp(row) for row in rows})


@dataclass(frozen=True)
class _LookedUp:
    """What a key in the address names: an institution of the scope, or the name of one above."""

    row: Institution | None
    above: str = ""


def _looked_up(key: str) -> _LookedUp:
    loaded = _loaded()
    if key not in loaded:
        above = institutions.name_above(require_actor(), key)
        found = _LookedUp(None, above) if above else _LookedUp(scope.find(Institution, key))
        loaded[key] = found
    return loaded[key]


def _named(typed: str, only: InstitutionKind | None) -> Institution | None:
    """Return the institution of this name; asked once in a request."""
    loaded, key = _loaded(), f"{only} {typed}"
    if key not in loaded:
        loaded[key] = _LookedUp(institutions.named(require_actor(), typed, kind=only))
    return loaded[key].row


def _loaded() -> dict[str, _LookedUp]:
    if "looked_up" not in g:
        g.looked_up = {}
    found: dict[str, _LookedUp] = g.looked_up
    return found

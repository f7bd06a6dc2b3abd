"""A grid without numbered pages, for tables that only grow: from the newest row on, by key.

Nothing is counted and nothing is skipped, so the hundred-thousandth page costs what the first does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from flask import g, request

from admin_views.base import GridView
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Sequence


class Neighbours(NamedTuple):
    """Where the pages beside the one that is shown begin, if there are any."""

    #: Key behind which the page of newer rows begins.
    newer: int | None
    #: Key before which the page of older rows begins.
    older: int | None


class KeysetGrid(GridView):
    """A grid that is paged by its key, newest first; ``before`` and ``after`` are its arguments."""

    list_template = "admin/keyset_grid.html"
    simple_list_pager = True
    column_sortable_list: ClassVar[Sequence[str]] = ()
    column_default_sort = ("id", True)

    def get_list(self, page: Any, *arguments: Any, **options: Any) -> tuple[Any, list[Any]]:
        """Return no count, and the rows of the page that the address asks for."""
        size = options.get("page_size") or self.page_size
        rows, neighbours = self._newer(size) or self._older(size)
        g.neighbours = neighbours
        self.prepare(rows)
        return None, rows

    @staticmethod
    def neighbours() -> Neighbours:
        """Return where the pages beside this one begin."""
        found: Neighbours = g.neighbours
        return found

    def neighbour_url(self, **position: int) -> str:
        """Return this list from another position (``before`` or ``after`` a key)."""
        return self.list_url(page_size=request.args.get("page_size"), **position)

    def page_arguments(self, view_args: Any) -> dict[str, Any]:
        """Return the position of the page that is shown."""
        return {name: parse_key(request.args.get(name)) for name in ("before", "after")}

    def _newer(self, size: int) -> tuple[list[Any], Neighbours] | None:
        """Return the page behind a key; ``None`` where it would be the first, which is full."""
        after = parse_key(request.args.get("after"))
        if after is None:
            return None
        query = self.get_query().filter(self.model.id > after).order_by(self.model.id)
        rows = query.limit(size + 1).all()
        if len(rows) <= size:
            return None
        rows = rows[size - 1 :: -1]
        return rows, Neighbours(newer=rows[0].id, older=rows[-1].id)

    def _older(self, size: int) -> tuple[list[Any], Neighbours]:
        query = self.get_query().order_by(self.model.id.desc())
        before = None if "after" in request.args else parse_key(request.args.get("before"))
        if before is not None:
            query = query.filter(self.model.id < before)
        rows = query.limit(size + 1).all()
        older = rows[size - 1].id if len(rows) > size else None
        rows = rows[:size]
        newer = rows[0].id if rows and before is not None else None
        return rows, Neighbours(newer, older)

"""One page of a list, found fast however long the list is, and however deep the page lies.

Flask-Admin sorts rows with all their columns and skips those of the pages before. Here a page that
lies deep is found by its keys alone, counted from the nearer end; then its rows are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import g
from sqlalchemy import func
from sqlalchemy.orm import joinedload

from admin_views.grid_memory import GridMemory
from extensions import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

#: Beyond this page nobody looks; it also keeps OFFSET within what a database takes.
LAST_PAGE: Final = 25_000


class ListPages(GridMemory):
    """Finds the rows of a page for Flask-Admin."""

    #: Rows that are counted, and listed, at the most, where to count all takes too long.
    most_counted: ClassVar[int | None] = None

    def finds_keys_first(self, page: int) -> bool:
        """Whether the rows of a page are read by their keys: it costs a statement more."""
        return page > 0

    def prepare(self, rows: Sequence[Any]) -> None:
        """Load at once what the cells of ``rows`` need besides the rows themselves."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return all conditions of this request; ``GridList`` reads them."""
        raise NotImplementedError

    def keyword(self) -> str:
        """Return the keyword of this request; ``GridList`` reads it."""
        raise NotImplementedError

    def list_options(self) -> Sequence[Any]:
        """Return loader options for the rows of the grid, so that no row asks again."""
        return ()

    def get_list(
        self,
        page: int | None,
        sort_column: str | None,
        sort_desc: bool,  # noqa: FBT001 - Flask-Admin's own signature
        _search: object,
        _filters: object,
        page_size: int | None = None,
    ) -> tuple[int, list[Any]]:
        """Return the count and the rows of a page; beyond the end it is the last page."""
        size = page_size or self.page_size
        order = self._ordering(sort_column, sort_desc=sort_desc)
        g.has_more = False
        # A keyword is looked for in all rows, however few it finds: once, for count and page.
        listed = self._listed(order) if self.most_counted and self.keyword() else None
        count = self._count() if listed is None else len(listed)
        number = min(page or 0, max(count - 1, 0) // size)
        if number != (page or 0):
            # What is shown as the number of the page is read from here.
            g.list_arguments.page = number
        skipped = number * size
        if listed is not None:
            rows = self._rows_of(listed[skipped : skipped + size])
        elif self.finds_keys_first(number):
            rows = self._rows_of(self._keys(order, skipped, min(size, count - skipped), count))
        else:
            query = self._sorted(self.get_query(), order)
            rows = self._loaded(query).limit(size).offset(skipped).all()
        self.prepare(rows)
        return count, rows

    def _count(self) -> int:
        """Return how many rows the list has, and note whether there are more than are counted."""
        if self.most_counted is None:
            return int(self.get_count_query().scalar())
        some = self._all_keys().order_by(None).limit(self.most_counted + 1).subquery()
        count = int(db.session.query(func.count()).select_from(some).scalar())
        g.has_more = count > self.most_counted
        return min(count, self.most_counted)

    def _listed(self, order: list[tuple[Any, Any, bool]]) -> list[int]:
        """Return the keys of all rows that are listed, in their order."""
        assert self.most_counted is not None
        found = [
            key for (key,) in self._sorted(self._all_keys(), order).limit(self.most_counted + 1)
        ]
        g.has_more = len(found) > self.most_counted
        return found[: self.most_counted]

    def _keys(
        self, order: list[tuple[Any, Any, bool]], skipped: int, size: int, count: int
    ) -> list[int]:
        """Return the keys of a page, found from the nearer end of the list."""
        behind = count - skipped - size
        # Where not all are counted, nobody knows how far the end is.
        from_end = behind < skipped and not g.has_more
        if from_end:
            order = [(field, joins, not is_desc) for field, joins, is_desc in order]
        keys = self._sorted(self._all_keys(), order)
        found = [key for (key,) in keys.limit(size).offset(behind if from_end else skipped)]
        return found[::-1] if from_end else found

    def _all_keys(self) -> Any:
        return db.session.query(self.model.id).filter(*self.conditions())

    def _rows_of(self, keys: list[int]) -> list[Any]:
        """Read the rows of a page; the wall is asked again, the conditions of the list are not."""
        if not keys:
            return []
        rows = db.session.query(self.model).options(*self.list_options())
        by_key = {row.id: row for row in self._loaded(rows.filter(self.model.id.in_(keys)))}
        # Somebody may have deleted one meanwhile.
        return [by_key[key] for key in keys if key in by_key]

    def _loaded(self, query: Any) -> Any:
        return query.options(*map(joinedload, self._auto_joins))

    def _ordering(self, sort_column: str | None, *, sort_desc: bool) -> list[tuple[Any, Any, bool]]:
        """Return by what a list is sorted: column, joins and direction; no two rows are alike."""
        if sort_column is not None and sort_column in self._sortable_columns:
            field = self._sortable_columns[sort_column]
            joins = self._sortable_joins.get(sort_column)
            found = [(field, joins, sort_desc)]
        else:
            found = [(field, joins, is_desc) for field, joins, is_desc in self._get_default_order()]
        own = getattr(self.model, self._primary_key)
        if all(field is not own for field, _joins, _is_desc in found):
            found.append((own, None, found[-1][2] if found else False))
        return found

    def _sorted(self, query: Any, order: list[tuple[Any, Any, bool]]) -> Any:
        joins: dict[Any, Any] = {}
        for field, path, is_desc in order:
            query, joins = self._order_by(query, joins, path, field, is_desc)
        return query

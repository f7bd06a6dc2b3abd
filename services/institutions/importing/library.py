"""The library as an import sees it: what the actor's part of the tree holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from extensions import db
from models import Institution, InstitutionCategory, InstitutionKind
from models.search_text import name_key_of
from services.importing import CodeNames, drop_downs
from services.institutions.importing.columns import (
    BY_KEY,
    CATEGORY,
    COLUMNS,
    NUMBER,
    PARENT,
)
from services.institutions.placing import HEADING, offered_categories
from services.parts import in_parts
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from services.actor import Actor
    from services.importing import ImportColumn
    from services.reference import CodeTables

#: Keys in one statement; SQLite takes 32,766, and long lists are slow to plan.
CHUNK: Final = 500
#: A drop-down with more entries helps nobody.
_MOST_PARENTS: Final = 400


class Library:
    """Names and numbers of all institutions that the actor sees; no rows."""

    def __init__(self) -> None:
        """Read them, by one statement under the actor's scope."""
        self.by_name: dict[str, int] = {}
        self.by_number: dict[int, int] = {}
        self.names: dict[int, str] = {}
        statement = select(Institution.id, Institution.name, Institution.unit_number)
        for key, name, number in db.session.execute(statement):
            self.by_name[name] = key
            self.by_number[number] = key
            self.names[key] = name
        self._by_name_key: dict[str, list[int]] | None = None

    def alike(self, name: str) -> list[int]:
        """Return the institutions of the same name as ``name``, however it is written."""
        if self._by_name_key is None:
            self._by_name_key = {}
            for key, known in self.names.items():
                self._by_name_key.setdefault(name_key_of(known), []).append(key)
        return self._by_name_key.get(name_key_of(name), [])


def rows_with(column: Any, keys: Collection[object]) -> Iterator[Institution]:
    """Yield the institutions of the scope whose ``column`` is one of ``keys``, without joins."""
    for some in in_parts(list(keys), CHUNK):
        statement = (
            select(Institution)
            .where(column.in_(some))
            .options(lazyload(Institution.category), lazyload(Institution.reports_to))
            .execution_options(populate_existing=True)
        )
        yield from db.session.scalars(statement)


def choices_for(actor: Actor, codes: CodeTables) -> dict[str, list[str]]:
    """Return the drop-downs of the template: field → what may be chosen, as it stands in a cell."""
    actor.require(Permission.INSTITUTION_WRITE)
    found = drop_downs(COLUMNS, codes)
    offered = {code for code, _name, _above in offered_categories(actor)}
    found[CATEGORY] = [
        BY_KEY[CATEGORY].shown(code, name)
        for code, name in codes.names(InstitutionCategory).items()
        if code in offered and code != HEADING
    ]
    statement = (
        select(Institution.name)
        .where(Institution.kind == InstitutionKind.BUREAU, Institution.id != actor.institution_id)
        .order_by(Institution.path)
        .limit(_MOST_PARENTS)
    )
    found[PARENT] = [actor.institution_name, *db.session.scalars(statement)]
    return found


def library_rows(actor: Actor, codes: CodeTables) -> Iterator[Sequence[str]]:
    """Yield all institutions below the actor's node as rows of the import table."""
    actor.require(Permission.INSTITUTION_EXPORT)
    names = CodeNames(codes)
    statement = (
        select(Institution)
        .where(Institution.id != actor.institution_id)
        .options(lazyload(Institution.category))
        .order_by(Institution.path)
        .execution_options(yield_per=CHUNK)
    )
    for row in db.session.scalars(statement):
        yield [_cell(column, row, names) for column in COLUMNS]


def _cell(column: ImportColumn, row: Institution, names: CodeNames) -> str:
    if column.key == NUMBER:
        return str(row.unit_number)
    if column.key == PARENT:
        return row.reports_to.name if row.reports_to is not None else ""
    value: str | None = getattr(row, column.key)
    return names.shown(column, value) if column.is_coded else value or ""

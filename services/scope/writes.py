"""The wall before a flush: the owner of each row is filled in, and what lies outside is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from models import AuditEntry, Institution, InstitutionName, Owned
from models.institution import SEGMENT_LENGTH
from services.scope.bounds import EVERYWHERE, bound_of, path_column
from services.scope.errors import ScopeError

if TYPE_CHECKING:
    from collections.abc import Sequence


@event.listens_for(Session, "before_flush")
def _hold_writes(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Fill in the owner of new rows, and refuse whatever lies outside by its old or new owner."""
    everywhere = bound_of(session) is EVERYWHERE
    for row in (*session.new, *session.dirty):
        _fill_owner(row, session, everywhere=everywhere)
    placed: list[Institution] = []
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, InstitutionName) and not _is_unchanged(row, session):
            _refuse("the name that everybody may read is written through the institution only")
        if path_column(type(row)) is None:
            continue
        _refuse_changed_snapshot(row, session)
        if not everywhere and not isinstance(row, AuditEntry):
            _refuse_outside(row, session)
            if isinstance(row, Institution) and row not in session.deleted and _is_placed(row):
                placed.append(row)
    if placed:
        _refuse_misplaced(placed, session)


def _fill_owner(row: object, session: Session, *, everywhere: bool) -> None:
    # What is not loaded was not changed either; loading it here would ask under a narrower scope
    # than that of whoever reads it next.
    if not isinstance(row, Owned):
        return
    loaded = inspect(row).dict
    if row.__owner_from__ is not None and not _stands_alone(row):
        parent = loaded.get(row.__owner_from__)
        if parent is not None:
            _fill_owner(parent, session, everywhere=everywhere)
            row.institution_id, row.owner_path = parent.institution_id, parent.owner_path
        elif not everywhere and (row in session.new or _is_handed_over(row)):
            # A key alone would tie the row to a record that may lie outside.
            _refuse(f"{type(row).__name__} is added to its {row.__owner_from__}, not to a key")
        return
    institution = loaded.get("institution")
    if institution is not None and (
        row.institution_id != institution.id or row.owner_path != institution.path
    ):
        row.institution_id, row.owner_path = institution.id, institution.path


def _stands_alone(row: Owned) -> bool:
    """Whether the row is one without a parent record, and may be."""
    if not row.__owner_alone__:
        return False
    loaded = inspect(row).dict
    names = (str(row.__owner_from__), *_keys_of_parent(row))
    return all(loaded.get(name) is None for name in names)


def _is_handed_over(row: Owned) -> bool:
    """Whether the key of the parent record was changed by hand."""
    state = inspect(row)
    return any(state.attrs[key].history.has_changes() for key in _keys_of_parent(row))


def _keys_of_parent(row: Owned) -> list[str]:
    mapper = inspect(row).mapper
    relationship = mapper.relationships[str(row.__owner_from__)]
    return [mapper.get_property_by_column(column).key for column in relationship.local_columns]


def _refuse_outside(row: Any, session: Session) -> None:
    bound = bound_of(session)
    column = path_column(type(row))
    assert column is not None
    history = inspect(row).attrs[column.key].load_history()
    paths = [*history.added, *history.unchanged, *history.deleted]
    if bound is None or not paths or not all(str(p).startswith(str(bound)) for p in paths):
        _refuse(f"write outside of the scope: {type(row).__name__}")


def _is_placed(row: Institution) -> bool:
    """Whether the node is new or moved."""
    attributes = inspect(row).attrs
    return attributes.path.history.has_changes() or attributes.parent_id.history.has_changes()


def _refuse_misplaced(rows: Sequence[Institution], session: Session) -> None:
    """Refuse new or moved nodes whose place is not below a parent that the actor sees.

    One statement for all of them: an import adds hundreds at a time.
    """
    parents = {row.parent_id for row in rows}
    statement = select(Institution.id, Institution.path).where(Institution.id.in_(parents))
    paths = {key: path for key, path in session.execute(statement)}  # noqa: C416 - rows are no pairs
    for row in rows:
        above = paths.get(row.parent_id or 0)
        if above is None or row.path[:-SEGMENT_LENGTH] != above:
            _refuse("an institution stands below the one to which it reports")


def _refuse_changed_snapshot(row: Any, session: Session) -> None:
    """Refuse a change of what its model declares immutable, and of any entry of the trail."""
    state = inspect(row)
    if not state.persistent:
        if isinstance(row, AuditEntry):
            _refuse("an entry is sealed and written by the trail's own code")
        return
    kept: frozenset[str] = getattr(type(row), "__immutable__", frozenset())
    if row in session.deleted and (kept or isinstance(row, AuditEntry)):
        _refuse(f"{type(row).__name__} is never deleted")
    if isinstance(row, AuditEntry) and session.is_modified(row):
        _refuse("the trail is only ever added to")
    for name in kept:
        if state.attrs[name].history.deleted:
            _refuse(f"{type(row).__name__}.{name} never changes once written")


def _is_unchanged(row: object, session: Session) -> bool:
    return row in session.dirty and not session.is_modified(row)


def _refuse(why: str) -> NoReturn:
    raise ScopeError(why)

"""The wall before the database: what a statement may read and change.

Rows outside are not refused but absent, so that their existence does not show. What no screen has a
reason to do (inserting past the session, rewriting owners or places, changing what never changes)
is refused: it is a mistake in the program, or an attack.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn

from sqlalchemy import Column, event, false, inspect
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from models import AuditEntry, Base, InstitutionName, Owned
from services.scope.bounds import (
    EVERYWHERE,
    bound_of,
    may_replant,
    owned_subtree,
    path_column,
    subtree,
)
from services.scope.errors import ScopeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import LoaderCriteriaOption

#: Where a row stands and whose it is; only the tree's own code writes these (``replanting``).
_PLACES: Final = frozenset({"path", "parent_id", "institution_id", "owner_path"})


@event.listens_for(Session, "do_orm_execute")
def _hold_statement(state: ORMExecuteState) -> None:
    """Add the actor's condition to every statement on scoped models, relationships included."""
    bound = bound_of(state.session)
    model = state.bind_mapper.class_ if state.bind_mapper is not None else None
    if not state.is_select and model is InstitutionName:
        _refuse("the name that everybody may read is written through the institution only")
    if bound is EVERYWHERE:
        return
    if not state.is_orm_statement or state.is_insert:
        _refuse_bare_tables(state)
    if state.is_insert:
        _refuse_insert(model)
    elif state.is_update or state.is_delete:
        _hold_change(state, model)
    state.statement = state.statement.options(*_criteria(None if bound is None else str(bound)))


@lru_cache(maxsize=1024)
def _criteria(path: str | None) -> tuple[LoaderCriteriaOption, ...]:
    """Return the conditions on all scoped models, made once for each path: every statement asks.

    One condition holds all owned models: each costs every statement some of its time.
    """
    return (
        _criterion(Owned, false() if path is None else owned_subtree(path)),
        *(
            _criterion(model, false() if path is None else subtree(path_column(model), path))
            for model in _scoped_models()
            if not issubclass(model, Owned)
        ),
    )


def _criterion(model: type[Any], condition: Any) -> LoaderCriteriaOption:
    return with_loader_criteria(
        model,
        condition,
        include_aliases=True,
        # Loads that follow later ask for themselves, under the scope of their own time.
        propagate_to_loaders=False,
    )


def _refuse_insert(model: type[Any] | None) -> None:
    if model is not None and path_column(model) is not None:
        _refuse(f"{model.__name__} is inserted through the session only")


def _hold_change(state: ORMExecuteState, model: type[Any] | None) -> None:
    if model is None or path_column(model) is None:
        return
    if model is AuditEntry:
        _refuse("the trail is only ever added to")
    if isinstance(state.parameters, list):
        _refuse(f"{model.__name__}: an UPDATE by keys does not ask the wall")
    kept: frozenset[str] = getattr(model, "__immutable__", frozenset())
    if state.is_delete:
        if kept:
            _refuse(f"{model.__name__} is never deleted")
        return
    changed = set(_changed_names(state))
    if changed & kept:
        _refuse(f"{model.__name__}: {sorted(changed & kept)} never change once written")
    if changed & _PLACES and not may_replant(state.session):
        _refuse(f"{model.__name__}: {sorted(changed & _PLACES)} are rewritten by a move only")


def _changed_names(state: ORMExecuteState) -> Iterator[str]:
    statement: Any = state.statement
    for column in statement._values or ():  # noqa: SLF001 - SQLAlchemy shows them nowhere else
        yield str(getattr(column, "key", column))
    if isinstance(state.parameters, dict):
        yield from state.parameters


def _refuse_bare_tables(state: ORMExecuteState) -> None:
    """Refuse a scoped table that is not named through its mapped class: the wall sees only those.

    Statements that name a mapped class are left to the law that forbids bare tables in the code.
    """
    statement: Any = state.statement
    for element in visitors.iterate(statement):
        table: Any = element.table if isinstance(element, Column) else element
        if getattr(table, "name", None) not in _scoped_tables():
            continue
        if isinstance(element, Column) or table.__visit_name__ == "table":
            annotations = element._annotations  # noqa: SLF001
            if "parentmapper" not in annotations and "parententity" not in annotations:
                _refuse("a scoped table is read through its mapped class only")


@cache
def _scoped_tables() -> frozenset[str]:
    return frozenset(str(_mapper(model).local_table.name) for model in _scoped_models())  # type: ignore[attr-defined]


@cache
def _scoped_models() -> tuple[type[Any], ...]:
    return tuple(m.class_ for m in Base.registry.mappers if path_column(m.class_) is not None)


def _mapper(model: type[Any]) -> Mapper[Any]:
    mapper: Mapper[Any] = inspect(model)
    return mapper


def _refuse(why: str) -> NoReturn:
    raise ScopeError(why)

"""The wall: every ORM statement and every write is held to the actor's part of the tree.

A session is bound to one actor's path. With none bound, nothing is visible and nothing can be
written. Rows outside are not refused but absent, so that their existence does not show.
Opting out is explicit, names its reason, and a test lists the places.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import ColumnElement, event, false, func, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from extensions import db
from models import AuditEntry, Base, Institution, InstitutionName, Owned
from models.institution import BIN, SEGMENT_LENGTH
from services.errors import DomainError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import LoaderCriteriaOption, scoped_session

    from services.actor import Actor

ModelT = TypeVar("ModelT", bound=Base)

_BOUND: Final = "scope"
_READ_ONLY: Final = "the name that everybody may read is written through the institution only"
#: Sorts behind every character of a path in byte order, so ``path + _END`` closes a subtree.
_END: Final = "~"


class Reason(StrEnum):
    """Why a piece of code may look beyond the wall; each has its own named place."""

    SIGN_IN = "sign-in finds the account before there is an actor"
    UNIQUENESS = "names and codes are unique across the whole tree"
    NUMBERING = "numbers are drawn from counters of the whole platform"
    VERIFICATION = "anybody may check a printed code"
    ANCESTORS = "a node's path upwards decides who receives its rosters"
    MAINTENANCE = "commands and demo data run without an account"


class ScopeError(RuntimeError):
    """A write outside of the actor's part of the tree: a mistake in the program, or an attack."""


class _Everywhere:
    """The scope of code that has opted out."""


EVERYWHERE: Final = _Everywhere()


def bind(actor: Actor, session: Session | scoped_session[Any] | None = None) -> None:
    """Hold the session (the current one by default) to what lies at or below the actor's node."""
    (session or db.session).info[_BOUND] = actor.path


def unbind(session: Session | scoped_session[Any] | None = None) -> None:
    """Leave the session without an actor: nothing is visible from now on."""
    (session or db.session).info.pop(_BOUND, None)


@contextmanager
def unscoped(
    reason: Reason, session: Session | scoped_session[Any] | None = None
) -> Iterator[None]:
    """Look beyond the wall for the length of a block; ``reason`` says by what right.

    Load columns rather than rows inside, since a row stays in the session after the block.
    """
    info = (session or db.session).info
    before = info.get(_BOUND)
    info[_BOUND] = EVERYWHERE if type(reason) is Reason else before
    try:
        yield
    finally:
        if before is None:
            info.pop(_BOUND, None)
        else:
            info[_BOUND] = before


@contextmanager
def in_bin(actor: Actor, session: Session | scoped_session[Any] | None = None) -> Iterator[None]:
    """Look, for the length of a block, at what was deleted below the actor's node (回收站).

    The recycle bin is a tree of its own beside the living one: what is in it is seen by nobody
    otherwise.
    """
    info = (session or db.session).info
    before = info.get(_BOUND)
    info[_BOUND] = BIN + actor.path
    try:
        yield
    finally:
        if before is None:
            info.pop(_BOUND, None)
        else:
            info[_BOUND] = before


def subtree(column: Any, path: str) -> ColumnElement[bool]:
    """Return the condition that ``column`` (a path) lies at or below ``path``; a prefix range."""
    condition: ColumnElement[bool] = (column >= path) & (column < path + _END)
    return condition


def path_column(model: type[Any]) -> Any | None:
    """Return the column by which ``model`` is scoped, or ``None`` when it is common to all."""
    if model is Institution:
        return Institution.path
    if issubclass(model, Owned):
        return model.owner_path
    if model is AuditEntry:
        return AuditEntry.owner_path
    return None


def ancestors(path: str) -> list[str]:
    """Return the paths above ``path``, nearest first."""
    return [path[:end] for end in range(len(path) - SEGMENT_LENGTH, 0, -SEGMENT_LENGTH)]


def find(model: type[ModelT], key: object, *, statement: Select[ModelT] | None = None) -> ModelT:
    """Return the row of ``model`` with ``key``, or raise ``NotFoundError``.

    Always asks the database, since the session would hand out a row that it already holds unasked.
    ``key`` may come straight from a request: whatever is not a plausible key is simply not found.
    """
    number = parse_key(key)
    if number is None:
        raise NotFoundError
    query = select(model) if statement is None else statement
    identity = _key_of(model)
    row = db.session.scalars(query.where(identity == number)).unique().one_or_none()
    if row is None:
        raise NotFoundError
    return row


def find_all(model: type[ModelT], keys: Sequence[object]) -> list[ModelT]:
    """Return the rows with all of ``keys`` in the order given, or raise ``NotFoundError``.

    All or nothing: one key outside of the scope refuses the whole selection.
    """
    numbers = list(dict.fromkeys(parse_key(key) for key in keys))
    if not numbers or None in numbers:
        raise NotFoundError
    identity = _key_of(model)
    rows = db.session.scalars(select(model).where(identity.in_(numbers))).unique().all()
    if len(rows) != len(numbers):
        raise NotFoundError
    by_key = {inspect(model).primary_key_from_instance(row)[0]: row for row in rows}
    return [by_key[number] for number in numbers]


def _key_of(model: Any) -> Any:
    """Return the key as an attribute of the class; the wall does not see columns of the table."""
    return model.id


def parse_key(value: object) -> int | None:
    """Return ``value`` as a key (1 to 2³¹−1), or ``None``; ASCII digits only, nothing else."""
    if isinstance(value, bool):
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > 10:  # noqa: PLR2004 - digits of 2³¹
        return None
    number = int(text)
    return number if 0 < number < 2**31 else None


def _scoped_models() -> list[type[Any]]:
    return [m.class_ for m in Base.registry.mappers if path_column(m.class_) is not None]


@event.listens_for(Session, "do_orm_execute")
def _hold_statement(state: ORMExecuteState) -> None:
    """Add the actor's condition to every statement on scoped models, relationships included."""
    bound = state.session.info.get(_BOUND)
    if not state.is_select and state.bind_mapper is inspect(InstitutionName):
        raise ScopeError(_READ_ONLY)
    if bound is EVERYWHERE or not (state.is_select or state.is_update or state.is_delete):
        return
    if state.is_column_load:
        # A row that the session holds is being refreshed; it passed the wall when it was loaded.
        return
    state.statement = state.statement.options(*_criteria(None if bound is None else str(bound)))


@lru_cache(maxsize=1024)
def _criteria(path: str | None) -> tuple[LoaderCriteriaOption, ...]:
    """Return the conditions on all scoped models, made once for each path: every statement asks."""
    return tuple(
        with_loader_criteria(
            model,
            false() if path is None else subtree(path_column(model), path),
            include_aliases=True,
        )
        for model in _scoped_models()
    )


@event.listens_for(Session, "before_flush")
def _hold_writes(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Fill in the owner of new rows, and refuse whatever lies outside by its old or new owner."""
    for row in (*session.new, *session.dirty):
        _fill_owner(row, session)
    bound = session.info.get(_BOUND)
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, InstitutionName) and not _is_unchanged(row, session):
            raise ScopeError(_READ_ONLY)
        column = path_column(type(row))
        if column is None:
            continue
        _refuse_changed_snapshot(row)
        if bound is EVERYWHERE:
            continue
        if isinstance(row, AuditEntry):
            # A refusal or a failed sign-in is recorded before or without an actor.
            continue
        history = inspect(row).attrs[column.key].load_history()
        paths = [*history.added, *history.unchanged, *history.deleted]
        if bound is None or not paths or not all(str(p).startswith(str(bound)) for p in paths):
            msg = f"write outside of the scope: {type(row).__name__}"
            raise ScopeError(msg)


def _is_unchanged(row: object, session: Session) -> bool:
    return row in session.dirty and not session.is_modified(row)


def _fill_owner(row: object, session: Session) -> None:
    if not isinstance(row, Owned):
        return
    if row.__owner_from__ is not None:
        parent = getattr(row, row.__owner_from__)
        if parent is not None:
            _fill_owner(parent, session)
            row.institution_id, row.owner_path = parent.institution_id, parent.owner_path
        return
    institution = getattr(row, "institution", None)
    if institution is not None and (
        row.institution_id != institution.id or row.owner_path != institution.path
    ):
        row.institution_id, row.owner_path = institution.id, institution.path


def _refuse_changed_snapshot(row: Any) -> None:
    """Refuse a change of a column that its model declares immutable."""
    state = inspect(row)
    if not state.persistent:
        return
    for name in getattr(row, "__immutable__", ()):
        if state.attrs[name].history.deleted:
            msg = f"{type(row).__name__}.{name} never changes once written"
            raise ScopeError(msg)


def count_visible(model: type[ModelT], *conditions: ColumnElement[bool]) -> int:
    """Return how many rows of ``model`` the actor sees under ``conditions``."""
    statement = select(func.count()).select_from(model).where(*conditions)
    return db.session.scalar(statement) or 0


def require(condition: bool, message: str, *, field: str | None = None) -> None:  # noqa: FBT001 - reads as a sentence
    """Raise ``DomainError`` with ``message`` unless ``condition`` holds."""
    if not condition:
        raise DomainError(message, field=field)

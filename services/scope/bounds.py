"""How far an actor sees: a session bound to a place in the tree, and ways to look beyond it."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from extensions import db
from models import AuditEntry, Institution, Owned
from models.institution import BIN, SEGMENT_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session, scoped_session

    from services.actor import Actor

_BOUND: Final = "scope"
_REPLANTING: Final = "scope:replanting"
#: Sorts behind every character of a path in byte order, so ``path + _END`` closes a subtree.
_END: Final = "~"


class Reason(StrEnum):
    """Why a piece of code may look beyond the wall; each has its own named place."""

    SIGN_IN = "sign-in finds the account before there is an actor"
    UNIQUENESS = "names and codes are unique across the whole tree"
    NUMBERING = "numbers are drawn from counters of the whole platform"
    VERIFICATION = "anybody may check a printed code"
    ANCESTORS = "a node's path upwards decides who receives its rosters"
    HISTORY = "the history of a record follows it through moves"
    REFERENCES = "what refers to an institution keeps it, wherever it stands"
    DOUBTS = "doubts arise between certificates of the whole platform"
    JOBS = "workers look for jobs, and for the accounts that asked for them"
    TRAIL = "the chain of entries is one for the whole platform"
    MAINTENANCE = "commands and demo data run without an account"


class _Everywhere:
    """The scope of code that has opted out."""


EVERYWHERE: Final = _Everywhere()


def bind(actor: Actor, session: Session | scoped_session[Any] | None = None) -> None:
    """Hold the session (the current one by default) to what lies at or below the actor's node."""
    (session or db.session).info[_BOUND] = actor.path


def unbind(session: Session | scoped_session[Any] | None = None) -> None:
    """Leave the session without an actor: nothing is visible from now on."""
    (session or db.session).info.pop(_BOUND, None)


def bound_of(session: Session) -> str | _Everywhere | None:
    """Return the path to which ``session`` is bound, ``EVERYWHERE``, or ``None`` for nowhere."""
    bound: str | _Everywhere | None = session.info.get(_BOUND)
    return bound


def may_replant(session: Session) -> bool:
    """Whether ``session`` runs the tree's own code, which alone rewrites places."""
    return bool(session.info.get(_REPLANTING))


@contextmanager
def unscoped(
    reason: Reason, session: Session | scoped_session[Any] | None = None
) -> Iterator[None]:
    """Look beyond the wall for the length of a block; ``reason`` says by what right.

    Load columns rather than rows inside, since a row stays in the session after the block.
    """
    found = session or db.session
    before = found.info.get(_BOUND)
    if before is not EVERYWHERE and found.autoflush:
        # What is pending was made under the actor's own scope, and passes the wall under it.
        found.flush()
    with _bound_to(EVERYWHERE if type(reason) is Reason else before, found):
        yield


@contextmanager
def in_bin(actor: Actor, session: Session | scoped_session[Any] | None = None) -> Iterator[None]:
    """Look, for the length of a block, at what was deleted below the actor's node (回收站).

    The recycle bin is a tree of its own beside the living one: what is in it is seen by nobody
    otherwise.
    """
    with _bound_to(BIN + actor.path, session or db.session):
        yield


@contextmanager
def replanting(session: Session | scoped_session[Any] | None = None) -> Iterator[None]:
    """Allow statements of this block to rewrite places in the tree: for moving nodes only.

    They are still held to the nodes that the actor sees; where these go is the caller's to check.
    """
    info = (session or db.session).info
    before = info.get(_REPLANTING)
    info[_REPLANTING] = True
    try:
        yield
    finally:
        info[_REPLANTING] = before


@contextmanager
def _bound_to(bound: object, session: Session | scoped_session[Any]) -> Iterator[None]:
    info = session.info
    before = info.get(_BOUND)
    info[_BOUND] = bound
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


def owned_subtree(path: str) -> Callable[[type[Owned]], ColumnElement[bool]]:
    """Return ``subtree`` for whichever owned model SQLAlchemy hands in.

    Its cache of statements looks into the lambda: only texts of the enclosing function become
    parameters there.
    """
    end = path + _END
    return lambda model: (model.owner_path >= path) & (model.owner_path < end)


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

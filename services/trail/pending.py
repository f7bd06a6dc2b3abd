"""Entries wait in the session until the commit, and are sealed and written at its end.

So the lock on the end of the chain is held for the last moment of a transaction only. What a
savepoint undoes takes its entries along. Whoever asks for entries by the ORM, with ``AuditEntry``
among the entities, sees those that wait: they are written before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import event, func, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import ORMExecuteState, Session

from models import AuditEntry
from models.audit_entry import GENESIS, sealed_text
from models.encryption import keyring
from models.institution import SEGMENT_LENGTH
from services.scope import Reason, unscoped
from services.trail import anchors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import SessionTransaction

_STATE: Final = "trail"
#: PostgreSQL's lock on the end of the chain; the number only has to be ours.
_LOCK: Final = 20171228
_BRANCHES: Final = (2, 3, 4)


class TrailError(RuntimeError):
    """The entries of an act could not be written, so the act must not happen either."""


class End(NamedTuple):
    """The last entry of the chain."""

    sequence: int
    mac: str


@dataclass
class _State:
    """What a session holds back, and how far it has written in this transaction."""

    waiting: list[AuditEntry] = field(default_factory=list)
    written: End | None = None
    #: What waited and was written when each open savepoint began.
    marks: dict[SessionTransaction, tuple[list[AuditEntry], End | None]] = field(
        default_factory=dict
    )


def hold(session: Session, entry: AuditEntry) -> None:
    """Keep a complete entry until the transaction of ``session`` commits."""
    if not session.in_transaction():
        # A rollback before the first statement must find a transaction to undo.
        session.begin()
    _state_of(session).waiting.append(entry)


def write_waiting(session: Session) -> None:
    """Seal and insert what waits, in this transaction; raises ``TrailError``.

    The commit does so by itself. Whoever calls it earlier holds up all other acts until then.
    """
    state = _state_of(session)
    if not state.waiting:
        return
    # Not in the block below: what goes wrong here is the act's own affair.
    session.flush()
    try:
        with unscoped(Reason.TRAIL, session):
            state.written = _append(session, state.waiting)
    except SQLAlchemyError as error:
        # The statement of the error holds the entry.
        message = f"the audit trail cannot be written ({type(error).__name__})"
        raise TrailError(message) from None
    state.waiting = []


def end_of_chain(session: Session) -> End:
    """Return the last entry of the chain; call it beyond the wall."""
    last = session.execute(
        select(AuditEntry.sequence, AuditEntry.mac).order_by(AuditEntry.sequence.desc()).limit(1),
        execution_options={_STATE: True},
    ).first()
    return End(0, GENESIS) if last is None else End(last.sequence, last.mac)


def _append(session: Session, entries: Sequence[AuditEntry]) -> End:
    # SQLite has one writer, which a transaction has been since it began.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    end, ring, rows = end_of_chain(session), keyring(), []
    for entry in entries:
        values = _values(entry)
        values["sequence"] = end.sequence + 1
        values["mac"] = ring.mac_of_entry(sealed_text(end.mac, values))
        end = End(values["sequence"], values["mac"])
        rows.append(values)
    session.execute(insert(AuditEntry), rows)
    return end


def _values(entry: AuditEntry) -> dict[str, Any]:
    """Return the columns of an entry that is complete but for its place in the chain."""
    values = {name: getattr(entry, name) for name in _columns() if name != "id"}
    for levels in _BRANCHES:
        length = levels * SEGMENT_LENGTH
        path = entry.owner_path
        values[f"branch_{levels}"] = path[:length] if len(path) >= length else None
    return values


def _columns() -> list[str]:
    return [attribute.key for attribute in inspect(AuditEntry).column_attrs]


def _state_of(session: Session) -> _State:
    state: _State = session.info.setdefault(_STATE, _State())
    return state


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    if not session.in_nested_transaction():
        # What is flushed now may record something, too.
        session.flush()
        write_waiting(session)


@event.listens_for(Session, "after_commit")
def _settle(session: Session) -> None:
    """Let what a savepoint leaves behind stand; anchor what a whole transaction has written."""
    state = session.info.get(_STATE)
    if state is None:
        return
    savepoint = session.get_nested_transaction()
    if savepoint is not None:
        state.marks.pop(savepoint, None)
    elif state.written is not None:
        anchors.append(*state.written)
        state.written = None


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        state = _state_of(session)
        state.marks[transaction] = list(state.waiting), state.written


@event.listens_for(Session, "after_transaction_end")
def _undo(session: Session, transaction: SessionTransaction) -> None:
    """Take back what was recorded in a savepoint that did not commit, or in the transaction."""
    if transaction.parent is None:
        session.info.pop(_STATE, None)
        return
    state = session.info.get(_STATE)
    if state is not None and transaction in state.marks:
        state.waiting, state.written = state.marks.pop(transaction)


@event.listens_for(Session, "do_orm_execute")
def _show_waiting(execution: ORMExecuteState) -> None:
    """Write what waits before a statement that reads the trail."""
    state = execution.session.info.get(_STATE)
    if state is None or not state.waiting or execution.execution_options.get(_STATE):
        return
    mappers = (*execution.all_mappers, execution.bind_mapper)
    if execution.is_select and any(m is not None and m.class_ is AuditEntry for m in mappers):
        write_waiting(execution.session)

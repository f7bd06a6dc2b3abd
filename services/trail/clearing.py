"""Retention (``purge-audit``): old entries go, and the entry that says so holds the chain."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select

from extensions import db
from models import AuditEntry, utc_now
from models.institution import ROOT
from services import audit
from services.audit import AuditTag
from services.scope import Reason, unscoped
from services.trail.pending import End, write_waiting

#: So many days entries are kept at least: 网络安全法 asks for six months, 等保 for long enough to
#: look into an incident. The database refuses to delete younger ones, whatever the setting.
LEAST_DAYS: Final = 365
#: Deleted at a time, since all acts wait for the end of the transaction.
MOST_AT_ONCE: Final = 50_000
_SEQUENCE: Final = "最后清理的序号"
_MAC: Final = "该条的校验值"


class Cleared(NamedTuple):
    """What a clearing removed."""

    removed: int
    last: int


def clear(days: int) -> Cleared:
    """Delete entries at the beginning of the chain that are older than ``days``: a part of them.

    Leaves an entry with the sequence and the MAC of the last one deleted, from which the chain goes
    on; none when nothing was old enough. The caller announces writing, commits, and calls again
    until nothing is removed.
    """
    if days < LEAST_DAYS:
        message = f"the audit trail is kept for {LEAST_DAYS} days at least"
        raise ValueError(message)
    with unscoped(Reason.TRAIL):
        last = _last_to_go(utc_now() - dt.timedelta(days=days))
        if last is None:
            return Cleared(0, 0)
        audit.record_platform(
            AuditTag.AUDIT_PURGE,
            owner_path=ROOT,
            changes=[
                audit.said(_SEQUENCE, str(last.sequence)),
                audit.said(_MAC, last.mac),
            ],
        )
        # It has to be linked to the end of the chain while that is still there.
        write_waiting(db.session())
        removed: Any = db.session.execute(
            delete(AuditEntry).where(AuditEntry.sequence <= last.sequence),
            execution_options={"synchronize_session": False},
        )
    return Cleared(removed.rowcount, last.sequence)


def _last_to_go(moment: dt.datetime) -> End | None:
    """Return the last entry of the next part of what is older than ``moment``; all before it is."""
    first = db.session.scalar(select(func.min(AuditEntry.sequence))) or 0
    young = select(func.min(AuditEntry.sequence)).where(AuditEntry.at >= moment)
    statement = (
        select(AuditEntry.sequence, AuditEntry.mac)
        .where(AuditEntry.sequence < first + MOST_AT_ONCE)
        .order_by(AuditEntry.sequence.desc())
    )
    first_kept = db.session.scalar(young)
    if first_kept is not None:
        statement = statement.where(AuditEntry.sequence < first_kept)
    last = db.session.execute(statement.limit(1)).first()
    return None if last is None else End(last.sequence, last.mac)


def last_cleared(*, below: int) -> End | None:
    """Return the last cleared entry before ``below``, as the newest clearing that fits says.

    Call it beyond the wall. What it returns is as true as the clearing's own entry, which is part
    of the chain.
    """
    statement = (
        select(AuditEntry.changes)
        .where(AuditEntry.tag == AuditTag.AUDIT_PURGE.value)
        .order_by(AuditEntry.id.desc())
    )
    for changes in db.session.scalars(statement):
        said = {change["label"]: change["new"] for change in changes}
        if _SEQUENCE in said and int(said[_SEQUENCE]) < below:
            return End(int(said[_SEQUENCE]), said[_MAC])
    return None

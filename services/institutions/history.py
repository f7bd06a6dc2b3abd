"""变更记录: what happened to the record of an institution, wherever it stood in the tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from extensions import db
from models import (
    Administrator,
    AuditEntry,
    AuditResult,
    FormerName,
    Institution,
    Licence,
    LicenceScan,
    label_of,
)
from services import audit
from services.audit import AuditTag
from services.errors import NotFoundError
from services.permissions import Permission
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from services.actor import Actor

PAGE_SIZE: Final = 20
#: What belongs to the record; accounts, certificates and rosters have trails of their own.
_RECORD: Final = tuple(m.__name__ for m in (Institution, FormerName, Licence, LicenceScan))

#: A proof for the trail, and nothing to read for a person.
_DIGEST: Final = label_of(LicenceScan.digest)


@dataclass(frozen=True)
class HistoryEntry:
    """One change: when, what, to which part of the record, and by whom as far as may be known."""

    at: dt.datetime
    act: str
    subject: str
    changes: list[audit.Change]
    #: The operator, or only the office when it is one above the reader.
    who: str


@dataclass(frozen=True)
class History:
    """One page of the history, newest first."""

    entries: list[HistoryEntry]
    count: int
    #: From 0.
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PAGE_SIZE))


def history(actor: Actor, institution: Institution, *, page: int = 0) -> History:
    """Return a page of the history of the own record, or of a lower one.

    It follows the record through moves: what happened while it stood elsewhere is part of it. Those
    who acted from outside of the actor's part of the tree are named by their office only.
    """
    if actor.is_at(institution.path):
        actor.require(Permission.INSTITUTION_OWN)
    elif actor.is_above(institution.path):
        actor.require(Permission.INSTITUTION_READ)
    else:
        raise NotFoundError
    conditions = (
        AuditEntry.institution_id == institution.id,
        AuditEntry.object_type.in_(_RECORD),
        AuditEntry.result == AuditResult.DONE,
        # Who has looked is no change of the record; the trail keeps it.
        AuditEntry.tag != AuditTag.LICENCE_SCAN_DOWNLOAD.value,
    )
    with unscoped(Reason.HISTORY):
        count = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions))
        last = max(0, -(-(count or 0) // PAGE_SIZE) - 1)
        page = min(max(page, 0), last)
        rows = db.session.execute(
            select(
                AuditEntry.at,
                AuditEntry.tag,
                AuditEntry.object_type,
                AuditEntry.object_label,
                AuditEntry.changes,
                AuditEntry.actor_id,
                AuditEntry.actor_name,
                AuditEntry.actor_path,
                AuditEntry.institution_name,
            )
            .where(*conditions)
            .order_by(AuditEntry.id.desc())
            .limit(PAGE_SIZE)
            .offset(page * PAGE_SIZE)
        ).all()
    known = _colleagues(rows)
    entries = [
        HistoryEntry(
            at=row.at,
            act=audit.label_of_tag(row.tag),
            subject="" if row.object_type == Institution.__name__ else row.object_label,
            changes=[one for one in row.changes if one["label"] != _DIGEST],
            who=row.actor_name
            if row.actor_id in known or audit.is_known_operator(actor, row.actor_path)
            else row.institution_name,
        )
        for row in rows
    ]
    return History(entries, count or 0, page)


def _colleagues(rows: Sequence[Any]) -> set[int]:
    """Return those of the operators whose accounts the actor sees, wherever they once stood."""
    keys = {row.actor_id for row in rows if row.actor_id is not None}
    return set(db.session.scalars(select(Administrator.id).where(Administrator.id.in_(keys))))

"""Scans of the stamped paper of a roster (盖章扫描件), attached by its institution.

While the roster is at home they may be changed. At the bureau more may be added, when it asks for
a missing page, but what it has seen stays; once filed nothing changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from extensions import db
from models import Roster, RosterScan, RosterState
from services import audit, files
from services.audit import AuditTag
from services.errors import DomainError
from services.permissions import Permission
from services.rosters.moving import not_now, require_own, step
from services.scans.receiving import MOST_SCANS, changes_of, columns_of, require_room

if TYPE_CHECKING:
    from services.actor import Actor
    from services.scans.receiving import Received

#: In which states an institution attaches files, and takes them away.
MAY_ADD: Final = frozenset({RosterState.PRINTED, RosterState.SUBMITTED})
MAY_REMOVE: Final = frozenset({RosterState.PRINTED})
_ADD: Final = "上传盖章扫描件"
_REMOVE: Final = "删除盖章扫描件"


def scans_of(roster: Roster) -> list[RosterScan]:
    """Return the scans of a roster in their order."""
    statement = (
        select(RosterScan)
        .where(RosterScan.roster_id == roster.id)
        .order_by(RosterScan.position, RosterScan.id)
    )
    return list(db.session.scalars(statement))


def require_may_add(actor: Actor, roster: Roster) -> None:
    """Raise unless the actor may attach files to a roster: before a file is looked at."""
    require_own(actor, roster)
    if roster.state not in MAY_ADD:
        raise DomainError(not_now(roster, _ADD))


def attach(actor: Actor, roster: Roster, received: Received) -> RosterScan:
    """Attach a received file behind the scans of a roster."""
    require_may_add(actor, roster)
    with step():
        _hold(roster, MAY_ADD, _ADD)
        scans = scans_of(roster)
        if len(scans) >= MOST_SCANS:
            raise DomainError(
                f"每份花名册最多上传{MOST_SCANS}个文件，请将多页合成一个PDF文件。", field="files"
            )
        require_room(roster.institution_id, received)
        scan = RosterScan(
            roster=roster,
            position=max((one.position for one in scans), default=0) + 1,
            **columns_of(actor, received),
        )
        db.session.add(scan)
        db.session.flush()
    audit.record(actor, AuditTag.ROSTER_SCAN_UPLOAD, scan, changes=changes_of(None, scan))
    return scan


def remove(actor: Actor, scan: RosterScan) -> None:
    """Take a scan away before the roster is handed in; the sweep removes its file."""
    roster = scan.roster
    require_own(actor, roster)
    with step():
        _hold(roster, MAY_REMOVE, _REMOVE)
        audit.record(actor, AuditTag.ROSTER_SCAN_REMOVE, scan, changes=changes_of(scan, None))
        db.session.delete(scan)
        db.session.flush()


def download(actor: Actor, scan: RosterScan) -> bytes:
    """Return the file of a scan, and record that it was taken."""
    actor.require(Permission.ROSTER_READ)
    audit.record(actor, AuditTag.ROSTER_SCAN_DOWNLOAD, scan)
    return files.load(scan.storage_name, scan.digest)


def _hold(roster: Roster, states: frozenset[RosterState], act: str) -> None:
    """Hold a roster in one of ``states``, so that no step overtakes what is done to its scans."""
    held = db.session.scalar(
        update(Roster)
        .where(Roster.id == roster.id, Roster.state.in_(states))
        # Nothing changes; the row is only held.
        .values(updated_at=Roster.updated_at)
        .returning(Roster.id),
        execution_options={"synchronize_session": False},
    )
    db.session.refresh(roster)
    if held is None:
        raise DomainError(not_now(roster, act))

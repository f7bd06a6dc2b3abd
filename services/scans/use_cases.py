"""Scans of a licence: uploaded, replaced, put in order, taken away; every version is kept.

Every change holds the institution's record, so that one follows the other and none passes a lock,
and leaves the digest of all present scans on the licence (``Licence.scans_digest``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import update

from extensions import db
from models import Licence, LicenceScan, label_of, utc_now
from services import audit, files
from services.audit import AuditTag
from services.errors import DomainError
from services.institutions.record import hold_unlocked
from services.licences import require_keeper
from services.permissions import Permission
from services.saving import saving
from services.scans.reading import current_scans, digest_of_scans
from services.scans.receiving import MOST_SCANS, changes_of, columns_of, require_room
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.actor import Actor
    from services.scans.receiving import Received

_CHANGED: Final = "证照刚刚有变化，未保存；请核对最新内容后重新操作。"


def require_may_change(actor: Actor, licence: Licence) -> None:
    """Raise unless the actor may change the scans of a licence: before a file is looked at."""
    require_keeper(actor, licence.institution)


def add(actor: Actor, licence: Licence, received: Received) -> LicenceScan:
    """Add a received file behind the scans of a licence."""
    require_may_change(actor, licence)
    with saving():
        hold_unlocked(licence.institution)
        scans = current_scans(licence)
        if len(scans) >= MOST_SCANS:
            raise DomainError(
                f"每个许可证最多上传{MOST_SCANS}个文件，请先删除不需要的。", field="files"
            )
        require_room(licence.institution_id, received)
        scan = _made(actor, licence, received, max((one.position for one in scans), default=0) + 1)
        db.session.add(scan)
        db.session.flush()
        _note_digest(licence)
    _record(actor, AuditTag.LICENCE_SCAN_UPLOAD, scan, None, scan)
    return scan


def replace(actor: Actor, scan: LicenceScan, received: Received) -> LicenceScan:
    """Put a received file in the place of a scan, which is kept as an old version."""
    licence = scan.licence
    require_may_change(actor, licence)
    with saving():
        hold_unlocked(licence.institution)
        require_room(licence.institution_id, received)
        _retire(scan)
        fresh = _made(actor, licence, received, scan.position)
        db.session.add(fresh)
        db.session.flush()
        scan.replaced_by_id = fresh.id
        db.session.flush()
        _note_digest(licence)
    _record(actor, AuditTag.LICENCE_SCAN_REPLACE, fresh, scan, fresh)
    return fresh


def remove(actor: Actor, scan: LicenceScan) -> None:
    """Take a scan away; it is kept as an old version."""
    licence = scan.licence
    require_may_change(actor, licence)
    with saving():
        hold_unlocked(licence.institution)
        _retire(scan)
        _note_digest(licence)
    _record(actor, AuditTag.LICENCE_SCAN_REMOVE, scan, scan, None)


def reorder(actor: Actor, licence: Licence, keys: Sequence[object]) -> None:
    """Put the scans of a licence in the order of ``keys``, which name each of them once."""
    require_may_change(actor, licence)
    wanted = [parse_key(key) for key in keys]
    with saving():
        hold_unlocked(licence.institution)
        before = current_scans(licence)
        by_key = {scan.id: scan for scan in before}
        after = [by_key[key] for key in wanted if key in by_key]
        if len(wanted) != len(before) or len({scan.id for scan in after}) != len(before):
            raise DomainError(_CHANGED)
        if after == before:
            return
        for position, scan in enumerate(after, start=1):
            scan.position = position
        db.session.flush()
        _note_digest(licence)
    audit.record(
        actor,
        AuditTag.LICENCE_SCAN_ORDER,
        licence,
        changes=[
            {
                "label": label_of(LicenceScan.position),
                "old": _places(before, before),
                "new": f"{_places(after, before)}（数字为调整前的序号）",
            }
        ],
    )


def move(actor: Actor, scan: LicenceScan, step: Literal[-1, 1]) -> None:
    """Move a scan one place to the front (-1) or to the back (1); at the end nothing happens."""
    require_may_change(actor, scan.licence)
    keys = [one.id for one in current_scans(scan.licence)]
    if scan.id not in keys:
        raise DomainError(_CHANGED)
    at = keys.index(scan.id)
    to = min(max(at + step, 0), len(keys) - 1)
    keys[at], keys[to] = keys[to], keys[at]
    reorder(actor, scan.licence, keys)


def download(actor: Actor, scan: LicenceScan) -> bytes:
    """Return the file of a scan, an old version too, and record that it was taken."""
    actor.require(Permission.LICENCE_READ)
    _record(actor, AuditTag.LICENCE_SCAN_DOWNLOAD, scan, None, None)
    return files.load(scan.storage_name, scan.digest)


def _made(actor: Actor, licence: Licence, received: Received, position: int) -> LicenceScan:
    return LicenceScan(licence=licence, position=position, **columns_of(actor, received))


def _retire(scan: LicenceScan) -> None:
    """Make a scan an old version, unless somebody else did so first."""
    retired = db.session.scalar(
        update(LicenceScan)
        .where(LicenceScan.id == scan.id, LicenceScan.replaced_at.is_(None))
        .values(replaced_at=utc_now())
        .returning(LicenceScan.id),
        execution_options={"synchronize_session": False},
    )
    if retired is None:
        raise DomainError(_CHANGED)
    db.session.refresh(scan)


def _note_digest(licence: Licence) -> None:
    """Keep the digest of the present scans; a form of the licence that is open stays good."""
    db.session.execute(
        update(Licence)
        .where(Licence.id == licence.id)
        .values(
            scans_digest=digest_of_scans(current_scans(licence)), updated_at=Licence.updated_at
        ),
        execution_options={"synchronize_session": False},
    )
    db.session.expire(licence)


def _record(
    actor: Actor,
    tag: AuditTag,
    target: LicenceScan,
    old: LicenceScan | None,
    new: LicenceScan | None,
) -> None:
    """Record an act on a scan."""
    audit.record(actor, tag, target, changes=changes_of(old, new) if old or new else [])


def _places(scans: Sequence[LicenceScan], before: Sequence[LicenceScan]) -> str:
    """Return the numbers that ``scans`` had on the page as it was before."""
    return "、".join(str(before.index(scan) + 1) for scan in scans)

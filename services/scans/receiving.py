"""Receiving uploaded files, whatever they will belong to: cleaned, stored, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from extensions import db
from models import LicenceScan, RosterScan, ScanType, label_of
from services import audit, files
from services.errors import DomainError
from services.scans import process
from services.scans.names import harmless

if TYPE_CHECKING:
    from models.scan import Scan
    from services.actor import Actor
    from services.files import StoredFile

#: Files that a licence or a roster shows at a time.
MOST_SCANS: Final = 20
#: Bytes of all files of an institution, old versions included.
LARGEST_TOTAL: Final = 500 * 1024 * 1024


@dataclass(frozen=True)
class Received:
    """A file that was cleaned and lies on the disk, and belongs to nothing yet."""

    file_name: str
    scan_type: ScanType
    page_count: int
    stored: StoredFile


def receive(data: bytes, file_name: str) -> Received:
    """Clean an uploaded file and store it; it takes some seconds, so hold no lock meanwhile.

    Raises ``DomainError`` for what is no scan. ``give_up`` removes it when it is not taken after
    all; after a crash the sweep does.
    """
    cleaned = process.cleaned(data)
    scan_type = ScanType(cleaned.scan_type)
    stored = files.store(cleaned.data)
    try:
        for part, content in cleaned.parts.items():
            files.store_part(stored.name, part, content)
    except OSError:
        files.discard(stored.name)
        raise
    return Received(harmless(file_name, scan_type), scan_type, cleaned.page_count, stored)


def give_up(received: Received) -> None:
    """Remove a received file that nothing takes."""
    files.discard(received.stored.name)


def columns_of(actor: Actor, received: Received) -> dict[str, Any]:
    """Return the columns of a ``Scan`` but its place: what was received, and by whom."""
    return {
        "file_name": received.file_name,
        "scan_type": received.scan_type,
        "page_count": received.page_count,
        "size": received.stored.size,
        "digest": received.stored.digest,
        "storage_name": received.stored.name,
        "uploaded_by": f"{actor.username} {actor.full_name}"[:64],
    }


def require_room(institution_id: int, received: Received) -> None:
    """Raise ``DomainError`` when an institution has stored too much to take a file."""
    used = sum(
        db.session.scalar(
            select(func.sum(model.size)).where(model.institution_id == institution_id)
        )
        or 0
        for model in (LicenceScan, RosterScan)
    )
    if used + received.stored.size > LARGEST_TOTAL:
        raise DomainError(
            f"本机构上传的文件（含历史版本）已超过{LARGEST_TOTAL // 1024 // 1024}MB，不能再上传；"
            "请降低扫描分辨率，或联系平台管理员。",
            field="files",
        )


def changes_of(old: Scan | None, new: Scan | None) -> list[audit.Change]:
    """Return what an act did to a scan; names of files are the users' own words and stay out."""
    return [
        {
            "label": label_of(getattr(LicenceScan, name)),
            "old": audit.shown(getattr(old, name)) if old is not None else "",
            "new": audit.shown(getattr(new, name)) if new is not None else "",
        }
        for name in ("scan_type", "page_count", "digest")
    ]

"""Reading scans: those that a licence shows, their old versions, their pictures, their digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import LicenceScan, ScanType
from services import files
from services.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Licence
    from models.scan import Scan

#: The digest of a licence without scans.
NO_SCANS: Final = hashlib.sha256(b"").hexdigest()
_MIMETYPES: Final = {
    ScanType.JPEG: "image/jpeg",
    ScanType.PNG: "image/png",
    ScanType.PDF: "application/pdf",
}


def current_scans(licence: Licence) -> list[LicenceScan]:
    """Return the scans that a licence shows, in their order, as they are stored now."""
    statement = (
        select(LicenceScan)
        .where(LicenceScan.licence_id == licence.id, LicenceScan.replaced_at.is_(None))
        .order_by(LicenceScan.position, LicenceScan.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement))


def old_versions(licence: Licence) -> list[LicenceScan]:
    """Return the scans of a licence that were replaced or taken away, the latest first."""
    statement = (
        select(LicenceScan)
        .where(LicenceScan.licence_id == licence.id, LicenceScan.replaced_at.is_not(None))
        .order_by(LicenceScan.replaced_at.desc(), LicenceScan.id.desc())
    )
    return list(db.session.scalars(statement))


def digest_of_scans(scans: Sequence[Scan]) -> str:
    """Return one digest for all of ``scans`` in their order."""
    return hashlib.sha256("\n".join(scan.digest for scan in scans).encode()).hexdigest()


def mimetype_of(scan: Scan) -> str:
    """Return the media type of a scan's file."""
    return _MIMETYPES[scan.scan_type]


def thumbnail(scan: Scan) -> bytes:
    """Return a small JPEG of the first page. Raises ``FileDamagedError``."""
    return files.load_part(scan.storage_name, "thumb")


def picture(scan: Scan, page: int) -> tuple[bytes, str]:
    """Return one page, counted from 1, as a picture with its media type.

    Raises ``FileDamagedError``, and ``NotFoundError`` when there is no such page.
    """
    if not 1 <= page <= scan.page_count:
        raise NotFoundError
    if scan.scan_type is ScanType.PDF:
        return files.load_part(scan.storage_name, f"page-{page}"), "image/jpeg"
    return files.load(scan.storage_name, scan.digest), mimetype_of(scan)

"""Records that need nothing more, so that their institutions may enter people on trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extensions import db
from models import utc_now
from services.institutions import completeness
from services.scans.reading import current_scans, digest_of_scans
from services.scope import Reason, unscoped
from tests.factories.institutions import DETAILS, make_institution
from tests.factories.licences import make_licence, make_scan

if TYPE_CHECKING:
    from models import Institution, Licence, LicenceScan


def complete(institution: Institution) -> Institution:
    """Fill in what the record lacks: details, and a licence in use with a scan where it needs one.

    A record that is complete stays as it is.
    """
    with unscoped(Reason.MAINTENANCE):
        missing = {need.key for need in completeness.missing(institution)}
        if not missing:
            return institution
        for name in missing & DETAILS.keys():
            setattr(institution, name, DETAILS[name])
        licence = institution.licence_in_use
        if "licence" in missing:
            made = make_licence(institution, is_in_use=True)
            made.scans_digest = made.approved_scans = digest_of_scans([make_scan(made)])
            # What was looked at and not found is there now.
            db.session.expire(institution, ["licence_in_use"])
        elif licence is not None and "licence_scans" in missing:
            show_scans(licence, make_scan(licence))
            db.session.expire(licence)
        db.session.flush()
    return institution


def show_scans(licence: Licence, *scans: LicenceScan) -> None:
    """Let a licence show ``scans`` and no others, as their use cases would leave it."""
    with unscoped(Reason.MAINTENANCE):
        for scan in current_scans(licence):
            if scan not in scans:
                scan.replaced_at = utc_now()
        licence.scans_digest = licence.approved_scans = digest_of_scans(scans)
        db.session.flush()


def make_trainer(parent: Institution | None = None, **values: Any) -> Institution:
    """Return a stored hospital with a complete record, which may enter people on trial."""
    return complete(make_institution(parent, **{**DETAILS, **values}))

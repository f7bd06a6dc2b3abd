"""Rosters in every state."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from extensions import db
from models import RosterScan, RosterState, ScanType
from services import rosters
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Roster, TrialCertificate
    from services.actor import Actor


def make_roster(
    actor: Actor,
    people: Sequence[TrialCertificate] = (),
    *,
    state: RosterState = RosterState.DRAFT,
    bureau: Actor | None = None,
) -> Roster:
    """Return a roster of ``people`` (one new person without them) that has come to ``state``.

    ``bureau`` files or returns it where the state needs that.
    """
    chosen = people or [make_certificate(actor)]
    with acting(actor):
        roster = rosters.create(actor, chosen[0].exam_year, [one.id for one in chosen])
        if state is RosterState.VOIDED:
            rosters.void(actor, roster)
        if state in {
            RosterState.PRINTED,
            RosterState.SUBMITTED,
            RosterState.FILED,
            RosterState.RETURNED,
        }:
            rosters.mark_printed(actor, roster)
        if state in {RosterState.SUBMITTED, RosterState.FILED, RosterState.RETURNED}:
            rosters.submit(actor, roster)
    if state in {RosterState.FILED, RosterState.RETURNED}:
        assert bureau is not None, "only the receiving bureau decides"
        with acting(bureau):
            if state is RosterState.FILED:
                rosters.file_roster(bureau, roster)
            else:
                rosters.return_roster(bureau, roster, "第1行带教老师的执业证书编码有误")
    return roster


def make_roster_scan(roster: Roster, **values: Any) -> RosterScan:
    """Return a scan of a stamped roster; without ``storage_name`` there is no file of it."""
    given = {
        "position": 1,
        "file_name": "盖章花名册.jpg",
        "scan_type": ScanType.JPEG,
        "page_count": 1,
        "size": 1000,
        "digest": "0" * 64,
        "storage_name": secrets.token_hex(32),
        "uploaded_by": "clerk 张三",
        **values,
    }
    with unscoped(Reason.MAINTENANCE):
        scan = RosterScan(roster=roster, **given)
        db.session.add(scan)
        db.session.flush()
    return scan

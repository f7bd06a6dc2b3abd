"""Which licences in use a superior has still to look at (核对), for one of them and for lists.

What an institution puts to use by itself has been seen by nobody above it; what was seen once
changes when the institution corrects it or its scans.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_

from models import LabelledEnum, Licence
from services.scans.reading import NO_SCANS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class Waiting(LabelledEnum):
    """Why a licence in use waits for its superior."""

    UNCHECKED = "unchecked", "未经上级核对"
    CHANGED = "changed", "核对后有更新"


def seen_of(licence: Licence) -> str:
    """Return what stands for a licence and its scans as they are now.

    A page carries it, and the act posts it back, so that nobody decides on what was not shown.
    """
    content = f"{licence.version} {licence.scans_digest or NO_SCANS}"
    return hashlib.sha256(content.encode()).hexdigest()


def waiting_of(licence: Licence) -> Waiting | None:
    """Return why a licence waits to be looked at; ``None`` when it does not.

    As long as there is no scan there is nothing to look at: that it is missing is told elsewhere.
    """
    present, approved = licence.scans_digest or NO_SCANS, licence.approved_scans
    if not licence.is_in_use or present == (approved or NO_SCANS):
        return None
    return Waiting.UNCHECKED if approved is None else Waiting.CHANGED


def is_waiting(why: Waiting | None = None) -> ColumnElement[bool]:
    """Return the condition that a licence waits to be looked at, for this reason or for any."""
    present = func.coalesce(Licence.scans_digest, NO_SCANS)
    never = and_(Licence.approved_scans.is_(None), present != NO_SCANS)
    # NULL is unlike nothing, so what was never approved does not come within this one.
    since = Licence.approved_scans != present
    match why:
        case Waiting.UNCHECKED:
            found = never
        case Waiting.CHANGED:
            found = and_(since)
        case None:
            found = or_(never, since)
    return and_(Licence.is_in_use, found)

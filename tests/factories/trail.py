"""Entries of the trail with any values, sealed and stored as the platform does it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from extensions import db
from models import AuditEntry, AuditResult, utc_now
from services.scope import Reason, unscoped
from services.trail import pending


def hold_entry(**values: Any) -> AuditEntry:
    """Leave an entry waiting for the commit and return it; by default nobody did something."""
    entry = AuditEntry(
        **{
            "at": utc_now(),
            "tag": "institution:update",
            "result": AuditResult.DONE,
            "actor_id": None,
            "actor_name": "hb0000000 某人",
            "actor_path": "",
            "institution_id": None,
            "institution_name": "某局",
            "owner_path": "0001",
            "object_type": "",
            "object_id": None,
            "object_label": "",
            "changes": [],
            "address": "192.0.2.7",
            "request_id": "0" * 32,
            **values,
        }
    )
    pending.hold(db.session(), entry)
    return entry


def make_entry(**values: Any) -> AuditEntry:
    """Return a stored entry."""
    hold_entry(**values)
    with unscoped(Reason.MAINTENANCE):
        last = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
        return db.session.scalars(last).one()

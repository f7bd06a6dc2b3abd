"""Handing over a file that was made of the platform's data: only after it is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from exports.http import XLSX, attachment
from extensions import db
from services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.audit import AuditTag, Change


def hand_over(
    data: bytes, name: str, tag: AuditTag, mimetype: str = XLSX, *, changes: Sequence[Change] = ()
) -> Response:
    """Record that the file ``name`` is handed over, and return it; ``changes`` says what is in it.

    The file is complete by then: nobody else waits to write while it is made.
    """
    begin_writing()
    audit.record(require_actor(), tag, label=name.rpartition(".")[0], changes=changes)
    db.session.commit()
    return Response(data, headers=attachment(name, mimetype))

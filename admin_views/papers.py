"""Answers that are papers and sheets: PDF for the window, XLSX for the disk, each on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from exports.http import PDF, XLSX, attachment
from extensions import db
from services import audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from models import Roster


def recorded(find: Callable[[int], Roster], key: int, tag: audit.AuditTag) -> Roster:
    """Return a roster for a paper of it, once it is on the record that the paper was taken."""
    # A GET that leaves an entry: the transaction starts anew as one that may write.
    begin_writing()
    audit.record(require_actor(), tag, find(key))
    db.session.commit()
    return find(key)


def pdf(data: bytes, name: str) -> Response:
    """Return a paper, shown in the window."""
    return Response(data, headers=attachment(f"{name}.pdf", PDF, inline=True))


def xlsx(data: bytes, name: str) -> Response:
    """Return a sheet as a download."""
    return Response(data, headers=attachment(f"{name}.xlsx", XLSX))

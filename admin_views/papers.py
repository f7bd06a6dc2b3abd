"""Answers that are papers and sheets: PDF for the window, XLSX for the disk, each on the record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Response

from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from exports.http import PDF, XLSX, attachment
from extensions import db
from services import audit, scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from models import Base

    ModelT = TypeVar("ModelT", bound=Base)


def pdf_of(
    model: type[ModelT],
    key: int,
    tag: audit.AuditTag,
    draw: Callable[[ModelT], bytes],
    name: Callable[[ModelT], str],
    *,
    find: Callable[[int], ModelT] | None = None,
) -> Response:
    """Return the paper of one record, shown in the window, and record that it was drawn.

    ``find`` looks the record up where not every row of ``model`` may be printed.
    """
    row = _recorded(find or partial(scope.find, model), key, tag)
    filename = f"{name(row)}.pdf"
    return Response(draw(row), headers=attachment(filename, PDF, inline=True))


def xlsx_of(
    model: type[ModelT],
    key: int,
    tag: audit.AuditTag,
    write: Callable[[ModelT], bytes],
    name: Callable[[ModelT], str],
) -> Response:
    """Return the sheet of one record as a download, and record that it was taken."""
    row = _recorded(partial(scope.find, model), key, tag)
    filename = f"{name(row)}.xlsx"
    return Response(write(row), headers=attachment(filename, XLSX))


def _recorded(find: Callable[[int], ModelT], key: int, tag: audit.AuditTag) -> ModelT:
    # A GET that leaves an entry: the transaction starts anew as one that may write.
    begin_writing()
    row = find(key)
    audit.record(require_actor(), tag, row)
    db.session.commit()
    return find(key)

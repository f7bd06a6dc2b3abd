"""保存并新增: the next form keeps what is the same for most people of one institution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request, url_for

from admin_views.identity import require_actor
from services import certificates

if TYPE_CHECKING:
    from models import TrialCertificate

#: What the next person most likely has in common; nothing that tells one person from another.
_KEPT: Final = (
    "exam_year",
    "certificate_type",
    "exam_category_code",
    "conclusion",
    "id_document_code",
    "ethnic_group_code",
)


def wants_next() -> bool:
    """Whether the form was sent by 保存并新增."""
    return request.form.get("then") == "new"


def next_form(row: TrialCertificate, return_url: str) -> str:
    """Return the address of the form for the person after ``row``."""
    return url_for(".create_view", after=row.id, url=return_url)


def proposed() -> dict[str, Any]:
    """Return what the form for a new person takes over from the one entered before."""
    if request.method != "GET" or "after" not in request.args:
        return {}
    # The address names the person by a key only: it holds nothing that was typed.
    last = certificates.find(request.args["after"])
    if last.institution_id != require_actor().institution_id:
        return {}
    return {name: getattr(last, name) for name in _KEPT}

"""Finding certificates in the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from models import Institution, TrialCertificate
from services import signing
from services.institutions.search import clean_keyword

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that ``keyword`` is in the person's or institution's name, or the code.

    A code is understood however it was typed. Raises ``DomainError`` for what cannot be a keyword.
    """
    text = clean_keyword(keyword)
    code = signing.read_code(text)
    if code is not None:
        return TrialCertificate.submission_code == code
    named = select(Institution.id).where(Institution.name.contains(text, autoescape=True))
    return or_(
        TrialCertificate.name.contains(text, autoescape=True),
        TrialCertificate.institution_id.in_(named),
    )

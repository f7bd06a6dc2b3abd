"""Finding certificates in the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, union_all
from sqlalchemy.orm import aliased

from models import Institution, TrialCertificate
from models.search_text import folded
from services import signing
from services.institutions.search import clean_keyword

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that ``keyword`` is in the person's or institution's name, or the code.

    A person is found by pinyin as well (``zxy``, ``zhouxiaoyan``), a code however it was typed.
    Only living certificates are found. Raises ``DomainError`` for what cannot be a keyword.
    """
    text = clean_keyword(keyword)
    code = signing.read_code(text)
    if code is not None:
        return TrialCertificate.submission_code == code
    named = select(Institution.id).where(Institution.name.contains(text, autoescape=True))
    # The keys come out of the index of search texts alone; the wide rows are read of a page only.
    # Of a union PostgreSQL knows how little it finds, of an OR it expects half of the table.
    found = aliased(TrialCertificate)
    living = select(found.id).where(found.deleted_at.is_(None))
    keys = union_all(
        living.where(found.search_text.contains(folded(text), autoescape=True)),
        living.where(found.institution_id.in_(named)),
    )
    condition: ColumnElement[bool] = TrialCertificate.id.in_(keys)
    return condition


def person_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that ``keyword`` is in the person's name or its pinyin."""
    text = folded(clean_keyword(keyword))
    condition: ColumnElement[bool] = TrialCertificate.search_text.contains(text, autoescape=True)
    return condition

"""Finding institutions: the category filter, the keyword, and the pickers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select

from extensions import db
from models import (
    FormerName,
    Institution,
    InstitutionCategory,
    InstitutionKind,
    InstitutionName,
)
from services.errors import DomainError
from services.identifiers import InvalidIdentifierError, check_text
from services.permissions import Permission

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from services.actor import Actor

LONGEST_KEYWORD: Final = 64
#: A picker shows no more, whatever it is asked for.
MOST_CHOICES: Final = 20


def category_and_below(code: str) -> list[str]:
    """Return a category and all below it, or nothing when there is no such category; one query."""
    children: dict[str | None, list[str]] = {}
    known = set()
    statement = select(InstitutionCategory.code, InstitutionCategory.parent_code)
    for child, parent in db.session.execute(statement.order_by(InstitutionCategory.position)):
        children.setdefault(parent, []).append(child)
        known.add(child)
    found = [code] if code in known else []
    for one in found:  # It grows while it is read: level by level.
        found += children.get(one, [])
    return found


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that an institution bears ``keyword`` in its name or a former one.

    Wildcards are ordinary characters. Raises ``DomainError`` for a keyword that cannot be one.
    """
    text = clean_keyword(keyword)
    former = select(FormerName.institution_id).where(
        FormerName.name.contains(text, autoescape=True)
    )
    return or_(Institution.name.contains(text, autoescape=True), Institution.id.in_(former))


def clean_keyword(keyword: str) -> str:
    """Return a keyword without blanks at its ends; raises ``DomainError`` when it cannot be one."""
    try:
        return check_text(keyword, label="关键字", max_length=LONGEST_KEYWORD).value
    except InvalidIdentifierError as error:
        raise DomainError(str(error), field="keyword") from None


def lookup(
    actor: Actor,
    keyword: str,
    *,
    limit: int = MOST_CHOICES,
    kind: InstitutionKind | None = None,
) -> list[tuple[int, str]]:
    """Return up to ``limit`` institutions of the scope as (key, name) for a picker.

    Those whose present name begins with the keyword come first, then the shorter names.
    """
    actor.require(Permission.INSTITUTION_READ)
    text = clean_keyword(keyword)
    statement = select(Institution.id, Institution.name)
    if text:
        statement = statement.where(search_condition(text))
    if kind is not None:
        statement = statement.where(Institution.kind == kind)
    statement = statement.order_by(
        Institution.name.startswith(text, autoescape=True).desc(),
        func.length(Institution.name),
        Institution.name,
        Institution.id,
    ).limit(max(1, min(limit, MOST_CHOICES)))
    return [(key, name) for key, name in db.session.execute(statement)]


def lookup_names(keyword: str, *, limit: int = MOST_CHOICES) -> list[tuple[int, str]]:
    """Return up to ``limit`` institutions of the whole library as (key, name).

    Names are what everybody who is signed in may know, so that a trial can be entered that was
    partly served elsewhere. Nothing is found without a keyword: nobody leafs through the library.
    """
    text = clean_keyword(keyword)
    if not text:
        return []
    statement = (
        select(InstitutionName.id, InstitutionName.name)
        .where(InstitutionName.name.contains(text, autoescape=True))
        .order_by(func.length(InstitutionName.name), InstitutionName.name)
        .limit(max(1, min(limit, MOST_CHOICES)))
    )
    return [(key, name) for key, name in db.session.execute(statement)]

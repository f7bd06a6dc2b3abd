"""Finding institutions: the category filter, the keyword, and the pickers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import aliased

from extensions import db
from models import (
    Administrator,
    FormerName,
    Institution,
    InstitutionKind,
    InstitutionName,
)
from models.search_text import folded, initials_of, name_key_of
from services.errors import DomainError
from services.identifiers import InvalidIdentifierError, check_text
from services.permissions import Permission
from services.scope import subtree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, CompoundSelect

    from services.actor import Actor

LONGEST_KEYWORD: Final = 64
#: A picker shows no more, whatever it is asked for.
MOST_CHOICES: Final = 20
#: Letters may stand in a code as well as in initials; of so many finds the right ones are taken.
_MOST_EXAMINED: Final = 200


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that an institution is found by ``keyword``.

    It is looked for in the name, its pinyin initials (``hkyy`` finds 汉口医院), the codes, and in
    former names with their initials. Wildcards are ordinary characters. Raises ``DomainError`` for
    a keyword that cannot be one.
    """
    text = folded(clean_keyword(keyword))
    former = select(FormerName.institution_id).where(
        FormerName.search_text.contains(text, autoescape=True)
    )
    return or_(Institution.search_text.contains(text, autoescape=True), Institution.id.in_(former))


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

    Bureaux come first, then those of which the name, its initials or a code begin with the
    keyword, then the shorter names. Without a keyword these are the own institution and those that
    report to it: from there the user types on.
    """
    actor.require(Permission.INSTITUTION_FIND)
    text = folded(clean_keyword(keyword))
    is_bureau = Institution.kind == InstitutionKind.BUREAU
    statement = select(Institution.id, Institution.name)
    if kind is not None:
        statement = statement.where(Institution.kind == kind)
    if text:
        # Each part of the text in which is searched stands on a line of its own.
        begins = or_(
            Institution.search_text.startswith(text, autoescape=True),
            Institution.search_text.contains("\n" + text, autoescape=True),
        )
        statement = statement.where(Institution.id.in_(_found_keys(actor, text))).order_by(
            is_bureau.desc(),
            begins.desc(),
            func.length(Institution.name),
            Institution.name,
            Institution.id,
        )
    else:
        own = Institution.id == actor.institution_id
        statement = statement.where(
            or_(own, Institution.parent_id == actor.institution_id)
        ).order_by(own.desc(), is_bureau.desc(), Institution.path)
    statement = statement.limit(max(1, min(limit, MOST_CHOICES)))
    return [(key, name) for key, name in db.session.execute(statement)]


def named(actor: Actor, name: str, *, kind: InstitutionKind | None = None) -> Institution | None:
    """Return the institution of the scope that bears ``name``, however it is written.

    ``None`` when there is none, or more than one from before names were unique so.
    """
    actor.require(Permission.INSTITUTION_FIND)
    key = name_key_of(name)
    statement = select(Institution).where(
        or_(Institution.name_key == key, Institution.name_key.is_(None))
    )
    if kind is not None:
        statement = statement.where(Institution.kind == kind)
    rows = db.session.scalars(statement).unique()
    found = [row for row in rows if name_key_of(row.name) == key]
    return found[0] if len(found) == 1 else None


def _found_keys(actor: Actor, text: str) -> CompoundSelect[Any]:
    """Return the keys of what is found by ``text``, out of the index alone.

    A picker reads and sorts all that it finds, so it is worth not to read the rest; a list stops
    when its page is full (``search_condition``). The ranges say what the wall says, for the index.
    """
    found = aliased(Institution)
    return union_all(
        select(found.id).where(
            subtree(found.path, actor.path), found.search_text.contains(text, autoescape=True)
        ),
        select(FormerName.institution_id).where(
            subtree(FormerName.owner_path, actor.path),
            FormerName.search_text.contains(text, autoescape=True),
        ),
    )


def lookup_names(keyword: str, *, limit: int = MOST_CHOICES) -> list[tuple[int, str]]:
    """Return up to ``limit`` institutions of the whole library as (key, name), by name or initials.

    Names are what everybody who is signed in may know, so that a trial can be entered that was
    partly served elsewhere. Nothing is found without a keyword: nobody leafs through the library;
    and nothing by a code, which is not everybody's to know.
    """
    text = clean_keyword(keyword)
    if not text:
        return []
    word = folded(text)
    is_letters = word.isascii() and word.isalpha()
    found_in = InstitutionName.search_text if is_letters else InstitutionName.name
    statement = (
        select(InstitutionName.id, InstitutionName.name)
        .where(
            found_in.contains(word if is_letters else text, autoescape=True),
            InstitutionName.deleted_at.is_(None),
        )
        .order_by(func.length(InstitutionName.name), InstitutionName.name)
    )
    most = max(1, min(limit, MOST_CHOICES))
    found = db.session.execute(statement.limit(_MOST_EXAMINED if is_letters else most))
    names = [(key, name) for key, name in found]
    if is_letters:
        names = [(key, name) for key, name in names if word in folded(name) + initials_of(name)]
    return names[:most]


def administrator_counts(keys: Sequence[int]) -> dict[int, int]:
    """Return how many accounts (管理员数) each of the institutions has; one query for all."""
    statement = (
        select(Administrator.institution_id, func.count())
        .where(Administrator.institution_id.in_(keys), Administrator.deleted_at.is_(None))
        .group_by(Administrator.institution_id)
    )
    return {key: number for key, number in db.session.execute(statement)}  # noqa: C416 - rows

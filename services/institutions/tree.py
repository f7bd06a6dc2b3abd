"""The tree as it is unfolded on a screen: a node's children, a few at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from extensions import db
from models import Institution, InstitutionKind
from services.errors import NotFoundError
from services.permissions import Permission
from services.scope import Reason, ancestors, find, parse_key, unscoped

if TYPE_CHECKING:
    from services.actor import Actor

#: An answer holds no more; the rest is asked for by 更多….
MOST_BRANCHES: Final = 20


@dataclass(frozen=True)
class Branch:
    """One node of the tree, and whether there is anything to unfold below it."""

    key: int
    name: str
    is_bureau: bool
    has_below: bool


@dataclass(frozen=True)
class Branches:
    """Some children of a node in their order, and whether there are more behind the last one."""

    nodes: tuple[Branch, ...]
    has_more: bool


def branches(actor: Actor, above: object = None, *, after: object = None) -> Branches:
    """Return up to 20 nodes that report to ``above`` (the own institution by default).

    Bureaux come first, then the order in which they were added. ``after`` is the key of the last
    node that is shown already. Raises ``NotFoundError`` for what lies outside of the scope.
    """
    actor.require(Permission.INSTITUTION_READ)
    top = actor.institution_id if above is None else find(Institution, above).id
    below = aliased(Institution)
    statement = (
        select(
            Institution.id,
            Institution.name,
            Institution.kind,
            select(below.id).where(below.parent_id == Institution.id).exists(),
        )
        .where(Institution.parent_id == top)
        .order_by(Institution.kind, Institution.path)
        .limit(MOST_BRANCHES + 1)
    )
    if after is not None:
        last = find(Institution, after)
        if last.parent_id != top:
            raise NotFoundError
        # The kinds sort as they should: bureau before healthcare.
        statement = statement.where(
            or_(
                Institution.kind > last.kind,
                and_(Institution.kind == last.kind, Institution.path > last.path),
            )
        )
    nodes = tuple(
        Branch(key, name, kind is InstitutionKind.BUREAU, has_below)
        for key, name, kind, has_below in db.session.execute(statement)
    )
    return Branches(nodes[:MOST_BRANCHES], has_more=len(nodes) > MOST_BRANCHES)


def name_above(actor: Actor, key: object) -> str | None:
    """Return the name of an institution above the actor's own; ``None`` for any other key.

    So that a list which a superior has narrowed to itself can be told from one of somebody else.
    """
    with unscoped(Reason.ANCESTORS):
        return db.session.scalar(
            select(Institution.name).where(
                Institution.id == (parse_key(key) or 0),
                Institution.path.in_(ancestors(actor.path)),
            )
        )


def bureau_above(path: str) -> tuple[int, str] | None:
    """Return key and name of the nearest bureau above a node (同级考试管理机构), or ``None``."""
    with unscoped(Reason.ANCESTORS):
        bureau = db.session.execute(
            select(Institution.id, Institution.name)
            .where(
                Institution.path.in_(ancestors(path)), Institution.kind == InstitutionKind.BUREAU
            )
            .order_by(func.length(Institution.path).desc())
            .limit(1)
        ).one_or_none()
    return (bureau.id, bureau.name) if bureau is not None else None

"""Who may manage an account, and finding accounts by a keyword."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from models import Administrator, Institution
from models.administrator import fold_username
from services import factors, roles, security_policy, steps
from services.errors import NotAllowedError, NotFoundError
from services.institutions.search import clean_keyword
from services.permissions import Permission

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from services.actor import Actor


def require_manageable(
    actor: Actor, administrator: Administrator, *, not_oneself: str | None = None
) -> None:
    """Raise unless the actor may manage the account; ``not_oneself`` names the act, if any."""
    actor.require(Permission.ADMINISTRATOR_WRITE)
    within = actor.is_at(administrator.owner_path) or actor.is_above(administrator.owner_path)
    if not within or administrator.deleted_at is not None:
        raise NotFoundError
    roles.require_managing(actor, administrator.owner_path)
    if not_oneself is not None and administrator.id == actor.administrator_id:
        raise NotAllowedError(f"不能对本人的账号{not_oneself}。")


def needs_reset(administrator: Administrator) -> bool:
    """Whether an account cannot sign in with the password of its owner: it lacks its factor."""
    kind = administrator.institution.kind
    found = factors.of(administrator.id)
    return steps.shown_first(administrator, kind, security_policy.current(), found) is None


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that institution, person or user name of an account holds ``keyword``.

    Wildcards are ordinary characters. Raises ``DomainError`` for a keyword that cannot be one.
    """
    text = clean_keyword(keyword)
    named = select(Institution.id).where(Institution.name.contains(text, autoescape=True))
    return or_(
        Administrator.full_name.contains(text, autoescape=True),
        Administrator.username_folded.contains(fold_username(text), autoescape=True),
        Administrator.institution_id.in_(named),
    )

"""Who may give which role, and to whom (三员分立).

操作员 and 审计员 are given at every node by those who manage its accounts, 审核员 at bureaux, which
hold the review on site. The province's three
stand at the first bureau only. They, and all other accounts of that bureau, are managed by its
operators alone: a 系统管理员 who could reset the password of the others would be all three in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import AccountRole, Administrator, InstitutionKind
from models.administrator import PROVINCE_ROLES
from models.institution import SEGMENT_LENGTH
from services.errors import NotAllowedError
from services.permissions import Permission

if TYPE_CHECKING:
    from services.actor import Actor

_EVERYWHERE: Final = tuple(role for role in AccountRole if role not in PROVINCE_ROLES)

#: What says that a person holds two of the three: the constraint, and SQLite's word for it.
HOLDS_TWO: Final = ("uq_administrators_province_role", "administrators.phone_index")
HOLDS_TWO_SENTENCE: Final = "该手机号的使用人已担任系统、安全或审计管理员之一，三者不能兼任。"
#: What shows its holder people's numbers in full; the higher one may do more.
_INSIGHT: Final = {AccountRole.REVIEWER: 1, AccountRole.OPERATOR: 2}
NOT_AT_INSTITUTION: Final = "审核员只能在考试管理机构设置，试用机构不进行现场审核。"
NOT_HERE: Final = "系统管理员、安全管理员、审计管理员只能由考区的操作员在考区设置。"
OF_FIRST_BUREAU: Final = "考区的账号只能由考区的操作员管理，请选择下级机构。"
PHONE_NEEDED: Final = "担任系统、安全或审计管理员的用户须填写本人手机号，以确认不兼任。"


def is_first_bureau(path: str) -> bool:
    """Whether ``path`` is the place of the first bureau (考区), at the root of the tree."""
    return len(path) == SEGMENT_LENGTH


def roles_given_by(actor: Actor, path: str, kind: InstitutionKind) -> tuple[AccountRole, ...]:
    """Return the roles that ``actor`` may give to accounts of the node of ``kind`` at ``path``."""
    if is_first_bureau(path) and actor.may(Permission.ADMINISTRATOR_APPOINT):
        return tuple(AccountRole)
    if kind is InstitutionKind.BUREAU:
        return _EVERYWHERE
    return tuple(role for role in _EVERYWHERE if role is not AccountRole.REVIEWER)


def insight(role: AccountRole) -> int:
    """Return how much of people a role shows: 0 for none, more for who may do more with it."""
    return _INSIGHT.get(role, 0)


def may_manage(actor: Actor, path: str) -> bool:
    """Whether ``actor`` may manage accounts of the node at ``path``, which is its own or lower."""
    return actor.may(Permission.ADMINISTRATOR_WRITE) and (
        not is_first_bureau(path) or actor.may(Permission.ADMINISTRATOR_APPOINT)
    )


def require_managing(actor: Actor, path: str) -> None:
    """Raise ``NotAllowedError`` unless ``actor`` may manage accounts of the node at ``path``."""
    if not may_manage(actor, path):
        raise NotAllowedError


def holds_another(phone_index: str, administrator: Administrator | None = None) -> bool:
    """Whether whoever has this phone holds one of the three in another account, in use or not."""
    # They stand at the first bureau, so whoever may give them sees them all.
    keys = set(
        db.session.scalars(
            select(Administrator.id).where(
                Administrator.phone_index == phone_index,
                Administrator.role.in_(PROVINCE_ROLES),
                Administrator.deleted_at.is_(None),
            )
        )
    )
    return bool(keys - {administrator.id if administrator is not None else None})

"""A node keeps an account that its superior can reach: in use, and with a phone bound to it.

The superior may take away any account below: it answers for the node and can give a new one. The
node's own accounts may not take away the last one among them, whoever of them acts first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from extensions import db
from models import AccountRole, Administrator, Institution
from services import outbox
from services.errors import DomainError

if TYPE_CHECKING:
    from services.actor import Actor

LAST_ACCOUNT: Final = (
    "这是本机构最后一个启用的操作员账号，不能删除、停用或改为审计员；请由上级机构办理。"
)
LAST_PHONE: Final = (
    "这是本机构最后一个绑定了手机号的启用账号，此后上级机构将无法联系本机构。"
    "请先为另一个启用的账号填写手机号，或由上级机构办理。"
)


def require_another_account(actor: Actor, administrator: Administrator) -> None:
    """Raise ``DomainError`` when the node cannot do without the account; others wait meanwhile.

    Call it in the transaction that deletes or disables the account, before it does.
    """
    if actor.is_above(administrator.owner_path):
        return
    accounts, phones = _others(administrator)
    if not accounts:
        raise DomainError(LAST_ACCOUNT)
    if not phones and _is_reachable(administrator) and outbox.has_gateway():
        raise DomainError(LAST_PHONE)


def require_another_phone(actor: Actor, administrator: Administrator) -> None:
    """Raise ``DomainError`` when the node cannot do without the account's phone; others wait.

    Call it in the transaction that takes the phone away, before it does.
    """
    # Where no SMS are sent, no phone helps anybody to get in.
    if not outbox.has_gateway():
        return
    if actor.is_above(administrator.owner_path) or not _is_reachable(administrator):
        return
    _accounts, phones = _others(administrator)
    if not phones:
        raise DomainError(LAST_PHONE)


def _is_reachable(administrator: Administrator) -> bool:
    is_operator = administrator.role is AccountRole.OPERATOR
    return is_operator and administrator.is_enabled and administrator.has_phone


def _others(administrator: Administrator) -> tuple[int, int]:
    """Return how many other operators of the node are in use, and how many of them have a phone.

    The row of the institution is held until the transaction ends, so that two who take each other
    away come one after the other; the second one counts without the first.
    """
    key = administrator.institution_id
    db.session.execute(
        update(Institution)
        .where(Institution.id == key)
        # Nothing changes; the row is only held.
        .values(updated_at=Institution.updated_at),
        execution_options={"synchronize_session": False},
    )
    accounts, phones = db.session.execute(
        select(func.count(Administrator.id), func.count(Administrator.phone_index)).where(
            Administrator.institution_id == key,
            Administrator.id != administrator.id,
            Administrator.role == AccountRole.OPERATOR,
            Administrator.is_enabled,
            Administrator.deleted_at.is_(None),
        )
    ).one()
    return accounts, phones

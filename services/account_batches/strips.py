"""The one-time passwords of a batch on their way to paper: once, to whoever made the batch.

They are read, drawn, and only then forgotten, all of them in one statement: a paper that cannot be
drawn loses nothing, and of two who ask at once one gets it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from extensions import db
from models import AccountBatch, Administrator, AuthMethod, utc_now
from services import audit, password_handover, security_policy
from services.audit import AuditTag
from services.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.actor import Actor

#: A printer wants paper, toner, and somebody to find it.
LIFETIME: Final = dt.timedelta(minutes=30)

TAKEN: Final = (
    "密码条已下载过，不能再次下载。如未打印成功，请单击“重新生成密码条”，原来的一次性密码随即作废。"
)
EXPIRED: Final = (
    f"密码条须在开户后{int(LIFETIME.total_seconds()) // 60}分钟内下载，现已失效。"
    "请单击“重新生成密码条”。"
)


@dataclass(frozen=True)
class Strip:
    """What one person gets on paper."""

    administrator_id: int
    institution_name: str
    username: str
    full_name: str
    #: What its account must show here: its own 认证类型, or more.
    required: AuthMethod
    has_phone: bool
    password: str = field(repr=False)
    valid_until: dt.datetime


def accounts_of(batch: AccountBatch) -> list[Administrator]:
    """Return the accounts of a batch that the wall shows, deleted ones too, in their order."""
    rows = db.session.scalars(
        select(Administrator)
        .where(Administrator.id.in_(batch.account_ids))
        .options(joinedload(Administrator.institution))
        .order_by(Administrator.id)
    )
    return list(rows)


def waits_for_sheet(actor: Actor, batch: AccountBatch) -> bool:
    """Whether the sheet of a batch can be taken now."""
    return bool(batch.sheet_taken_at is None and _waiting(actor, batch))


def strips_of(actor: Actor, batch: AccountBatch) -> list[Strip]:
    """Return the strips of a batch of the actor's own, to be drawn; nothing is forgotten yet.

    Accounts that were deleted or disabled, or whose password was reset or shown one by one, have
    none. Raises ``DomainError`` when the sheet was taken before or waits no longer.
    """
    if batch.sheet_taken_at is not None:
        raise DomainError(TAKEN)
    found, policy = _waiting(actor, batch), security_policy.current()
    strips = [
        Strip(
            administrator_id=account.id,
            institution_name=account.institution.name,
            username=account.username,
            full_name=account.full_name,
            required=policy.required(account.auth_method, account.institution.kind),
            has_phone=account.has_phone,
            password=found[account.id],
            valid_until=account.initial_password_until or utc_now(),
        )
        for account in accounts_of(batch)
        if account.id in found and account.is_enabled and account.deleted_at is None
    ]
    if not strips:
        raise DomainError(EXPIRED)
    return strips


def take_strips(actor: Actor, batch: AccountBatch, strips: Sequence[Strip]) -> None:
    """Forget the passwords that were drawn; only then may the paper leave the platform.

    Raises ``DomainError`` when somebody was faster or when it has become too late.
    """
    taken = password_handover.collect_all(actor, batch.account_ids)
    if any(taken.get(strip.administrator_id) != strip.password for strip in strips):
        raise DomainError(TAKEN)
    batch.sheet_taken_at = utc_now()
    audit.record(actor, AuditTag.ADMINISTRATOR_SHEET, batch)


def _waiting(actor: Actor, batch: AccountBatch) -> dict[int, str]:
    return password_handover.waiting(actor, batch.account_ids)

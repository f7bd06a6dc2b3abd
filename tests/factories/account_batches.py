"""Accounts that were made together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extensions import db
from models import AccountBatch
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Administrator


def make_account_batch(
    maker: Administrator, account_ids: Sequence[int], **values: Any
) -> AccountBatch:
    """Return the stored batch in which ``maker`` made these accounts; no passwords wait."""
    with unscoped(Reason.MAINTENANCE):
        batch = AccountBatch(
            institution=maker.institution,
            administrator_id=maker.id,
            account_ids=list(account_ids),
            **values,
        )
        db.session.add(batch)
        db.session.flush()
    return batch

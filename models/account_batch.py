"""Accounts that were made together, for many institutions at once (批量开户)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, IntegerKey, Owned, Timestamped, UtcDateTime
from models.institution import Institution


class AccountBatch(Owned, Timestamped, Base):
    """One act by which somebody made accounts for many institutions.

    The one-time passwords are not here: they wait as any other (``PasswordHandover``) until the
    sheet of strips is taken.
    """

    __tablename__ = "account_batches"

    id: Mapped[IntegerKey]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id"), index=True, info={"label": "经办人"}
    )
    #: Keys of the accounts, in the order of the strips.
    account_ids: Mapped[list[int]] = mapped_column(JSON, info={"label": "账号"})
    sheet_taken_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, info={"label": "密码条下载时间"}
    )
    #: Proof against a second submit of the same form.
    form_key: Mapped[str | None] = mapped_column(
        String(36), unique=True, info={"label": "表单编号", "internal": True}
    )

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(AccountBatch.institution_id) == Institution.id"
    )

    @property
    def code(self) -> str:
        """What the trail calls the batch."""
        return f"批量开户（{len(self.account_ids)}家机构）"

    def __repr__(self) -> str:
        """Show the key only."""
        return f"<AccountBatch {self.id}>"

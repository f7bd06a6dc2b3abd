"""Messages (SMS) that wait to be sent."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IntegerKey, UtcDateTime, utc_now
from models.encryption import Encrypted


class OutboxMessage(Base):
    """An SMS to be sent after the commit of the act that caused it."""

    __tablename__ = "outbox_messages"

    id: Mapped[IntegerKey]
    phone: Mapped[str] = mapped_column(
        Encrypted("outbox_messages.phone"), info={"label": "手机号", "sensitive": True}
    )
    text: Mapped[str] = mapped_column(
        Encrypted("outbox_messages.text"), info={"label": "内容", "sensitive": True}
    )
    code: Mapped[str | None] = mapped_column(
        Encrypted("outbox_messages.code"), info={"label": "验证码", "secret": True}
    )
    purpose: Mapped[str] = mapped_column(String(20), info={"label": "用途"})
    created_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "创建时间"}
    )
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, info={"label": "失效时间"})
    sent_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, index=True, info={"label": "发出时间"}
    )

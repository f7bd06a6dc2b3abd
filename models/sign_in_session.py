"""Sign-in sessions: who is signed in, from where, since when."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.administrator import Administrator, AuthMethod
from models.base import Base, IntegerKey, Owned, UtcDateTime, enum_type, utc_now
from models.institution import Institution


class SignInSession(Owned, Base):
    """One sign-in in one browser; the cookie holds a token, the row its hash."""

    __tablename__ = "sign_in_sessions"

    id: Mapped[IntegerKey]
    token_hash: Mapped[str] = mapped_column(
        String(64), unique=True, info={"label": "会话", "secret": True}
    )
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="RESTRICT"), index=True, info={"label": "用户"}
    )
    created_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "登录时间"}
    )
    last_seen_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "最近活动"}
    )
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "结束时间"})
    #: What was shown at sign-in, or proved since.
    method: Mapped[AuthMethod] = mapped_column(enum_type(AuthMethod), info={"label": "登录方式"})
    address: Mapped[str] = mapped_column(String(45), info={"label": "登录地址"})
    last_address: Mapped[str] = mapped_column(String(45), info={"label": "最近地址"})
    device: Mapped[str] = mapped_column(String(200), info={"label": "设备"})
    #: Whose browser it is: a browser that has signed in before is known to the account.
    device_hash: Mapped[str] = mapped_column(
        String(64), index=True, info={"label": "设备编号", "secret": True}
    )

    administrator: Mapped[Administrator] = relationship()
    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(SignInSession.institution_id) == Institution.id"
    )

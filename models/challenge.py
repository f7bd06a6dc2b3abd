"""What sign-in remembers for minutes: pictures, codes, counters, passwords on their way."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IntegerKey, UtcDateTime, utc_now
from models.encryption import Encrypted


class Captcha(Base):
    """A picture code that was shown; consumed by the first try, right or wrong."""

    __tablename__ = "captchas"

    id: Mapped[IntegerKey]
    browser_hash: Mapped[str] = mapped_column(
        String(64), unique=True, info={"label": "浏览器", "secret": True}
    )
    answer_hash: Mapped[str] = mapped_column(String(64), info={"label": "答案", "secret": True})
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, info={"label": "失效时间"})


class OneTimeCode(Base):
    """A code sent by SMS: bound to account, purpose and browser, used once, tried five times."""

    __tablename__ = "one_time_codes"
    __table_args__ = (Index(None, "administrator_id", "created_at"),)

    id: Mapped[IntegerKey]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="RESTRICT"), info={"label": "用户"}
    )
    purpose: Mapped[str] = mapped_column(String(20), info={"label": "用途"})
    browser_hash: Mapped[str] = mapped_column(
        String(64), index=True, info={"label": "浏览器", "secret": True}
    )
    phone_index: Mapped[str] = mapped_column(
        String(64), index=True, info={"label": "手机号索引", "secret": True}
    )
    code_hash: Mapped[str] = mapped_column(String(64), info={"label": "验证码", "secret": True})
    tries: Mapped[int] = mapped_column(Integer, default=0, info={"label": "已试次数"})
    created_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "发送时间"}
    )
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, info={"label": "失效时间"})
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "使用时间"})


class PendingSignIn(Base):
    """A sign-in whose password was right and whose second factor is still to be shown."""

    __tablename__ = "pending_sign_ins"

    token_hash: Mapped[str] = mapped_column(
        String(64), primary_key=True, info={"label": "登录步骤", "secret": True}
    )
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"), index=True, info={"label": "用户"}
    )
    browser_hash: Mapped[str] = mapped_column(String(64), info={"label": "浏览器", "secret": True})
    expires_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, index=True, info={"label": "失效时间"}
    )


class KeyChallenge(Base):
    """What a security key is asked to sign: one per browser and purpose, used once."""

    __tablename__ = "key_challenges"

    browser_hash: Mapped[str] = mapped_column(
        String(64), primary_key=True, info={"label": "浏览器", "secret": True}
    )
    purpose: Mapped[str] = mapped_column(String(20), primary_key=True, info={"label": "用途"})
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"), index=True, info={"label": "用户"}
    )
    challenge: Mapped[str] = mapped_column(String(100), info={"label": "挑战", "secret": True})
    expires_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, index=True, info={"label": "失效时间"}
    )


class PasswordHandover(Base):
    """A one-time password on its way to the page that shows it once; shown, the row is gone."""

    __tablename__ = "password_handovers"

    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"),
        primary_key=True,
        info={"label": "用户"},
    )
    #: Who made the account or reset its password; nobody else is shown it.
    recipient_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"), index=True, info={"label": "交接给"}
    )
    password: Mapped[str] = mapped_column(
        Encrypted("password_handovers.password"), info={"label": "一次性密码", "secret": True}
    )
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, info={"label": "失效时间"})


class SignInThrottle(Base):
    """Failures to sign in under one key (account and address, or address), counted in a window."""

    __tablename__ = "sign_in_throttles"

    key_hash: Mapped[str] = mapped_column(
        String(64), primary_key=True, info={"label": "对象", "secret": True}
    )
    failures: Mapped[int] = mapped_column(Integer, info={"label": "失败次数"})
    window_ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, info={"label": "计数截止"})

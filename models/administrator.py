"""Administrators (accounts), their sessions, and what sign-in needs to remember."""

from __future__ import annotations

import datetime as dt
import unicodedata

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import (
    Base,
    IntegerKey,
    LabelledEnum,
    Owned,
    Timestamped,
    UtcDateTime,
    Versioned,
    enum_type,
    utc_now,
)
from models.encryption import Encrypted, blind_index
from models.institution import Institution


class AuthMethod(LabelledEnum):
    """认证类型: what an account must show to sign in."""

    PASSWORD = "password", "用户名密码"
    PASSWORD_SMS = "password_sms", "用户名密码+手机验证码"


class AccountRole(LabelledEnum):
    """What an account may do at its node."""

    OPERATOR = "operator", "操作员"
    AUDITOR = "auditor", "审计员"


def fold_username(username: str) -> str:
    """Return the form in which user names are compared: NFKC, without case or blanks."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


class Administrator(Owned, Timestamped, Versioned, Base):
    """An account of one person at one node; kept for the record when it is deleted."""

    __tablename__ = "administrators"

    id: Mapped[IntegerKey]
    username: Mapped[str] = mapped_column(String(32), info={"label": "用户名"})
    username_folded: Mapped[str] = mapped_column(
        String(32), unique=True, info={"label": "用户名", "internal": True}
    )
    full_name: Mapped[str] = mapped_column(String(28), info={"label": "姓名"})
    phone: Mapped[str | None] = mapped_column(
        Encrypted("administrators.phone"), info={"label": "手机号", "sensitive": True}
    )
    phone_index: Mapped[str | None] = mapped_column(
        String(64), index=True, info={"label": "手机号索引", "secret": True}
    )
    email: Mapped[str | None] = mapped_column(
        Encrypted("administrators.email"), info={"label": "邮箱", "sensitive": True}
    )
    password_hash: Mapped[str] = mapped_column(String(128), info={"label": "密码", "secret": True})
    must_change_password: Mapped[bool] = mapped_column(
        Boolean, default=True, info={"label": "须修改密码"}
    )
    initial_password_until: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, info={"label": "初始密码有效期"}
    )
    auth_method: Mapped[AuthMethod] = mapped_column(
        enum_type(AuthMethod), info={"label": "认证类型"}
    )
    role: Mapped[AccountRole] = mapped_column(
        enum_type(AccountRole), default=AccountRole.OPERATOR, info={"label": "角色"}
    )
    is_enabled: Mapped[bool] = mapped_column(Boolean, default=True, info={"label": "启用状态"})
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "删除时间"})
    last_signed_in_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, info={"label": "最近登录"}
    )
    #: Proof against a second submit of the same form.
    form_key: Mapped[str | None] = mapped_column(
        String(36), unique=True, info={"label": "表单编号", "internal": True}
    )

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(Administrator.institution_id) == Institution.id"
    )

    @validates("username")
    def _keep_folded(self, _key: str, username: str) -> str:
        self.username_folded = fold_username(username)
        return username

    @validates("phone")
    def _keep_index(self, _key: str, phone: str | None) -> str | None:
        self.phone_index = blind_index(phone, "administrators.phone") if phone else None
        return phone

    @property
    def has_phone(self) -> bool:
        """Whether a phone is bound (手机验证码 已绑定)."""
        return self.phone_index is not None

    def __repr__(self) -> str:
        """Show the key only."""
        return f"<Administrator {self.id}>"


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
    address: Mapped[str] = mapped_column(String(45), info={"label": "登录地址"})
    device: Mapped[str] = mapped_column(String(200), info={"label": "设备"})

    administrator: Mapped[Administrator] = relationship()
    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(SignInSession.institution_id) == Institution.id"
    )


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

"""Second factors of an account: one-time passwords by an app, security keys, recovery codes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IntegerKey, UtcDateTime, utc_now
from models.encryption import Encrypted


class TotpSecret(Base):
    """动态口令: the secret that an account shares with an app (RFC 6238), one per account."""

    __tablename__ = "totp_secrets"

    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"),
        primary_key=True,
        info={"label": "用户"},
    )
    secret: Mapped[str] = mapped_column(
        Encrypted("totp_secrets.secret"), info={"label": "动态口令密钥", "secret": True}
    )
    #: The time step of the last code that was accepted: no code counts twice, nor an older one.
    last_step: Mapped[int | None] = mapped_column(BigInteger, info={"label": "最近步数"})
    created_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "登记时间"}
    )
    #: Empty until the owner has shown a code of it; until then it proves nothing.
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, info={"label": "启用时间"}
    )


class SecurityKey(Base):
    """USBKEY: a security key (W3C Web Authentication) that an account has registered."""

    __tablename__ = "security_keys"

    id: Mapped[IntegerKey]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"), index=True, info={"label": "用户"}
    )
    name: Mapped[str] = mapped_column(String(40), info={"label": "名称"})
    #: base64url without padding, as browsers send it.
    credential_id: Mapped[str] = mapped_column(
        String(1400), unique=True, info={"label": "密钥编号", "internal": True}
    )
    public_key: Mapped[str] = mapped_column(Text, info={"label": "公钥", "internal": True})
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0, info={"label": "签名计数"})
    created_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "登记时间"}
    )
    last_used_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, info={"label": "最近使用"}
    )


class RecoveryCode(Base):
    """恢复码: replaces a lost second factor once."""

    __tablename__ = "recovery_codes"

    id: Mapped[IntegerKey]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"), index=True, info={"label": "用户"}
    )
    code_hash: Mapped[str] = mapped_column(
        String(64), unique=True, info={"label": "恢复码", "secret": True}
    )
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "使用时间"})


class FormerPassword(Base):
    """A password that its owner has replaced and may not take again so soon."""

    __tablename__ = "former_passwords"

    id: Mapped[IntegerKey]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"), index=True, info={"label": "用户"}
    )
    password_hash: Mapped[str] = mapped_column(
        String(128), info={"label": "曾用密码", "secret": True}
    )
    replaced_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "停用时间"}
    )

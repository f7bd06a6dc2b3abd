"""Administrators (accounts): one person at one node."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ColumnElement,
    Index,
    String,
    and_,
    false,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
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
)
from models.encryption import Encrypted, blind_index
from models.institution import Institution


class AuthMethod(LabelledEnum):
    """认证类型: what an account must show to sign in; from the weakest to the strongest."""

    PASSWORD = "password", "用户名密码"
    PASSWORD_SMS = "password_sms", "用户名密码+手机验证码"
    PASSWORD_TOTP = "password_totp", "用户名密码+动态口令"
    PASSWORD_USBKEY = "password_usbkey", "用户名密码+USBKEY"

    @property
    def strength(self) -> int:
        """How much it proves: who has shown a stronger one has shown every weaker one."""
        return list(AuthMethod).index(self)

    @classmethod
    def stronger(cls, *methods: AuthMethod) -> AuthMethod:
        """Return the strongest of some methods."""
        return max(methods, key=lambda method: method.strength)


class AccountRole(LabelledEnum):
    """What an account may do at its node."""

    OPERATOR = "operator", "操作员"
    REVIEWER = "reviewer", "审核员"
    AUDITOR = "auditor", "审计员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


#: 三员: at the first bureau only, and a person holds at most one of them.
PROVINCE_ROLES: Final = frozenset(
    {AccountRole.SYSTEM_ADMIN, AccountRole.SECURITY_ADMIN, AccountRole.AUDIT_ADMIN}
)
_IS_PROVINCE_ROLE: Final = "role IN ('system_admin', 'security_admin', 'audit_admin')"
_HOLDS_PROVINCE_ROLE: Final = f"{_IS_PROVINCE_ROLE} AND deleted_at IS NULL"


def fold_username(username: str) -> str:
    """Return the form in which user names are compared: NFKC, without case or blanks."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


class Administrator(Owned, Timestamped, Versioned, Base):
    """An account of one person at one node; kept for the record when it is deleted."""

    __tablename__ = "administrators"
    __more_table_args__ = (
        # The path of the first bureau has one segment.
        CheckConstraint(
            f"NOT ({_IS_PROVINCE_ROLE}) OR length(owner_path) = 4", name="province_role_at_root"
        ),
        Index(
            "uq_administrators_province_role",
            "phone_index",
            unique=True,
            sqlite_where=text(_HOLDS_PROVINCE_ROLE),
            postgresql_where=text(_HOLDS_PROVINCE_ROLE),
        ),
    )

    id: Mapped[IntegerKey]
    username: Mapped[str] = mapped_column(String(32), info={"label": "用户名"})
    username_folded: Mapped[str] = mapped_column(
        String(32), unique=True, info={"label": "用户名", "internal": True}
    )
    full_name: Mapped[str] = mapped_column(String(28), info={"label": "姓名"})
    phone: Mapped[str | None] = mapped_column(
        Encrypted("administrators.phone"),
        info={"label": "手机号", "sensitive": True, "acts": ("已绑定", "已解除")},
    )
    phone_index: Mapped[str | None] = mapped_column(
        String(64), index=True, info={"label": "手机号索引", "secret": True}
    )
    email: Mapped[str | None] = mapped_column(
        Encrypted("administrators.email"), info={"label": "邮箱", "sensitive": True}
    )
    password_hash: Mapped[str] = mapped_column(String(128), info={"label": "密码", "secret": True})
    #: When its owner chose the password; empty while it is one that somebody else has made.
    password_changed_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, info={"label": "密码修改时间"}
    )
    must_change_password: Mapped[bool] = mapped_column(
        Boolean, default=True, info={"label": "须修改密码"}
    )
    #: The superior has detached the phone: its owner binds another with the one-time password.
    must_bind_phone: Mapped[bool] = mapped_column(
        Boolean,
        default=False,
        server_default=false(),
        info={"label": "须重新绑定手机号", "internal": True},
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
        if phone:
            self.must_bind_phone = False
        return phone

    @property
    def has_phone(self) -> bool:
        """Whether a phone is bound (手机验证码 已绑定)."""
        return self.phone_index is not None

    @hybrid_property
    def waits_for_password(self) -> bool:
        """Whether no one-time password has been handed out yet (待发放密码); a condition, too."""
        return self.must_change_password and self.initial_password_until is None

    @waits_for_password.inplace.expression
    @classmethod
    def _waits_for_password(cls) -> ColumnElement[bool]:
        return and_(cls.must_change_password, cls.initial_password_until.is_(None))

    def __repr__(self) -> str:
        """Show the key only."""
        return f"<Administrator {self.id}>"

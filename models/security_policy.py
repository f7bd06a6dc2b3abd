"""安全策略: what the whole platform asks of everybody who signs in. One row, at most."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.administrator import AuthMethod
from models.base import Base, IntegerKey, LabelledEnum, Timestamped, Versioned, enum_type


class PasswordProfile(LabelledEnum):
    """By which standard passwords are judged; the two contradict each other."""

    DENGBAO = "dengbao", "等级保护（GB/T 22239：三类字符，90日更换，不重复最近5次）"
    NIST = "nist", "NIST SP 800-63B（只看长度与常见程度，不定期更换）"


class SecurityPolicy(Timestamped, Versioned, Base):
    """The present policy; where there is no row, the settings of the installation hold."""

    __tablename__ = "security_policies"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[IntegerKey]
    password_profile: Mapped[PasswordProfile] = mapped_column(
        enum_type(PasswordProfile), info={"label": "密码规则"}
    )
    bureau_method: Mapped[AuthMethod] = mapped_column(
        enum_type(AuthMethod, "bureau_method"), info={"label": "管理机构最低要求"}
    )
    institution_method: Mapped[AuthMethod] = mapped_column(
        enum_type(AuthMethod, "institution_method"), info={"label": "试用机构最低要求"}
    )

"""Drafts (草稿): forms of certificates that are half filled in, kept as they were typed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.administrator import Administrator
from models.base import Base, IntegerKey, Owned, Timestamped, Versioned
from models.encryption import Encrypted
from models.institution import Institution


class CertificateDraft(Owned, Timestamped, Versioned, Base):
    """What somebody has typed into the form of a certificate and not saved yet, right or wrong.

    The draft of a new certificate bears the key of its form, that of a change the certificate. It
    has no code and counts nowhere.
    """

    __tablename__ = "certificate_drafts"
    __more_table_args__ = (
        UniqueConstraint("administrator_id", "certificate_id"),
        CheckConstraint("(form_key IS NULL) <> (certificate_id IS NULL)", name="one_purpose"),
    )

    id: Mapped[IntegerKey]
    #: Who wrote it last.
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id"), index=True, info={"label": "填写人"}
    )
    form_key: Mapped[str | None] = mapped_column(
        String(36), unique=True, info={"label": "表单编号", "internal": True}
    )
    certificate_id: Mapped[int | None] = mapped_column(
        ForeignKey("trial_certificates.id", ondelete="CASCADE"), index=True, info={"label": "证明"}
    )
    #: Names and values of the form's fields as one JSON text.
    content: Mapped[str] = mapped_column(
        Encrypted("certificate_drafts.content"), info={"label": "内容", "sensitive": True}
    )

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(CertificateDraft.institution_id) == Institution.id"
    )
    administrator: Mapped[Administrator | None] = relationship(viewonly=True)

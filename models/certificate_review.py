"""Reviews on site (现场审核): what a reviewer found when paper and person were at the desk."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import (
    Base,
    IntegerKey,
    LabelledEnum,
    Owned,
    Path,
    UtcDateTime,
    enum_type,
    utc_now,
)
from models.institution import Institution
from models.trial_certificate import SubmissionCode


class VerificationStatus(LabelledEnum):
    """What a printed code is worth today."""

    VALID = "valid", "有效"
    SUPERSEDED = "superseded", "已被新版本替代"
    VOIDED = "voided", "已作废"
    RETURNED = "returned", "已退回"
    UNPRINTED = "unprinted", "尚未打印"
    INCONSISTENT = "inconsistent", "数据不一致"
    UNKNOWN = "unknown", "不存在"
    MISTYPED = "mistyped", "编码有误"


class ReviewResult(LabelledEnum):
    """What a reviewer says of the paper."""

    MATCHES = "matches", "相符"
    DIFFERS = "differs", "不符"
    #: Of a paper whose code the platform never gave.
    FORGED = "forged", "疑似伪造"


class CertificateReview(Owned, Base):
    """One verdict on one paper; it is never changed, a later look makes another.

    Like the trail it keeps names and the place in the tree as they were, and points at nobody. It
    belongs where its code does; a forgery has none and belongs to the reviewer's bureau.
    """

    __tablename__ = "certificate_reviews"
    __owner_from__ = "code"
    __owner_alone__ = True
    __more_table_args__ = (
        CheckConstraint(
            "(code_id IS NULL) = (result = 'forged')"
            " AND (forged_code IS NOT NULL) = (result = 'forged')",
            name="forged_has_no_code",
        ),
    )
    __immutable__ = frozenset(
        {
            *("code_id", "forged_code", "status", "result", "note", "reviewed_at", "form_key"),
            *("actor_id", "actor_name", "actor_path", "office"),
        }
    )

    id: Mapped[IntegerKey]
    #: The code on the paper, which names the certificate and the version of its content.
    code_id: Mapped[int | None] = mapped_column(
        ForeignKey("submission_codes.id", ondelete="RESTRICT"),
        index=True,
        info={"label": "提交编码"},
    )
    #: What stands on a paper that the platform never gave.
    forged_code: Mapped[str | None] = mapped_column(
        String(32), index=True, info={"label": "疑似伪造的编码"}
    )
    #: What the code was worth at that moment.
    status: Mapped[VerificationStatus] = mapped_column(
        enum_type(VerificationStatus), info={"label": "编码状态"}
    )
    result: Mapped[ReviewResult] = mapped_column(
        enum_type(ReviewResult), info={"label": "审核结论"}
    )
    note: Mapped[str] = mapped_column(String(500), default="", info={"label": "说明"})
    reviewed_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, index=True, info={"label": "审核时间"}
    )
    actor_id: Mapped[int] = mapped_column(Integer, index=True, info={"label": "审核人编号"})
    actor_name: Mapped[str] = mapped_column(String(64), info={"label": "审核人"})
    actor_path: Mapped[str] = mapped_column(Path, info={"label": "审核单位层级"})
    office: Mapped[str] = mapped_column(String(100), info={"label": "审核单位"})
    #: Proof against a second submit of the same form.
    form_key: Mapped[str | None] = mapped_column(
        String(36), unique=True, info={"label": "表单编号", "internal": True}
    )

    code: Mapped[SubmissionCode | None] = relationship()
    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(CertificateReview.institution_id) == Institution.id"
    )

    @property
    def printed_code(self) -> str:
        """The code that stands on the paper."""
        return self.code.code if self.code is not None else self.forged_code or ""

    @property
    def person(self) -> str:
        """Whose paper it is; empty where the platform knows none."""
        return self.code.certificate.name if self.code is not None else ""

    @property
    def issued_by(self) -> str:
        """The institution that gave the paper; empty where none did."""
        return self.code.certificate.institution.name if self.code is not None else ""

"""Reviews on site (现场审核): what a reviewer found when paper and person were at the desk."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Integer, String
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


class CertificateReview(Owned, Base):
    """One verdict on one paper; it is never changed, a later look makes another.

    Like the trail it keeps names and the place in the tree as they were, and points at nobody.
    """

    __tablename__ = "certificate_reviews"
    __owner_from__ = "code"
    __immutable__ = frozenset(
        {
            *("code_id", "status", "result", "note", "reviewed_at", "form_key"),
            *("actor_id", "actor_name", "actor_path", "office"),
        }
    )

    id: Mapped[IntegerKey]
    #: The code on the paper, which names the certificate and the version of its content.
    code_id: Mapped[int] = mapped_column(
        ForeignKey("submission_codes.id", ondelete="RESTRICT"),
        index=True,
        info={"label": "提交编码"},
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

    code: Mapped[SubmissionCode] = relationship()

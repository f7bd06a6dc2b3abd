"""The audit trail: who did what to which record, from where."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, LabelledEnum, Path, UtcDateTime, enum_type, utc_now


class AuditResult(LabelledEnum):
    """How an act ended."""

    DONE = "done", "成功"
    FAILED = "failed", "失败"
    DENIED = "denied", "拒绝"


class AuditEntry(Base):
    """One act. It keeps names and the place in the tree as they were, and points at nothing.

    ``owner_path`` is the place, at the time, of the institution concerned; it is not rewritten when
    that institution moves, since the superior of that time answers for the act.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index(None, "owner_path", "id"),
        Index(None, "object_type", "object_id"),
        Index(None, "actor_id", "id"),
        Index(None, "institution_id", "id"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, info={"label": "序号"}
    )
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, info={"label": "时间"})
    tag: Mapped[str] = mapped_column(String(40), index=True, info={"label": "操作"})
    result: Mapped[AuditResult] = mapped_column(enum_type(AuditResult), info={"label": "结果"})
    actor_id: Mapped[int | None] = mapped_column(Integer, info={"label": "操作人编号"})
    actor_name: Mapped[str] = mapped_column(String(64), info={"label": "操作人"})
    #: The place of the operator's institution; empty for nobody we know.
    actor_path: Mapped[str] = mapped_column(Path, default="", info={"label": "操作机构层级"})
    institution_name: Mapped[str] = mapped_column(String(100), info={"label": "操作机构"})
    #: The institution concerned, for the history of its record; it follows no move and no deletion.
    institution_id: Mapped[int | None] = mapped_column(Integer, info={"label": "所属机构编号"})
    owner_path: Mapped[str] = mapped_column(Path, info={"label": "机构层级"})
    object_type: Mapped[str] = mapped_column(String(40), info={"label": "对象类型"})
    object_id: Mapped[int | None] = mapped_column(Integer, info={"label": "对象编号"})
    object_label: Mapped[str] = mapped_column(String(120), info={"label": "对象"})
    #: Each change as {"label", "old", "new"}; personal data and secrets only as "changed".
    changes: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list, info={"label": "变更内容"}
    )
    address: Mapped[str] = mapped_column(String(45), info={"label": "来源地址"})
    request_id: Mapped[str] = mapped_column(String(36), info={"label": "请求编号"})

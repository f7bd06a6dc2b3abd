"""The audit trail: who did what to which record, from where; one chain of sealed entries."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, LabelledEnum, Path, UtcDateTime, enum_type, utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What stands before the first entry, where every other one has the MAC of the one before.
GENESIS: Final = "0" * 64


def _plain(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(timespec="microseconds")


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain)
#: The database gives the key, and the MAC cannot cover itself.
_UNSEALED: Final = frozenset({"id", "mac"})


class AuditResult(LabelledEnum):
    """How an act ended."""

    DONE = "done", "成功"
    FAILED = "failed", "失败"
    DENIED = "denied", "拒绝"


class AuditEntry(Base):
    """One act. It keeps names and the place in the tree as they were, and points at nothing.

    ``owner_path`` is the place, at the time, of the institution concerned; it is not rewritten when
    that institution moves, since the superior of that time answers for the act.

    Rows are written by ``services.trail.pending`` alone, which gives them ``sequence`` and ``mac``.
    The database itself refuses to change them, and to delete those of the last 365 days.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index(None, "sequence", unique=True),
        Index(None, "at"),
        Index(None, "branch_2", "id"),
        Index(None, "branch_3", "id"),
        Index(None, "branch_4", "id"),
        Index(None, "tag", "id"),
        Index(None, "object_type", "object_id", "id"),
        Index(None, "object_label", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "institution_id", "id"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, info={"label": "编号"}
    )
    #: 1, 2, 3 … over the whole platform, without gaps.
    sequence: Mapped[int] = mapped_column(BigInteger, info={"label": "序号"})
    #: HMAC-SHA-256 over the MAC of the entry before and over all other columns (64 hex digits).
    mac: Mapped[str] = mapped_column(String(64), info={"label": "校验值"})
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, info={"label": "时间"})
    tag: Mapped[str] = mapped_column(String(40), info={"label": "操作"})
    result: Mapped[AuditResult] = mapped_column(enum_type(AuditResult), info={"label": "结果"})
    actor_id: Mapped[int | None] = mapped_column(Integer, info={"label": "操作人编号"})
    actor_name: Mapped[str] = mapped_column(String(64), info={"label": "操作人"})
    #: The place of the operator's institution; empty for nobody we know.
    actor_path: Mapped[str] = mapped_column(Path, default="", info={"label": "操作机构层级"})
    institution_name: Mapped[str] = mapped_column(String(100), info={"label": "操作机构"})
    #: The institution concerned, for the history of its record; it follows no move and no deletion.
    institution_id: Mapped[int | None] = mapped_column(Integer, info={"label": "所属机构编号"})
    owner_path: Mapped[str] = mapped_column(Path, info={"label": "机构层级"})
    #: The beginnings of ``owner_path``, of two, three and four levels, so that a part of the tree
    #: is one value of an index that also knows the order.
    branch_2: Mapped[str | None] = mapped_column(Path, info={"label": "二级机构层级"})
    branch_3: Mapped[str | None] = mapped_column(Path, info={"label": "三级机构层级"})
    branch_4: Mapped[str | None] = mapped_column(Path, info={"label": "四级机构层级"})
    object_type: Mapped[str] = mapped_column(String(40), info={"label": "对象类型"})
    object_id: Mapped[int | None] = mapped_column(Integer, info={"label": "对象编号"})
    object_label: Mapped[str] = mapped_column(String(120), info={"label": "对象"})
    #: Each change as {"label", "old", "new"}; personal data and secrets only as "changed".
    changes: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list, info={"label": "变更内容"}
    )
    address: Mapped[str] = mapped_column(String(45), info={"label": "来源地址"})
    request_id: Mapped[str] = mapped_column(String(36), info={"label": "请求编号"})


def sealed_text(previous: str, values: Mapping[str, Any]) -> bytes:
    """Return what the MAC of an entry covers: the MAC before it and its columns, as stored.

    Empty columns are left out, so that a column that is added later breaks no older entry.
    """
    stored = {
        name: value for name, value in values.items() if name not in _UNSEALED and value is not None
    }
    return f"{previous}\n{_CANONICAL.encode(stored)}".encode("ascii")

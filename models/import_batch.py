"""Uploaded workbooks that were previewed, and perhaps written into the library."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import ForeignKey, Integer, String, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
from models.institution import Institution
from models.states import HasState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement


#: How long the file of a batch that waits is kept.
LONGEST_WAIT: Final = dt.timedelta(days=30)


class ImportState(LabelledEnum):
    """Where an uploaded workbook stands."""

    PREVIEWED = "previewed", "待确认"
    APPLIED = "applied", "已导入"
    DISCARDED = "discarded", "已放弃"


class ImportSubject(LabelledEnum):
    """What a workbook brings in."""

    INSTITUTIONS = "institutions", "机构"
    PEOPLE = "people", "试用人员"


class ImportBatch(HasState[ImportState], Owned, Timestamped, Versioned, Base):
    """One uploaded workbook with what its preview found.

    The file lies outside of the database under ``storage_name``, encrypted; it is read again when
    the import is confirmed, and ``outcome_digest`` says whether it still means what was shown.
    """

    __tablename__ = "import_batches"
    MOVES: ClassVar[Mapping[Any, frozenset[Any]]] = {
        ImportState.PREVIEWED: frozenset({ImportState.APPLIED, ImportState.DISCARDED}),
        ImportState.APPLIED: frozenset(),
        ImportState.DISCARDED: frozenset(),
    }

    id: Mapped[IntegerKey]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id"), index=True, info={"label": "上传人"}
    )
    subject: Mapped[ImportSubject] = mapped_column(
        enum_type(ImportSubject),
        default=ImportSubject.INSTITUTIONS,
        info={"label": "导入内容"},
    )
    state: Mapped[ImportState] = mapped_column(
        enum_type(ImportState), default=ImportState.PREVIEWED, info={"label": "状态"}
    )
    file_name: Mapped[str] = mapped_column(String(120), info={"label": "文件名"})
    storage_name: Mapped[str] = mapped_column(
        String(64), unique=True, info={"label": "存储名", "internal": True}
    )
    digest: Mapped[str] = mapped_column(String(64), info={"label": "文件摘要"})
    outcome_digest: Mapped[str] = mapped_column(
        String(64), info={"label": "预览结果摘要", "internal": True}
    )
    new_count: Mapped[int] = mapped_column(Integer, info={"label": "新增行数"})
    changed_count: Mapped[int] = mapped_column(Integer, info={"label": "修改行数"})
    unchanged_count: Mapped[int] = mapped_column(Integer, info={"label": "无变化行数"})
    wrong_count: Mapped[int] = mapped_column(Integer, info={"label": "错误行数"})
    applied_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "导入时间"})

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(ImportBatch.institution_id) == Institution.id"
    )

    @classmethod
    def with_file(cls) -> ColumnElement[bool]:
        """Return the condition that the file is still kept: while the batch waits, not for ever.

        Tables of people hold their numbers; what nobody confirms for a month nobody needs.
        """
        return and_(cls.state == ImportState.PREVIEWED, cls.created_at > utc_now() - LONGEST_WAIT)

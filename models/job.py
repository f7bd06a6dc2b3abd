"""Work that takes longer than a page: asked for by an account, done by a worker, kept a week."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.administrator import Administrator
from models.base import (
    Base,
    IntegerKey,
    LabelledEnum,
    Owned,
    UtcDateTime,
    enum_type,
    utc_now,
)
from models.encryption import Encrypted
from models.institution import Institution
from models.states import HasState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class JobKind(LabelledEnum):
    """What a job does."""

    GRID_EXPORT = "grid_export", "导出列表"
    CERTIFICATE_PAPERS = "certificate_papers", "打印考核证明"
    CONSOLIDATED_ROSTER = "consolidated_roster", "汇总花名册"
    YEAR_RECOUNT = "year_recount", "重新核算风险提示"
    RECORD_IMPORT = "record_import", "批量导入"


class JobState(LabelledEnum):
    """Where a job stands."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "处理中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
    CANCELLED = "cancelled", "已取消"


class Job(HasState[JobState], Owned, Base):
    """One piece of work, its progress, and where its result lies.

    A worker holds it by a lease: the word in ``lease`` until ``leased_until``. Whoever has lost the
    lease can neither report nor finish, so that a job has one result at the most.
    """

    __tablename__ = "jobs"
    __more_table_args__ = (
        CheckConstraint("state = 'done' OR storage_name IS NULL", name="result_when_done"),
        # What workers look for, time and again: few of many.
        Index(
            "ix_jobs_unfinished",
            "id",
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )
    MOVES: ClassVar = {
        JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}),
        JobState.RUNNING: frozenset(
            {JobState.QUEUED, JobState.DONE, JobState.FAILED, JobState.CANCELLED}
        ),
        JobState.DONE: frozenset(),
        JobState.FAILED: frozenset(),
        JobState.CANCELLED: frozenset(),
    }

    id: Mapped[IntegerKey]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id"), index=True, info={"label": "提交人"}
    )
    kind: Mapped[JobKind] = mapped_column(enum_type(JobKind), info={"label": "类型"})
    title: Mapped[str] = mapped_column(String(120), info={"label": "任务"})
    state: Mapped[JobState] = mapped_column(
        enum_type(JobState), default=JobState.QUEUED, info={"label": "状态"}
    )
    #: What is to be done, as JSON; encrypted, since a list may be narrowed by somebody's number.
    arguments: Mapped[str] = mapped_column(
        Encrypted("jobs.arguments"), info={"label": "参数", "sensitive": True}
    )
    done: Mapped[int] = mapped_column(Integer, default=0, info={"label": "已处理"})
    #: 0 while it is not known.
    total: Mapped[int] = mapped_column(Integer, default=0, info={"label": "总数"})
    created_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "提交时间"}
    )
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "开始时间"})
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "结束时间"})
    #: A sentence for its owner when it has failed.
    problem: Mapped[str | None] = mapped_column(String(200), info={"label": "原因"})

    #: How often a worker has begun it.
    attempts: Mapped[int] = mapped_column(
        Integer, default=0, info={"label": "尝试次数", "internal": True}
    )
    lease: Mapped[str | None] = mapped_column(
        String(32), info={"label": "处理凭证", "internal": True}
    )
    leased_until: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, info={"label": "处理期限", "internal": True}
    )

    storage_name: Mapped[str | None] = mapped_column(
        String(64), unique=True, info={"label": "存储名", "internal": True}
    )
    digest: Mapped[str | None] = mapped_column(String(64), info={"label": "文件摘要"})
    size: Mapped[int | None] = mapped_column(Integer, info={"label": "文件大小"})
    file_name: Mapped[str | None] = mapped_column(String(120), info={"label": "文件名"})

    #: Whence it was asked for, for the entries of what it does.
    address: Mapped[str] = mapped_column(String(45), info={"label": "来源地址", "internal": True})
    request_id: Mapped[str] = mapped_column(
        String(36), info={"label": "请求编号", "internal": True}
    )

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(Job.institution_id) == Institution.id"
    )
    administrator: Mapped[Administrator] = relationship()

    @classmethod
    def with_file(cls) -> ColumnElement[bool]:
        """Return the condition that there is a result."""
        return cls.storage_name.is_not(None)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state not in UNFINISHED

    def __repr__(self) -> str:
        """Show the key only."""
        return f"<Job {self.id}>"


#: States in which a job waits or is at work.
UNFINISHED = frozenset({JobState.QUEUED, JobState.RUNNING})

"""Rosters (花名册): immutable snapshots of the people who passed, on their way to the bureau."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Final

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, text
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
)
from models.encryption import Encrypted
from models.institution import Institution, InstitutionName
from models.states import HasState
from models.trial_certificate import TrialCertificate


class RosterState(LabelledEnum):
    """Where a roster stands between the clerk's desk and the bureau's file."""

    DRAFT = "draft", "草稿"
    PRINTED = "printed", "已打印"
    SUBMITTED = "submitted", "已报送"
    FILED = "filed", "已备案"
    RETURNED = "returned", "退回"
    VOIDED = "voided", "已作废"


#: Before a roster is handed in; one that was returned is not on its way any more, but made anew.
NOT_HANDED_IN: Final = frozenset({RosterState.DRAFT, RosterState.PRINTED})


class Roster(HasState[RosterState], Owned, Timestamped, Versioned, Base):
    """One roster of one institution, year and batch; its content never changes once made."""

    __tablename__ = "rosters"
    __more_table_args__ = (UniqueConstraint("institution_id", "exam_year", "batch"),)
    MOVES: ClassVar = {
        RosterState.DRAFT: frozenset({RosterState.PRINTED, RosterState.VOIDED}),
        RosterState.PRINTED: frozenset({RosterState.SUBMITTED, RosterState.VOIDED}),
        RosterState.SUBMITTED: frozenset({RosterState.FILED, RosterState.RETURNED}),
        RosterState.RETURNED: frozenset({RosterState.VOIDED}),
        # 撤销备案: a wrong filing is mended by way of a return.
        RosterState.FILED: frozenset({RosterState.RETURNED}),
        RosterState.VOIDED: frozenset(),
    }
    #: Columns that the wall refuses to change after the row was written.
    __immutable__ = frozenset({"exam_year", "batch", "code", "head", "headcount", "bureau_id"})

    id: Mapped[IntegerKey]
    exam_year: Mapped[int] = mapped_column(
        ForeignKey("exam_cycles.year"), index=True, info={"label": "考试年度"}
    )
    batch: Mapped[int] = mapped_column(Integer, info={"label": "批次"})
    state: Mapped[RosterState] = mapped_column(
        enum_type(RosterState), default=RosterState.DRAFT, index=True, info={"label": "状态"}
    )
    code: Mapped[str] = mapped_column(String(32), unique=True, info={"label": "花名册编码"})
    #: What stands in the head of the paper, as it was when the roster was made.
    head: Mapped[dict[str, str]] = mapped_column(JSON, info={"label": "表头"})
    headcount: Mapped[int] = mapped_column(Integer, info={"label": "人数"})
    #: The bureau that receives and files it: the nearest one above the institution.
    bureau_id: Mapped[int] = mapped_column(
        ForeignKey("institutions.id", ondelete="RESTRICT"), index=True, info={"label": "接收单位"}
    )
    printed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "打印时间"})
    submitted_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, info={"label": "报送时间"}
    )
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "办理时间"})
    return_reason: Mapped[str | None] = mapped_column(String(500), info={"label": "退回原因"})
    form_key: Mapped[str | None] = mapped_column(
        String(36), unique=True, info={"label": "表单编号", "internal": True}
    )

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(Roster.institution_id) == Institution.id"
    )
    bureau: Mapped[InstitutionName] = relationship(
        primaryjoin="foreign(Roster.bureau_id) == InstitutionName.id", viewonly=True, lazy="joined"
    )
    entries: Mapped[list[RosterEntry]] = relationship(
        back_populates="roster", order_by="RosterEntry.position", cascade="all"
    )

    @property
    def year_and_batch(self) -> str:
        """Return which of its institution's rosters it is, such as 2018年第1批."""
        return f"{self.exam_year}年第{self.batch}批"

    def __repr__(self) -> str:
        """Show the key only."""
        return f"<Roster {self.id}>"


class RosterEntry(Owned, Base):
    """One person of a roster, with every printed value as it was."""

    __tablename__ = "roster_entries"
    __owner_from__ = "roster"
    __more_table_args__ = (
        UniqueConstraint("roster_id", "position"),
        # A certificate stands in one living roster at the most; the database decides.
        Index(
            "uq_roster_entries_one_living_roster",
            "certificate_id",
            unique=True,
            sqlite_where=text("is_living"),
            postgresql_where=text("is_living"),
        ),
    )
    __immutable__ = frozenset(
        {"roster_id", "certificate_id", "position", "submission_code", "content"}
    )

    id: Mapped[IntegerKey]
    roster_id: Mapped[int] = mapped_column(
        ForeignKey("rosters.id", ondelete="RESTRICT"), info={"label": "花名册"}
    )
    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("trial_certificates.id", ondelete="RESTRICT"),
        index=True,
        info={"label": "证明"},
    )
    position: Mapped[int] = mapped_column(Integer, info={"label": "序号"})
    submission_code: Mapped[str] = mapped_column(String(32), info={"label": "提交编码"})
    #: The printed values as a JSON object; encrypted, since it holds the ID number.
    content: Mapped[str] = mapped_column(
        Encrypted("roster_entries.content"), info={"label": "内容", "sensitive": True}
    )
    is_living: Mapped[bool] = mapped_column(Boolean, default=True, info={"label": "在册"})
    #: What the bureau has found wrong with this person when it gave the roster back; encrypted,
    #: since it is written about one person.
    return_remark: Mapped[str | None] = mapped_column(
        Encrypted("roster_entries.return_remark"), info={"label": "退回意见", "sensitive": True}
    )

    roster: Mapped[Roster] = relationship(back_populates="entries")
    certificate: Mapped[TrialCertificate] = relationship()

"""Exam years (考试年度), and the extensions of entry that bureaux grant in them (填报延期)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from models.base import (
    Base,
    IntegerKey,
    LabelledEnum,
    Owned,
    Timestamped,
    Versioned,
    enum_type,
)
from models.institution import Institution, InstitutionName

#: The first exam year under 《医师法》: it came into force on 2022-03-01.
_FIRST_OF_PHYSICIANS_LAW: Final = 2022
#: No national limit of trainees is known (domain.md §2.1); more than these are doubted.
USUAL_TRAINEES: Final = 3
LONGEST_NOTES: Final = 1000

#: What is printed at the foot of a certificate unless the year says otherwise; a line is a note.
CERTIFICATE_NOTES: Final = """\
在多个机构试用（执业）的，由各机构分别出具证明，加盖本机构公章，内设科室印章无效。
提交编码与平台填报数据不一致的，本证明无效；本证明仅当年有效，涂改无效。
弄虚作假的，按《医师资格考试违纪违规处理规定》处理，并追究出具机构和有关人员的责任。"""
#: The same for a roster; also what stands on rosters from before the years had their own.
ROSTER_NOTES: Final = """\
本花名册由试用机构通过平台打印，盖单位公章后报送接收单位备案，手工填写、涂改无效。
生成后如有人员信息修改，本花名册及有关提交编码即被新版本替代，须重新生成、打印、报送。"""


class ExamLaw(LabelledEnum):
    """Which law says who may sit for the exam."""

    PRACTICE_1998 = "practice_1998", "执业医师法（1998年）"
    PHYSICIANS_2021 = "physicians_2021", "医师法（2022年3月1日起施行）"

    @classmethod
    def of_year(cls, year: int) -> ExamLaw:
        """Return the law of an exam year, unless the province says otherwise."""
        return cls.PRACTICE_1998 if year < _FIRST_OF_PHYSICIANS_LAW else cls.PHYSICIANS_2021


def _law(context: Any) -> ExamLaw:
    return ExamLaw.of_year(context.get_current_parameters()["year"])


class ExamCycle(Timestamped, Versioned, Base):
    """The dates, the law and the texts of one exam year; all are days in China, ends included."""

    __tablename__ = "exam_cycles"
    __table_args__ = (
        CheckConstraint("entry_closes_on >= entry_opens_on", name="entry_is_a_period"),
        CheckConstraint("roster_due_on >= entry_opens_on", name="roster_due_after_opening"),
        CheckConstraint("most_trainees > 0", name="some_trainees"),
    )

    year: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, info={"label": "考试年度"}
    )
    #: Grids, forms and the trail name every record by its ``id``.
    id: Mapped[int] = synonym("year")
    entry_opens_on: Mapped[dt.date] = mapped_column(Date, info={"label": "填报开始"})
    entry_closes_on: Mapped[dt.date] = mapped_column(Date, info={"label": "填报截止"})
    roster_due_on: Mapped[dt.date] = mapped_column(Date, info={"label": "花名册报送截止"})
    trial_cutoff_on: Mapped[dt.date] = mapped_column(Date, info={"label": "试用期计算截止"})
    law: Mapped[ExamLaw] = mapped_column(
        enum_type(ExamLaw), default=_law, info={"label": "适用法律"}
    )
    #: How many a mentor may guide at the same time before it is doubted.
    most_trainees: Mapped[int] = mapped_column(
        Integer, default=USUAL_TRAINEES, info={"label": "每名带教老师同时带教人数"}
    )
    #: Whether a roster is handed in with the scan of its stamped paper only.
    needs_scan: Mapped[bool] = mapped_column(
        Boolean, default=False, info={"label": "报送须附盖章扫描件"}
    )
    certificate_notes: Mapped[str] = mapped_column(
        String(LONGEST_NOTES), default=CERTIFICATE_NOTES, info={"label": "试用期考核证明的注"}
    )
    practice_notes: Mapped[str] = mapped_column(
        String(LONGEST_NOTES), default=CERTIFICATE_NOTES, info={"label": "执业期考核证明的注"}
    )
    roster_notes: Mapped[str] = mapped_column(
        String(LONGEST_NOTES), default=ROSTER_NOTES, info={"label": "花名册的注"}
    )

    @property
    def title(self) -> str:
        """Return how people call it."""
        return f"{self.year}考试年度"

    def is_open_on(self, day: dt.date) -> bool:
        """Whether certificates of this year may be entered on ``day``, extensions aside."""
        return self.entry_opens_on <= day <= self.entry_closes_on


class EntryExtension(Owned, Timestamped, Versioned, Base):
    """More days for one institution in one exam year, for entering people and handing in."""

    __tablename__ = "entry_extensions"
    __more_table_args__ = (UniqueConstraint("institution_id", "exam_year"),)

    id: Mapped[IntegerKey]
    exam_year: Mapped[int] = mapped_column(
        ForeignKey("exam_cycles.year"), index=True, info={"label": "考试年度"}
    )
    #: The last day, included.
    until: Mapped[dt.date] = mapped_column(Date, info={"label": "延至"})
    reason: Mapped[str] = mapped_column(String(500), info={"label": "延期原因"})
    #: The bureau that has granted it, in its present form.
    bureau_id: Mapped[int] = mapped_column(
        ForeignKey("institutions.id", ondelete="RESTRICT"),
        index=True,
        info={"label": "批准单位", "internal": True},
    )
    form_key: Mapped[str | None] = mapped_column(
        String(36), unique=True, info={"label": "表单编号", "internal": True}
    )

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(EntryExtension.institution_id) == Institution.id"
    )
    bureau: Mapped[InstitutionName] = relationship(
        primaryjoin="foreign(EntryExtension.bureau_id) == InstitutionName.id",
        viewonly=True,
        lazy="joined",
    )
    cycle: Mapped[ExamCycle] = relationship(viewonly=True)

    @property
    def title(self) -> str:
        """Return whose it is, in which exam year."""
        return f"{self.institution.name} {self.exam_year}年度"

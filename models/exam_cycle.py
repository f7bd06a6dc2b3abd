"""Exam years (考试年度)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Date, Integer
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ExamCycle(Base):
    """The dates of one exam year; all are days in China, ends included."""

    __tablename__ = "exam_cycles"
    __table_args__ = (
        CheckConstraint("entry_closes_on >= entry_opens_on", name="entry_is_a_period"),
    )

    year: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, info={"label": "考试年度"}
    )
    entry_opens_on: Mapped[dt.date] = mapped_column(Date, info={"label": "填报开始"})
    entry_closes_on: Mapped[dt.date] = mapped_column(Date, info={"label": "填报截止"})
    roster_due_on: Mapped[dt.date] = mapped_column(Date, info={"label": "花名册报送截止"})
    trial_cutoff_on: Mapped[dt.date] = mapped_column(Date, info={"label": "试用期计算截止"})

    def is_open_on(self, day: dt.date) -> bool:
        """Whether certificates of this year may be entered on ``day``."""
        return self.entry_opens_on <= day <= self.entry_closes_on

"""Exam years (考试年度): which there are, and which people are busy with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from extensions import db
from models import ExamCycle
from services import clock

if TYPE_CHECKING:
    import datetime as dt


def years() -> list[int]:
    """Return all exam years, the latest first."""
    return list(db.session.scalars(select(ExamCycle.year).order_by(ExamCycle.year.desc())))


def cycle_of(year: int | None) -> ExamCycle | None:
    """Return an exam year, ``None`` when there is no such one."""
    return db.session.scalar(select(ExamCycle).where(ExamCycle.year == year))


def trial_cutoff(year: int | None) -> dt.date | None:
    """Return the last day that counts as time of trial for an exam year; ``None`` without one."""
    return db.session.scalar(select(ExamCycle.trial_cutoff_on).where(ExamCycle.year == year))


def current_year() -> int | None:
    """Return the exam year that people are busy with: an open one, else the last that has begun.

    The latest where several are open. The next years may be there long before they begin; one of
    those only where no other has.
    """
    day = clock.today()
    known = list(db.session.scalars(select(ExamCycle).order_by(ExamCycle.year.desc())))
    begun = [one for one in known if one.entry_opens_on <= day]
    ranked = [*(one for one in begun if one.is_open_on(day)), *begun, *known]
    return ranked[0].year if ranked else None


def successor_of(cycle: ExamCycle) -> int | None:
    """Return the year with which people are busy now that a former one is over; else ``None``."""
    if cycle.is_open_on(clock.today()):
        return None
    current = current_year()
    return current if current is not None and current > cycle.year else None


def latest() -> ExamCycle | None:
    """Return the exam year with the highest number, ``None`` while there is none."""
    return db.session.scalar(select(ExamCycle).order_by(ExamCycle.year.desc()).limit(1))

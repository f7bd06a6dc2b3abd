"""Exam years (考试年度): which there are, and which is open today."""

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


def open_cycle() -> ExamCycle | None:
    """Return the exam year that takes entries today in China; the latest where several do."""
    today = clock.today()
    statement = (
        select(ExamCycle)
        .where(ExamCycle.entry_opens_on <= today, ExamCycle.entry_closes_on >= today)
        .order_by(ExamCycle.year.desc())
        .limit(1)
    )
    return db.session.scalar(statement)


def cycle_of(year: int | None) -> ExamCycle | None:
    """Return an exam year, ``None`` when there is no such one."""
    return db.session.scalar(select(ExamCycle).where(ExamCycle.year == year))


def trial_cutoff(year: int | None) -> dt.date | None:
    """Return the last day that counts as time of trial for an exam year; ``None`` without one."""
    return db.session.scalar(select(ExamCycle.trial_cutoff_on).where(ExamCycle.year == year))


def current_year() -> int | None:
    """Return the open exam year, else the latest, else ``None``."""
    cycle = open_cycle()
    if cycle is not None:
        return cycle.year
    known = years()
    return known[0] if known else None


def latest() -> ExamCycle | None:
    """Return the exam year with the highest number, ``None`` while there is none."""
    return db.session.scalar(select(ExamCycle).order_by(ExamCycle.year.desc()).limit(1))

"""Exam years."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from extensions import db
from models import ExamCycle
from services.clock import today

#: The exam year of the notice.
YEAR = 2018


def make_exam_cycle(year: int = YEAR, **values: Any) -> ExamCycle:
    """Return the stored exam year ``year``; open today unless ``values`` say otherwise."""
    known = db.session.scalar(select(ExamCycle).where(ExamCycle.year == year))
    if known is None:
        known = ExamCycle(year=year)
        values = {
            "entry_opens_on": today() - dt.timedelta(days=60),
            "entry_closes_on": today() + dt.timedelta(days=60),
            "roster_due_on": today() + dt.timedelta(days=70),
            "trial_cutoff_on": dt.date(year, 8, 31),
            **values,
        }
        db.session.add(known)
    for name, value in values.items():
        setattr(known, name, value)
    db.session.flush()
    return known

"""Exam years, and extensions in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from extensions import db
from models import EntryExtension, ExamCycle, Institution
from services.clock import today
from services.scope import Reason, unscoped

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


def make_extension(
    institution: Institution, bureau: Institution, year: int = YEAR, **values: Any
) -> EntryExtension:
    """Return a stored extension of ``institution``, in force for three more months."""
    with unscoped(Reason.MAINTENANCE):
        extension = EntryExtension(
            institution=institution,
            **{
                "exam_year": year,
                "until": today() + dt.timedelta(days=90),
                "reason": "新开设科室，人员资料尚未齐备。",
                "bureau_id": bureau.id,
                **values,
            },
        )
        db.session.add(extension)
        db.session.flush()
    return extension

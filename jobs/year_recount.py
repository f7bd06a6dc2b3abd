"""The doubts about all certificates of an exam year, after the year was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from extensions import db
from models import TrialCertificate
from models.engine import writing
from services.certificates import doubts
from services.jobs import Outcome
from services.permissions import Permission

if TYPE_CHECKING:
    from services.jobs import Work


def recount_year(work: Work) -> Outcome:
    """Find all doubts of a year anew, some at a time, so that nobody waits long to save."""
    work.actor.require(Permission.EXAM_YEAR_WRITE)
    year = work.arguments["year"]
    living = (TrialCertificate.exam_year == year, TrialCertificate.deleted_at.is_(None))
    total = db.session.scalar(select(func.count(TrialCertificate.id)).where(*living)) or 0
    done = 0
    db.session.rollback()
    with writing():
        for count in doubts.recount_year(year):
            db.session.commit()
            done += count
            work.progress(done, total)
    return Outcome()

"""Clearing away: results and jobs older than a week."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import delete

from extensions import db
from models import Job, utc_now
from models.job import UNFINISHED
from services import files
from services.jobs.asking import KEPT_DAYS
from services.scope import Reason, unscoped

_KEPT: Final = dt.timedelta(days=KEPT_DAYS)


def expire() -> int:
    """Delete what was finished more than a week ago, with its files; commits, and returns how many.

    A file whose removal fails is left to ``sweep-files``.
    """
    with unscoped(Reason.JOBS):
        names = db.session.scalars(
            delete(Job)
            .where(Job.state.not_in(UNFINISHED), Job.finished_at < utc_now() - _KEPT)
            .returning(Job.storage_name),
            execution_options={"synchronize_session": False},
        ).all()
    db.session.commit()
    for name in names:
        if name is not None:
            files.discard(name)
    return len(names)

"""Who is at work on a job: a lease that a conditional UPDATE gives, prolongs and takes back.

The caller commits each step at once. A lease that is not prolonged ends by itself, so that the job
of a worker that was killed is taken up by another one.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, select, update

from extensions import db
from models import Job, JobState, utc_now
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from services.files import StoredFile

#: How long a worker may keep silent before its job is given to another one.
LEASE: Final = dt.timedelta(seconds=60)
#: A job that has ended so many workers is not tried again.
MOST_ATTEMPTS: Final = 3
GIVEN_UP: Final = "任务多次中断，未能完成。请稍后重新提交；仍不成功的，请联系平台管理员。"


@dataclass(frozen=True)
class Lease:
    """The right to work on one job, proved by a word that nobody else has."""

    job_id: int
    word: str


def due() -> Sequence[int]:
    """Return the keys of the jobs that wait for a worker, those of dead workers among them."""
    with unscoped(Reason.JOBS):
        return db.session.scalars(select(Job.id).where(_is_free()).order_by(Job.id)).all()


def take(job_id: int) -> Lease | None:
    """Take a job that waits; ``None`` when it does not, or when somebody else was faster.

    One that was begun too often is given up here.
    """
    now = utc_now()
    lease = Lease(job_id, secrets.token_hex(16))
    _change(
        Job.id == job_id,
        _is_free(),
        Job.attempts >= MOST_ATTEMPTS,
        state=JobState.FAILED,
        problem=GIVEN_UP,
        finished_at=now,
        lease=None,
        leased_until=None,
    )
    taken = _change(
        Job.id == job_id,
        _is_free(),
        state=JobState.RUNNING,
        started_at=now,
        attempts=Job.attempts + 1,
        done=0,
        total=0,
        lease=lease.word,
        leased_until=now + LEASE,
    )
    return lease if taken else None


def prolong(lease: Lease, **progress: int) -> bool:
    """Keep a job, and write ``done`` and ``total`` down; ``False`` when it is ours no more."""
    return _change(*_ours(lease), leased_until=utc_now() + LEASE, **progress)


def finish(lease: Lease, stored: StoredFile | None, file_name: str) -> bool:
    """End a job, mostly with a result; ``False`` when it is ours no more: it is not wanted."""
    result: dict[str, Any] = {}
    if stored is not None:
        result = {
            "storage_name": stored.name,
            "digest": stored.digest,
            "size": stored.size,
            "file_name": file_name,
        }
    return _end(lease, JobState.DONE, done=Job.total, **result)


def fail(lease: Lease, problem: str) -> bool:
    """End a job without a result; ``problem`` is a sentence for its owner."""
    return _end(lease, JobState.FAILED, problem=problem)


def give_back(lease: Lease) -> bool:
    """Let a job wait for the next try; after the last one it has failed."""
    return _change(*_ours(lease), state=JobState.QUEUED, lease=None, leased_until=None)


def _end(lease: Lease, state: JobState, **values: Any) -> bool:
    return _change(
        *_ours(lease),
        state=state,
        finished_at=utc_now(),
        lease=None,
        leased_until=None,
        **values,
    )


def _is_free() -> ColumnElement[bool]:
    abandoned = and_(Job.state == JobState.RUNNING, Job.leased_until < utc_now())
    return or_(Job.state == JobState.QUEUED, abandoned)


def _ours(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (Job.id == lease.job_id, Job.state == JobState.RUNNING, Job.lease == lease.word)


def _change(*conditions: ColumnElement[bool], **values: Any) -> bool:
    with unscoped(Reason.JOBS):
        changed = db.session.scalars(
            update(Job).where(*conditions).values(**values).returning(Job.id),
            execution_options={"synchronize_session": False},
        ).all()
    return bool(changed)

"""Jobs in every state."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from extensions import db
from models import Job, JobKind
from services import files, jobs
from services.jobs import leasing
from tests.factories.actors import acting

if TYPE_CHECKING:
    from services.actor import Actor


def make_job(actor: Actor, *, title: str = "导出列表：花名册（3条）", **arguments: Any) -> Job:
    """Return a job that waits; equal ``arguments`` while it waits give the same one."""
    with acting(actor):
        return jobs.ask(actor, JobKind.GRID_EXPORT, title, {"screen": "rosters", **arguments})


def finish_job(job: Job, content: bytes = b"PK result", name: str = "花名册.xlsx") -> Job:
    """Give a waiting job a result, as a worker would."""
    lease = leasing.take(job.id)
    assert lease is not None
    assert leasing.finish(lease, files.store_parts(io.BytesIO(content)), name)
    db.session.refresh(job)
    return job


def fail_job(job: Job, problem: str) -> Job:
    """End a waiting job without a result, as a worker would."""
    lease = leasing.take(job.id)
    assert lease is not None
    assert leasing.fail(lease, problem)
    db.session.refresh(job)
    return job

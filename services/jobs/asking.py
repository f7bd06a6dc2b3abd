"""Asking for a job, and what its owner may do with it: look, cancel, fetch the result, remove."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select, update

from extensions import db
from models import Institution, Job, JobState, utc_now
from models.job import UNFINISHED
from services import audit, files, scope
from services.audit import AuditTag
from services.errors import DomainError
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

    from models import JobKind
    from services.actor import Actor

#: Results are kept for so many days.
KEPT_DAYS: Final = 7
#: Jobs of one account that wait or are at work.
MOST_UNFINISHED: Final = 5
_ASKED: Final = "jobs.asked"
_UNSYNCHRONISED: Final = {"synchronize_session": False}


def own(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a job is the actor's: nobody else sees it, superiors neither."""
    return Job.administrator_id == actor.administrator_id


def visible(actor: Actor) -> Select[Job]:
    """Return the statement of the actor's jobs."""
    return select(Job).where(own(actor))


def find(actor: Actor, key: object) -> Job:
    """Return the actor's job with ``key``, or raise ``NotFoundError``."""
    return scope.find(Job, key, statement=visible(actor))


def unfinished(actor: Actor) -> list[Job]:
    """Return the actor's jobs that wait or are at work, the oldest first."""
    statement = visible(actor).where(Job.state.in_(UNFINISHED)).order_by(Job.id)
    return list(db.session.scalars(statement))


def ask(actor: Actor, kind: JobKind, title: str, arguments: Mapping[str, Any]) -> Job:
    """Put a job into the queue; the same one that is not finished yet is not put there twice.

    ``arguments`` is what JSON can hold; ``title`` names the work for its owner and holds no number
    of a person. Raises ``DomainError`` when the account has too many that are not finished.
    """
    actor.require(Permission.JOB_OWN)
    text = json.dumps(arguments, ensure_ascii=False, sort_keys=True)
    waiting = unfinished(actor)
    for job in waiting:
        if job.kind is kind and job.arguments == text:
            return job
    if len(waiting) >= MOST_UNFINISHED:
        raise DomainError(
            f"您已有{len(waiting)}个后台任务尚未完成，请等其中一个完成，或取消一个，再提交新的任务。"
        )
    job = Job(
        institution=scope.find(Institution, actor.institution_id),
        administrator_id=actor.administrator_id,
        kind=kind,
        title=title,
        arguments=text,
        state=JobState.QUEUED,
        address=actor.address,
        request_id=actor.request_id,
    )
    db.session.add(job)
    db.session.flush()
    audit.record(actor, AuditTag.JOB_ASK, job)
    db.session.info.setdefault(_ASKED, []).append(job.id)
    return job


def take_asked() -> list[int]:
    """Return the keys of jobs asked for in this session since it was last asked; wake them."""
    asked: list[int] = db.session.info.pop(_ASKED, [])
    return asked


def cancel(actor: Actor, job: Job) -> None:
    """Take a job back that is not finished; a worker at it stops within seconds.

    Raises ``DomainError`` when it is finished.
    """
    cancelled = db.session.scalars(
        update(Job)
        .where(Job.id == job.id, own(actor), Job.state.in_(UNFINISHED))
        .values(state=JobState.CANCELLED, finished_at=utc_now(), lease=None, leased_until=None)
        .returning(Job.id),
        execution_options=_UNSYNCHRONISED,
    ).all()
    db.session.refresh(job)
    if not cancelled:
        raise DomainError(f"该任务{job.state.label}，不能取消。")
    audit.record(actor, AuditTag.JOB_CANCEL, job)


def remove(actor: Actor, chosen: Sequence[Job]) -> list[str]:
    """Delete finished jobs, all or none; return the names of files to discard after the commit."""
    titles = {job.id: job.title for job in chosen}
    removed = db.session.execute(
        delete(Job)
        .where(Job.id.in_(titles), own(actor), Job.state.not_in(UNFINISHED))
        .returning(Job.id, Job.storage_name),
        execution_options=_UNSYNCHRONISED,
    ).all()
    if len(removed) < len(titles):
        raise DomainError("所选任务中有的正在进行，请先取消，再删除。")
    for job in chosen:
        audit.record(actor, AuditTag.JOB_REMOVE, label=titles[job.id])
    return [row.storage_name for row in removed if row.storage_name is not None]


def download(actor: Actor, job: Job) -> Iterator[bytes]:
    """Record that the owner takes the result, and yield it; raises ``FileDamagedError``."""
    if job.storage_name is None or job.digest is None:
        raise DomainError("该任务没有可下载的文件。")
    audit.record(actor, AuditTag.JOB_RESULT, job)
    return files.load_parts(job.storage_name, job.digest)

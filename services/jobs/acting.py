"""As whom a job is done: its owner as the account is now, or nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import Administrator, Institution, Job
from services.actor import actor_of
from services.scope import Reason, unscoped
from services.sessions import ACCOUNT

if TYPE_CHECKING:
    from services.actor import Actor

ENDED: Final = "提交任务的账号已停用、删除，或其机构、角色已变更，任务停止。"


class JobStoppedError(Exception):
    """A job must not go on: it was cancelled, given to another worker, or its owner may not.

    ``sentence`` is for the owner; it is empty when somebody else has settled the job already.
    """

    def __init__(self, sentence: str = "") -> None:
        """Keep the sentence."""
        super().__init__(sentence)
        self.sentence = sentence


def owner_of(job_id: int) -> Actor:
    """Return the actor for whom a job is done; raises ``JobStoppedError`` when there is none."""
    statement = (
        select(Job.address, Job.request_id, *ACCOUNT)
        .join(Administrator, Job.administrator_id == Administrator.id)
        .join(Institution, Administrator.institution_id == Institution.id)
        .where(
            Job.id == job_id,
            Administrator.is_enabled,
            Administrator.deleted_at.is_(None),
            # Whoever works elsewhere now does not get what was asked for there.
            Job.institution_id == Administrator.institution_id,
        )
    )
    with unscoped(Reason.JOBS):
        row = db.session.execute(statement).one_or_none()
    if row is None:
        raise JobStoppedError(ENDED)
    return actor_of(row.who, row.where, address=row.address, request_id=row.request_id)


def require_same(actor: Actor, job_id: int) -> None:
    """Raise ``JobStoppedError`` unless the account is still what it was when the job began."""
    now = owner_of(job_id)
    if (now.path, now.role, now.permissions) != (actor.path, actor.role, actor.permissions):
        raise JobStoppedError(ENDED)

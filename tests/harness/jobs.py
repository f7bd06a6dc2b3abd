"""Jobs that wait and jobs that are done, in the world of the harness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import Administrator
from services.actor import actor_of
from services.scope import Reason, unscoped
from tests.factories.jobs import finish_job, make_job
from tests.harness.oracle import Thing

if TYPE_CHECKING:
    from tests.harness.world import World

#: Who has asked for one of each state; two of them at the same node.
_OWNERS: Final = ("operator at A1", "disabled at A1", "operator at HA1", "operator at B1")


def add_jobs(world: World) -> None:
    """Let some people ask for two jobs each, of which one is done; commits."""
    for name in _OWNERS:
        who = world.people[name]
        assert who.node is not None
        mark = world.canaries.of(who.node.name)
        with unscoped(Reason.MAINTENANCE):
            account = db.session.scalars(
                select(Administrator).where(Administrator.id == who.key)
            ).one()
            actor = actor_of(account, account.institution, address="192.0.2.1")
        marks = frozenset({f"of {name}"})
        for state in ("queued", "done"):
            job = make_job(actor, title=mark("job.title"), state=state)
            if state == "done":
                finish_job(job, mark("job.result").encode(), mark("job.file_name") + ".xlsx")
            world.things.append(Thing("job", job.id, who.node, state, marks))
    db.session.commit()
    db.session.remove()

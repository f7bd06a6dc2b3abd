"""What clerks have typed and not saved, in the world of the harness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from extensions import db
from models import Administrator
from services.actor import actor_of
from services.certificates import drafts
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.harness.oracle import Thing

if TYPE_CHECKING:
    from tests.harness.world import World


def add_drafts(world: World) -> None:
    """Let the clerk of every institution have typed half a person; commits."""
    for name, node in world.nodes.items():
        who = world.people.get(f"operator at {name}")
        if node.kind != "healthcare" or who is None:
            continue
        mark = world.canaries.of(name)
        with unscoped(Reason.MAINTENANCE):
            clerk = db.session.scalars(
                select(Administrator).where(Administrator.id == who.key)
            ).one()
            actor = actor_of(clerk, clerk.institution, address="192.0.2.1")
        typed = [("name", mark("draft.name")), ("school", mark("draft.school"))]
        with acting(actor):
            draft = drafts.save(actor, typed, form_key=f"draft-of-{name}")
        assert draft is not None
        world.things.append(Thing("draft", draft.id, node))
    db.session.commit()
    db.session.remove()

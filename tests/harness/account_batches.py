"""Accounts that were made together and whose passwords wait, in the world of the harness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import Administrator, Institution
from services import account_batches, password_handover
from services.actor import actor_of
from services.scope import Reason, unscoped
from tests.factories.account_batches import make_account_batch
from tests.factories.actors import acting
from tests.factories.administrators import make_administrator
from tests.harness.oracle import Thing

if TYPE_CHECKING:
    from tests.harness.world import World

#: Who has made the batch, and at which node its account is.
_BATCHES: Final = (("operator at A", "HA2"), ("operator at B1", "HB1"))
#: Nobody has signed in yet with the accounts there.
_FRESH: Final = frozenset({"HA2"})


def add_account_batches(world: World) -> None:
    """Let some people have made an account each, with its password still waiting; commits."""
    for maker, node in _BATCHES:
        who = world.people[maker]
        assert who.node is not None
        with unscoped(Reason.MAINTENANCE):
            officer = db.session.scalars(
                select(Administrator).where(Administrator.id == who.key)
            ).one()
            actor = actor_of(officer, officer.institution, address="192.0.2.1")
            key = _fresh_account(world, node) if node in _FRESH else _operator(world, node)
            batch = make_account_batch(officer, [key])
        with acting(actor):
            waiting = {key: "k7mp-3xqv-9wtd-h4rn"}
            password_handover.leave_all(actor, waiting, account_batches.LIFETIME)
        marks = {f"of {maker}"} | ({"fresh"} if node in _FRESH else set())
        world.things.append(Thing("account_batch", batch.id, who.node, "", frozenset(marks)))
    db.session.commit()
    db.session.remove()


def _operator(world: World, node: str) -> int:
    return world.people[f"operator at {node}"].key


def _fresh_account(world: World, node: str) -> int:
    mark = world.canaries.of(node)
    institution = db.session.scalars(
        select(Institution).where(Institution.id == world.keys[node])
    ).one()
    row = make_administrator(
        institution,
        username=mark("username"),
        full_name=mark("full_name"),
        email=mark("email") + "@example.com",
        must_change_password=True,
    )
    return row.id

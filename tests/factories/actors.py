"""Actors, and acting as one of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from extensions import db
from services import scope
from services.actor import Actor, actor_of
from tests.factories.administrators import make_administrator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models import Institution


def make_actor(institution: Institution, **values: Any) -> Actor:
    """Return an actor at ``institution``; ``values`` are those of the account behind it."""
    return actor_of(make_administrator(institution, **values), institution, address="192.0.2.1")


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Bind the session to ``actor`` for the length of a block, then to whom it was bound before."""
    info = db.session.info
    before = info.get("scope")
    scope.bind(actor)
    try:
        yield actor
    finally:
        scope.unbind()
        if before is not None:
            info["scope"] = before

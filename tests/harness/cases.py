"""Examples out of the world: somebody who may do what a use is for, and an object to do it to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.harness.oracle import Answer, Thing, Who, may
from tests.harness.registry import USES
from tests.harness.use import Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.world import World

Case = tuple[Use, Who, Thing | None]

#: For what is refused before the database is asked for anything but the session.
ON_ONE_DATABASE: Final = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)


def is_at_work(who: Who) -> bool:
    """Whether it is an account that may do something: an operator's, in use."""
    return who.role == "operator" and who.status == "active"


def things_for(world: World, use: Use, who: Who, answer: Answer) -> list[Thing]:
    """Return the objects on which ``use`` of ``who`` comes to ``answer``."""
    return [
        thing
        for thing in world.of_kind(use.kind or "")
        if use.suits(world, who, thing) and may(who, use.act, thing) is answer
    ]


def foreign_to(world: World, use: Use, who: Who) -> list[Thing]:
    """Return the objects on the other side of the wall."""
    return [
        thing
        for thing in world.of_kind(use.kind or "")
        if who.node is not None and not thing.node.is_within(who.node)
    ]


def examples(world: World, *, method: str, at: tuple[str, ...] = ()) -> Iterator[Case]:
    """Yield for each use of ``method`` one case in which it is done, by those at ``at`` first."""
    people = [who for who in world.people.values() if is_at_work(who)]
    people.sort(key=lambda who: who.node is not None and who.node.name not in at)
    for use in USES:
        if use.method == method:
            yield _first(world, use, people)


def _first(world: World, use: Use, people: list[Who]) -> Case:
    for who in people:
        if use.kind is None and may(who, use.act) is Answer.DONE:
            return use, who, None
        things = things_for(world, use, who, Answer.DONE)
        if things:
            return use, who, things[-1]
    # Nobody may: whoever is first is refused.
    return use, people[0], None

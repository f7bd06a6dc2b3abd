"""A small province in which every text tells whose it is.

P ─ A ─┬─ A1 ─┬─ HA1
       │      ├─ LA1 (locked by A)
       │      └─ EA1 (nothing hangs on it)
       ├─ A2 ─── HA2
       └─ HA ─── SA
P ─ B ─── B1 ─┬─ HB1
              └─ EB1 (nothing hangs on it)

DA1, DA, DB1 were deleted below A1, A and B1: they lie in the recycle bin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.harness.canaries import Canaries

if TYPE_CHECKING:
    from tests.harness.oracle import Node, Thing, Who

#: The key of nothing.
ABSENT_KEY: Final = 1_999_999_999


@dataclass
class World:
    """The province, and what stands in it."""

    canaries: Canaries = field(default_factory=Canaries)
    nodes: dict[str, Node] = field(default_factory=dict)
    #: Key and path of each node's institution, by the node's name.
    keys: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    people: dict[str, Who] = field(default_factory=dict)
    things: list[Thing] = field(default_factory=list)
    #: The session token of each person.
    tokens: dict[str, str] = field(default_factory=dict)
    #: Node → nodes whose names stand in its certificates.
    places: dict[str, set[str]] = field(default_factory=dict)
    #: The present scans of each licence, in their order, and what stands for it as it is.
    scans: dict[int, list[int]] = field(default_factory=dict)
    licences_seen: dict[int, str] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Thing]:
        """Return the objects of one kind, in the order in which they were made."""
        return [thing for thing in self.things if thing.kind == kind]

    def key_of(self, who: Who) -> int:
        """Return the key of somebody's institution; a stranger has none."""
        return self.keys[who.node.name] if who.node is not None else ABSENT_KEY

"""Every route × every kind of account × every object: what may be done is done, nothing else.

The oracle says from the notice what each request must come to. Whatever comes, no text of
somebody else's shows, and what is refused changes nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.harness.checks import judge
from tests.harness.oracle import Answer, Thing, Who, may
from tests.harness.registry import ASSETS, USES
from tests.harness.world import ABSENT_KEY

if TYPE_CHECKING:
    from flask import Flask

    from tests.harness.runner import Harness, Result
    from tests.harness.use import Use

#: The nodes of the world in parts of about the same work.
SHARDS: Final = {
    "the province": ("P",),
    "a city": ("A",),
    "a county": ("A1",),
    "a hospital and the one below it": ("HA", "SA"),
    "hospitals of a county": ("HA1", "LA1"),
    "those that are like others": ("A2", "B", "B1", "HA2", "HB1"),
}
#: They stand where others stand, too; a few objects suffice.
ALIKE: Final = frozenset(SHARDS["those that are like others"])


#: Whoever may do little, by role; strangers and accounts that are not in use come last.
WATCHERS: Final = {
    "auditors": ("auditor",),
    "two of the province's three": ("system_admin", "audit_admin"),
    "the third of them, and who is not let in": ("security_admin", "operator"),
}


@pytest.mark.parametrize("shard", [*SHARDS, *WATCHERS])
def test_everybody_gets_what_is_theirs_and_nothing_else(harness: Harness, shard: str):
    nodes, roles = SHARDS.get(shard), WATCHERS.get(shard, ())
    people = [
        who
        for who in harness.world.people.values()
        if (
            _acts(who) and who.node.name in nodes if nodes else not _acts(who) and who.role in roles
        )
    ]
    assert people
    for who in people:
        for use in USES:
            _try(harness, use, who)


def _acts(who: Who) -> bool:
    return who.role == "operator" and who.status == "active"


def _try(harness: Harness, use: Use, who: Who) -> None:
    world = harness.world
    if use.kind is None:
        _ask(harness, use, who, None)
        return
    things = [thing for thing in world.of_kind(use.kind) if use.suits(world, who, thing)]
    if not things:
        return
    if not _acts(who):
        # Whoever may do nothing of the kind is refused before an object is looked for.
        things = things[:1] if may(who, use.act) is not Answer.DONE else [things[0], things[-1]]
    elif who.node.name in ALIKE:
        things = [things[0], things[-1]]
    absent = _ask_for_nothing(harness, use, who, things)
    asked: set[object] = set()
    for thing in things:
        expected = may(who, use.act, thing)
        kind = (
            expected if use.is_costly and expected is Answer.DONE else _kind(who, thing, expected)
        )
        if kind in asked:
            continue
        asked.add(kind)
        result = _ask(harness, use, who, thing)
        # Whether it exists on the other side of the wall must not show.
        is_hidden = expected is not Answer.DONE and not thing.node.is_within(who.node)
        if absent is not None and is_hidden and not result.same_as(absent, thing.key, ABSENT_KEY):
            harness.fail(result, "the answer differs from the one for a key of nothing")


def _kind(who: Who, thing: Thing, expected: Answer) -> object:
    """Return all that can make a difference between two objects of one kind."""
    node = thing.node
    above = who.node is not None and who.node.is_within(node)
    if expected is Answer.ABSENT:
        return expected, thing.state, above, node.kind
    where = (node == who.node, node.kind, node.is_locked, node.is_bare)
    return expected, thing.state, thing.marks, thing.key == who.key, above, where


def _ask(harness: Harness, use: Use, who: Who, thing: Thing | None) -> Result:
    path, form = use.request(harness.world, who, thing)
    result = harness.ask(who, path, form)
    judge(harness, use, who, thing, may(who, use.act, thing), result)
    return result


def _ask_for_nothing(harness: Harness, use: Use, who: Who, things: list[Thing]) -> Result | None:
    """Ask for a key that nothing has, as if it stood at the asker's own institution."""
    sample = next((thing for thing in things if thing.node == who.node), things[0])
    if not _acts(who) or not use.is_keyed(harness.world, who, sample) or use.kind == "code":
        return None
    expected = may(who, use.act)
    path, form = use.request(harness.world, who, sample, ABSENT_KEY)
    result = harness.ask(who, path, form)
    expected = Answer.ABSENT if expected is Answer.DONE else expected
    judge(harness, use, who, None, expected, result)
    return result


def test_no_route_is_forgotten(app: Flask):
    wanted = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint not in ASSETS
    }
    known = {(use.endpoint, use.method) for use in USES}
    missing = sorted(wanted - known)
    assert not missing, (
        "these routes are not in tests/harness/uses, so nobody knows whether they leak: "
        f"{missing}. For a route of a screen add a Use(endpoint, act, path, kind, form=…) with a "
        "rule for its act in oracle.py; for a whole new grid add *grid(name)."
    )
    assert known <= wanted, f"the application has no such routes any more: {known - wanted}"


def test_addresses_of_the_registry_lead_to_their_routes(app: Flask):
    routes = app.url_map.bind("localhost")
    for use in USES:
        path = re.sub(r"\{\w+\}", "1", use.path.partition("?")[0])
        endpoint, _ = routes.match(path, method=use.method)
        assert endpoint == use.endpoint, path


def test_every_person_is_in_one_shard(harness: Harness):
    nodes = [name for shard in SHARDS.values() for name in shard]
    roles = [role for shard in WATCHERS.values() for role in shard]
    assert len(nodes) == len(set(nodes))
    assert len(roles) == len(set(roles))
    for who in harness.world.people.values():
        assert who.node.name in nodes if _acts(who) else who.role in roles

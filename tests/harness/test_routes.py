"""Every route × every kind of account × every object: what may be done is done, nothing else.

The oracle says from the notice what each request must come to. Whatever comes, no text of
somebody else's shows, and what is refused changes nothing.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.harness.cases import ON_ONE_DATABASE
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
    "a hospital above another": ("HA",),
    "hospitals of a county": ("HA1", "LA1"),
    "those that are like others": ("A2", "B", "B1", "HA2", "HB1", "SA"),
}
#: They stand where others stand, too: what they do, others do. Their lists are asked for, and what
#: lies on the other side of the wall.
ALIKE: Final = frozenset(SHARDS["those that are like others"])
#: Roles that may do little.
WATCHERS: Final = {
    "auditors": ("auditor",),
    "reviewers": ("reviewer",),
    "the province's three": ("system_admin", "security_admin", "audit_admin"),
}
#: A permission hangs on the role and on the kind of the node: where there is none, these are
#: refused for all.
REFUSED_FOR_ALL: Final = frozenset(
    {
        *("operator at P", "operator at A", "operator at HA1", "auditor at A", "reviewer at A1"),
        *("system administrator", "security administrator", "audit administrator"),
    }
)


#: Asked on SQLite only. The databases differ in their statements, and these people bring about none
#: that others do not: they see what others see, from the other side, or are refused by their role.
ON_SQLITE_ONLY: Final = frozenset(
    {"those that are like others", "auditors", "the province's three"}
)


@pytest.mark.parametrize(
    ("database_backend", "shard"),
    [
        *(("sqlite", shard) for shard in (*SHARDS, *WATCHERS)),
        *(
            pytest.param("postgresql", shard, marks=pytest.mark.postgresql)
            for shard in (*SHARDS, *WATCHERS)
            if shard not in ON_SQLITE_ONLY
        ),
    ],
    indirect=["database_backend"],
)
def test_everybody_gets_what_is_theirs_and_nothing_else(harness: Harness, shard: str):
    nodes, roles = SHARDS.get(shard), WATCHERS.get(shard, ())
    people = [
        who
        for who in harness.world.people.values()
        if (_acts(who) and who.node.name in nodes if nodes else who.role in roles)
    ]
    assert people
    for who, use in itertools.product(people, USES):
        _try(harness, use, who)


@ON_ONE_DATABASE
def test_who_is_not_let_in_gets_nothing(harness: Harness):
    people = [who for who in harness.world.people.values() if _is_outside(who)]
    assert {who.status for who in people} == {"stranger", "initial", "disabled", "deleted"}
    for who, use in itertools.product(people, USES):
        _try(harness, use, who)


def _acts(who: Who) -> bool:
    return who.role == "operator" and who.status == "active"


def _is_outside(who: Who) -> bool:
    return who.status != "active"


def _try(harness: Harness, use: Use, who: Who) -> None:
    things = _things(harness, use, who)
    if not things:
        return
    absent = _ask_for_nothing(harness, use, who, things)
    for thing in things:
        result = _ask(harness, use, who, thing)
        # Whether it exists on the other side of the wall must not show.
        if (
            absent is not None
            and _is_hidden(use, who, thing)
            and not result.same_as(absent, thing.key, ABSENT_KEY)
        ):
            harness.fail(result, "the answer differs from the one for a key of nothing")


def _things(harness: Harness, use: Use, who: Who) -> list[Thing] | list[None]:
    """Return the objects to try: one of each kind that can make a difference."""
    world = harness.world
    may_at_all = may(who, use.act)
    if may_at_all is Answer.FORBIDDEN and who.name not in REFUSED_FOR_ALL:
        return []
    is_alike = _acts(who) and who.node.name in ALIKE
    if use.kind is None:
        return [] if is_alike and use.method == "POST" else [None]
    things = [thing for thing in world.of_kind(use.kind) if use.suits(world, who, thing)]
    if not _acts(who):
        # Whoever may do nothing of the kind is refused before an object is looked for.
        return things[:1] if may_at_all is not Answer.DONE else [*things[:1], *things[1:][-1:]]
    # Each account begins at another object, so that all objects have their turn.
    turn = list(world.people).index(who.name) * len(things) // len(world.people)
    kinds: dict[object, Thing] = {}
    for thing in (*things[turn:], *things[:turn]):
        if not is_alike or (_is_hidden(use, who, thing) and thing.state != "deleted"):
            kinds.setdefault(_kind(harness.backend, use, who, thing), thing)
    return list(kinds.values())


def _is_hidden(use: Use, who: Who, thing: Thing) -> bool:
    return may(who, use.act, thing) is not Answer.DONE and not thing.node.is_within(who.node)


def _kind(backend: str, use: Use, who: Who, thing: Thing) -> object:
    """Return all that can make a difference between two objects of one kind.

    Rules of acts look at marks, locks and the kind of a place; those of reading at where it lies.
    What rules tell apart after the statements were asked, SQLite has shown.
    """
    expected, node = may(who, use.act, thing), thing.node
    above = who.node is not None and who.node.is_within(node)
    if expected is Answer.ABSENT:
        return expected, thing.state == "deleted", above
    if use.is_costly and expected is Answer.DONE:
        return expected
    if backend != "sqlite" or use.method == "GET":
        return expected, thing.state, above, node == who.node
    where = (node == who.node, node.kind, node.is_locked, node.is_bare)
    return expected, thing.state, thing.marks, thing.key == who.key, above, where


def _ask(harness: Harness, use: Use, who: Who, thing: Thing | None) -> Result:
    path, form = use.request(harness.world, who, thing)
    result = harness.ask(who, path, form)
    judge(harness, use, who, thing, may(who, use.act, thing), result)
    return result


def _ask_for_nothing(harness: Harness, use: Use, who: Who, things: list[Thing]) -> Result | None:
    """Ask for a key that nothing has, as if it stood at the asker's own institution."""
    if use.kind in {None, "code"} or not _acts(who):
        return None
    sample = next((thing for thing in things if thing.node == who.node), things[0])
    if not use.is_keyed(harness.world, who, sample):
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
        assert _is_outside(who) or (who.node.name in nodes if _acts(who) else who.role in roles)


def test_somebody_of_each_role_and_kind_is_refused(harness: Harness):
    people = harness.world.people
    refused = {(people[name].role, people[name].node.kind) for name in REFUSED_FOR_ALL}
    acting = {(who.role, who.node.kind) for who in people.values() if _acts(who)}
    assert acting <= refused
    assert {role for shard in WATCHERS.values() for role in shard} <= {role for role, _ in refused}

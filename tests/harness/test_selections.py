"""Keys that were put together by hand: own with foreign, twice, absurd."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from tests.harness.cases import foreign_to, things_for
from tests.harness.checks import NOTES, no_leak
from tests.harness.oracle import Answer
from tests.harness.registry import USES
from tests.harness.world import ABSENT_KEY

if TYPE_CHECKING:
    from tests.harness.runner import Harness, Result

#: Fields of forms that take several keys.
LISTS: Final = frozenset({"rowid", "certificate"})
#: Nodes whose operators stand for all.
SAMPLE: Final = ("A", "HA1")
#: None of them is the key of anything.
ABSURD: Final = (
    *("abc", "-1", "0", "1.5", "1e1", "0x1", "+1", " 1", "1,2", "1\n", "None"),
    *("\u0661", "\uff11", "\u00b2", str(2**31), str(2**63), "9" * 20, "9" * 5000, "a" * 5000),
    *("1\0", "1&id=2", "../1", "%31", "1' OR '1'='1", "[1]", "\u202e1", "\U0001f600"),
)
#: How many of them each use is tried with.
AT_ONCE: Final = 7
#: Digits of other scripts are digits for the addresses' own converter: they name what they say.
_NAMED_IN_THE_PATH: Final = frozenset({"\u0661", "\uff11"})


def _refused(harness: Harness, result: Result) -> None:
    """Note unless ``result`` refuses: 4xx, nothing changed, nothing shown."""
    changed = [c for c in result.changes if c.table not in NOTES]
    if not 400 <= result.status < 500:
        harness.fail(result, "it was not refused")
    if changed:
        harness.fail(result, f"it changed {changed[0]}")


def test_one_foreign_key_refuses_the_whole_selection(harness: Harness):
    world, tried = harness.world, 0
    people = [world.people[f"operator at {node}"] for node in ("A", "B1", "HA", "HA1")]
    for use, who in itertools.product(USES, people):
        own = things_for(world, use, who, Answer.DONE)
        if not own:
            continue
        path, form = use.request(world, who, own[0], "?")
        field = next((name for name in LISTS if (form or {}).get(name) == "?"), None)
        if field is None:
            continue
        others = [thing.key for thing in foreign_to(world, use, who)[:2]]
        for other, is_first in zip((*others, ABSENT_KEY, "abc"), itertools.cycle((False, True))):
            keys = [other, own[0].key] if is_first else [own[0].key, other]
            tried += 1
            result = harness.ask(who, path, {**form, field: [str(key) for key in keys]})
            _refused(harness, result)
            no_leak(harness, who, result, use.shows)
    assert tried > 100


def test_a_key_given_twice_is_no_key(harness: Harness):
    world = harness.world
    tried = 0
    for use, node in itertools.product(USES, SAMPLE):
        who = world.people[f"operator at {node}"]
        own, others = things_for(world, use, who, Answer.DONE), foreign_to(world, use, who)
        if "?id={key}" not in use.path or not own or not others:
            continue
        for first, second in ((own[0], others[0]), (others[0], own[0]), (own[0], own[0])):
            path, form = use.request(world, who, first)
            result = harness.ask(who, f"{path}&id={second.key}", form)
            _refused(harness, result)
            no_leak(harness, who, result, use.shows)
            tried += 1
    assert tried > 20


def test_a_key_beside_the_address_counts_for_nothing(harness: Harness):
    """A body's ``id`` does not stand in for the address's."""
    world = harness.world
    for use, node in itertools.product(USES, SAMPLE):
        who = world.people[f"operator at {node}"]
        own = things_for(world, use, who, Answer.DONE)
        if "?id={key}" in use.path and own and use.form is not None:
            path, form = use.request(world, who, own[0], own[0].key)
            result = harness.ask(who, path.partition("?")[0], {**form, "id": str(own[0].key)})
            _refused(harness, result)


def test_absurd_keys_name_nothing(harness: Harness):
    """Each use is tried with some of the keys, each key with many uses: few places read keys."""
    world, done, keys = harness.world, set(), itertools.cycle(ABSURD)
    for use, node in itertools.product(USES, SAMPLE):
        who = world.people[f"operator at {node}"]
        things = things_for(world, use, who, Answer.DONE)
        if not things or use.kind == "code" or not use.is_keyed(world, who, things[0]):
            continue
        # Whoever may do it first stands for all: a key is read before anybody's rows are.
        if (use.endpoint, use.act) in done:
            continue
        done.add((use.endpoint, use.act))
        is_in_path = "{key}" in use.path.partition("?")[0]
        for key in itertools.islice(keys, AT_ONCE):
            if is_in_path and key in _NAMED_IN_THE_PATH:
                continue
            path, form = use.request(world, who, things[0], key)
            result = harness.ask(who, path, form)
            _refused(harness, result)
            no_leak(harness, who, result, use.shows)
    assert len(done) > 2 * len(ABSURD)


def test_a_child_counts_below_its_own_parent_only(harness: Harness):
    """A former name of the one institution is not deleted through the record of another."""
    world = harness.world
    who = world.people["operator at A"]
    names = [thing for thing in world.of_kind("former_name") if thing.node.is_within(who.node)]
    for name, through in itertools.permutations(names, 2):
        path = f"/admin/institutions/details/?id={world.keys[through.node.name]}&tab=former"
        form = {"act": "delete-former-name", "former_name": str(name.key)}
        result = harness.ask(who, path, form)
        if result.status != 404:
            harness.fail(result, "deleted through another institution's record")
        _refused(harness, result)

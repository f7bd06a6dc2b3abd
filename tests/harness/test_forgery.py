"""Forms that the platform did not hand out, and methods that a route does not have."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from tests.harness.cases import ON_ONE_DATABASE, examples
from tests.harness.checks import NOTES, no_leak
from tests.harness.registry import USES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.runner import Harness

#: A form is looked at before anybody is asked who he is: a few stand for all.
PEOPLE: Final = ("operator at P", "initial at HA2", "system administrator", "stranger")
READERS: Final = ("operator at P", "stranger")
#: All that reading may write down, and why.
WRITTEN_BY_READING: Final = {
    "captchas": "each picture is drawn for one browser and used once",
    "audit_entries": "a refusal, a print, an export and a number in clear leave an entry",
    "sign_in_throttles": "entries of refusals are counted, so that they have an end",
    "sign_in_sessions": "when it was last used",
    "code_prints": "a print is kept with the version that was printed",
    "password_handovers": "a one-time password is shown once, to whom it was left",
}


def _paths(harness: Harness, method: str) -> Iterator[str]:
    """Yield an address of every route that there is, in the registry or not."""
    for rule in harness.app.url_map.iter_rules():
        if method in rule.methods and not rule.endpoint.endswith("static"):
            yield re.sub(r"<[^>]+>", "1", rule.rule)


@ON_ONE_DATABASE
def test_no_route_takes_a_post_without_a_token(harness: Harness):
    asked = 0
    for path in _paths(harness, "POST"):
        for name in PEOPLE:
            who = harness.world.people[name]
            _refused_by(harness, harness.ask(who, path, {"id": "1"}, token_of=None), 400)
            asked += 1
    assert asked > 200


def test_no_reading_changes_anything(harness: Harness):
    world = harness.world
    asked = [(world.people[name], path) for path in _paths(harness, "GET") for name in READERS]
    # With keys of what there is, and whoever may read it; HEAD has a test of its own.
    asked += [
        (who, use.request(world, who, thing)[0])
        for use, who, thing in examples(world, method="GET")
    ]
    for who, path in asked:
        result = harness.ask(who, path)
        for change in result.changes:
            seen = change.table == "sign_in_sessions"
            if change.table not in WRITTEN_BY_READING or (
                seen and change.columns != {"last_seen_at"}
            ):
                harness.fail(result, f"GET changed {change}")
    assert len(asked) > 250


@ON_ONE_DATABASE
def test_no_post_without_the_own_token(harness: Harness):
    """Each use is tried without a token and with one that is somebody else's, or nobody's."""
    world, tried = harness.world, 0
    tokens = itertools.cycle((world.people["stranger"], world.people["operator at B1"], "x" * 40))
    for use, who, thing in examples(world, method="POST"):
        path, form = use.request(world, who, thing)
        assert who != world.people["operator at B1"]
        for token in (None, next(tokens)):
            is_text = isinstance(token, str)
            sent = {**form, "csrf_token": token} if is_text else form
            result = harness.ask(who, path, sent, token_of=None if is_text else token)
            _refused_by(harness, result, 400)
            tried += 1
    assert tried == 2 * len([use for use in USES if use.method == "POST"])


@ON_ONE_DATABASE
def test_no_post_of_a_stranger_without_a_token(harness: Harness):
    world = harness.world
    stranger = world.people["stranger"]
    for use, who, thing in examples(world, method="POST"):
        path, form = use.request(world, who, thing)
        _refused_by(harness, harness.ask(stranger, path, form, token_of=None), 400)


@ON_ONE_DATABASE
def test_other_methods_do_nothing(harness: Harness):
    world = harness.world
    routes = {(use.endpoint, use.method) for use in USES}
    asked, unused = set(), itertools.cycle(("PUT", "PATCH", "DELETE"))
    for method in ("POST", "GET"):
        for use, who, thing in examples(world, method=method):
            path, form = use.request(world, who, thing)
            wrong = [m for m in ("GET", "POST") if (use.endpoint, m) not in routes]
            for other in (next(unused), *wrong):
                if (use.endpoint, other) in asked:
                    continue
                asked.add((use.endpoint, other))
                result = harness.ask(who, path, form or {}, method=other)
                _refused_by(harness, result, 405)


@ON_ONE_DATABASE
def test_a_method_in_the_form_or_head_is_not_believed(harness: Harness):
    world = harness.world
    for use, who, thing in examples(world, method="POST"):
        path, _form = use.request(world, who, thing)
        if (use.endpoint, "GET") not in {(one.endpoint, one.method) for one in USES}:
            continue
        address = f"{path}{'&' if '?' in path else '?'}_method=POST"
        result = harness.ask(who, address, headers={"X-HTTP-Method-Override": "POST"})
        changed = [c for c in result.changes if c.table not in NOTES]
        if changed:
            harness.fail(result, f"a GET changed {changed[0]}")
        no_leak(harness, who, result, use.shows | {"above", "places"})


@ON_ONE_DATABASE
def test_head_is_a_get_without_a_body(harness: Harness):
    world = harness.world
    for use, who, thing in examples(world, method="GET"):
        path, _ = use.request(world, who, thing)
        result = harness.ask(who, path, method="HEAD")
        if result.body:
            harness.fail(result, "an answer to HEAD has a body")
        if result.status != 403 and result.status not in use.statuses:
            harness.fail(result, "an answer to HEAD differs from the one to GET")
        changed = [c for c in result.changes if c.table not in NOTES | use.leaves]
        if changed:
            harness.fail(result, f"HEAD changed {changed[0]}")


def _refused_by(harness: Harness, result, status: int) -> None:
    if result.status != status:
        harness.fail(result, f"expected {status}")
    if result.changes:
        harness.fail(result, f"it changed {result.changes[0]}")
    no_leak(harness, harness.world.people["stranger"], result, frozenset())

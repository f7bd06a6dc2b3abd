"""Forms that the platform did not hand out, and methods that a route does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness.cases import examples
from tests.harness.checks import no_leak
from tests.harness.registry import USES

if TYPE_CHECKING:
    from tests.harness.runner import Harness


def test_no_post_without_the_own_token(harness: Harness):
    world, tried = harness.world, 0
    stranger = world.people["stranger"]
    for use, who, thing in examples(world, method="POST"):
        path, form = use.request(world, who, thing)
        for token_of in (None, stranger, world.people["operator at B"]):
            if token_of is who:
                continue
            result = harness.ask(who, path, form, token_of=token_of)
            _refused_by(harness, result, 400)
            tried += 1
        result = harness.ask(who, path, {**form, "csrf_token": "x" * 40}, token_of=None)
        _refused_by(harness, result, 400)
    assert tried > len([use for use in USES if use.method == "POST"])


def test_no_post_of_a_stranger_without_a_token(harness: Harness):
    world = harness.world
    stranger = world.people["stranger"]
    for use, who, thing in examples(world, method="POST"):
        path, form = use.request(world, who, thing)
        _refused_by(harness, harness.ask(stranger, path, form, token_of=None), 400)


def test_other_methods_do_nothing(harness: Harness):
    world = harness.world
    routes = {(use.endpoint, use.method) for use in USES}
    for method in ("POST", "GET"):
        for use, who, thing in examples(world, method=method):
            path, form = use.request(world, who, thing)
            wrong = {"PUT", "PATCH", "DELETE"}
            wrong |= {m for m in ("GET", "POST") if (use.endpoint, m) not in routes}
            for other in sorted(wrong):
                result = harness.ask(who, path, form or {}, method=other)
                _refused_by(harness, result, 405)


def test_a_method_in_the_form_or_head_is_not_believed(harness: Harness):
    world = harness.world
    for use, who, thing in examples(world, method="POST"):
        path, _form = use.request(world, who, thing)
        if (use.endpoint, "GET") not in {(one.endpoint, one.method) for one in USES}:
            continue
        address = f"{path}{'&' if '?' in path else '?'}_method=POST"
        result = harness.ask(who, address, headers={"X-HTTP-Method-Override": "POST"})
        changed = [c for c in result.changes if c.table not in {"audit_entries", "captchas"}]
        if changed:
            harness.fail(result, f"a GET changed {changed[0]}")
        no_leak(harness, who, result, use.shows | {"above", "places"})


def test_head_is_a_get_without_a_body(harness: Harness):
    world = harness.world
    for use, who, thing in examples(world, method="GET"):
        path, _ = use.request(world, who, thing)
        result = harness.ask(who, path, method="HEAD")
        if result.body:
            harness.fail(result, "an answer to HEAD has a body")
        if result.status != 403 and result.status not in use.statuses:
            harness.fail(result, "an answer to HEAD differs from the one to GET")
        changed = [c for c in result.changes if c.table not in {"audit_entries", "captchas"}]
        if changed:
            harness.fail(result, f"HEAD changed {changed[0]}")


def _refused_by(harness: Harness, result, status: int) -> None:
    if result.status != status:
        harness.fail(result, f"expected {status}")
    if result.changes:
        harness.fail(result, f"it changed {result.changes[0]}")
    no_leak(harness, harness.world.people["stranger"], result, frozenset())

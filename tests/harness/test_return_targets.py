"""Return targets (``next``, ``url``): no answer of any route leads away from the platform."""

from __future__ import annotations

import html
import itertools
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest

from tests.harness.cases import ON_ONE_DATABASE, examples
from tests.hostile_targets import HOSTILE, leads_away

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.harness.runner import Harness, Result

#: Where a page may lead or send.
_LINKS: Final = re.compile(r'(?:href|action|src)="([^"]*)"')
_DATA: Final = re.compile(r'data-[a-z]+="([^"]*)"')
#: What looks like an address: other data are names of fields and templates of addresses.
_ADDRESS: Final = re.compile(r"[\s\x00-\x20]*(?:[a-z]+:|/|\\)", re.IGNORECASE)
_HIDDEN: Final = re.compile(r'name="(?:url|next)"\s+value="([^"]*)"')


def _judge(harness: Harness, result: Result, target: str) -> None:
    if result.location and leads_away(result.location):
        harness.fail(result, f"it leads away with {target!r}")
    found = [*_LINKS.findall(result.body), *_HIDDEN.findall(result.body)]
    found += [data for data in _DATA.findall(result.body) if _ADDRESS.match(html.unescape(data))]
    if any(map(leads_away, map(html.unescape, found))):
        harness.fail(result, f"a link leads away with {target!r}")


def test_the_corpus_is_large_and_the_resolver_knows_it():
    assert len(HOSTILE) == len(set(HOSTILE)) >= 60
    assert sum(map(leads_away, HOSTILE)) > 40
    for local in ("/admin/", "/admin/@evil.example", "?a=//evil.example", "/.//evil.example"):
        assert not leads_away(local)


@ON_ONE_DATABASE
def test_no_route_leads_away(harness: Harness):
    """Each use is asked with a target, in its address, or in its form where it has one."""
    targets, names = itertools.cycle(HOSTILE), itertools.cycle(("url", "next"))
    asked = set()
    for method in ("GET", "POST"):
        for use, who, thing in examples(harness.world, method=method):
            path, form = use.request(harness.world, who, thing)
            target, name = next(targets), next(names)
            asked.add(target)
            if form is not None and name == "next":
                result = harness.ask(who, path, {**form, name: target})
            else:
                result = harness.ask(who, _with(path, name, target), form)
            _judge(harness, result, target)
            if result.status != 400 or result.changes:
                harness.fail(result, f"expected to be refused with {target!r}")
    assert asked == set(HOSTILE)


def _with(path: str, name: str, target: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{name}={quote(target, safe='')}"


@ON_ONE_DATABASE
def test_a_button_leads_nowhere_else(harness: Harness):
    """A button of a toolbar answers by leading back: it is tried with the whole corpus."""
    who = harness.world.people["operator at P"]
    key = next(t.key for t in harness.world.of_kind("account") if t.node.name == "A")
    button = {"action": "unbind", "rowid": str(key)}
    assert harness.ask(who, "/admin/administrators/action/", button).status == 302
    for target in HOSTILE:
        form = {**button, "url": target}
        result = harness.ask(who, "/admin/administrators/action/", form)
        _judge(harness, result, target)
        if result.status != 400 or result.changes:
            harness.fail(result, f"expected to be refused with {target!r}")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "//evil.example/%2e%2e",
        "///evil.example",
        "/\\evil.example/",
        "/\\/evil.example/",
        "/admin//evil.example",
        "/admin/\t/evil.example",
        "/login//evil.example/..",
        "/verify//evil.example",
        "/verify/\\evil.example/",
        "/https://evil.example",
        "https://evil.example/",
    ],
)
def test_no_path_leads_away(client: FlaskClient, path: str):
    """Mending of slashes answers by leading to the mended path."""
    for _ in range(3):
        answer = client.get("/", environ_overrides={"PATH_INFO": path, "REQUEST_URI": path})
        if answer.location is None:
            break
        assert not leads_away(answer.location.replace("http://localhost", ""))
        path = answer.location

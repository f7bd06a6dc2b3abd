"""The harness finds what it is there to find: holes that are made on purpose."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

import admin_views.home
import services.audit
import services.scope
from extensions import db
from models import Administrator, CertificateType, Institution
from services.actor import Actor
from tests.harness.canaries import NAME, Canaries
from tests.harness.checks import judge
from tests.harness.oracle import Answer, Node, Thing, Who, may
from tests.harness.registry import USES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.runner import Harness

#: Objects at both ends of the world that suffice to see a hole.
FEW = 3


@contextmanager
def expecting(harness: Harness, words: str) -> Iterator[None]:
    """Expect a failure that ``words`` are part of; leave the harness clean."""
    yield
    try:
        assert any(words in why for why in harness.failures), harness.story(5)
    finally:
        harness.failures.clear()
        harness.leaks = 0


def ask_all(harness: Harness, name: str, endpoint: str, *acts: str) -> None:
    world = harness.world
    who = world.people[name]
    for use in USES:
        if use.endpoint != endpoint or (acts and use.act not in acts):
            continue
        things = world.of_kind(use.kind or "")
        for thing in (*things[:FEW], *things[-FEW:]) if use.kind else (None,):
            path, form = use.request(world, who, thing)
            judge(harness, use, who, thing, may(who, use.act, thing), harness.ask(who, path, form))


@pytest.fixture
def no_wall(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services.scope.statements, "_criteria", lambda _path: ())


def test_a_wall_that_does_not_hold_shows(harness: Harness, no_wall):
    # Prints of certificates are kept, and the wall before writes would refuse to keep them.
    for endpoint in (
        "administrators.index_view",
        "audit.index_view",
        "certificates.edit_view",
        "certificates.export",
        "institutions.details_view",
        "institutions.export",
        "licences.index_view",
        "rosters.details_view",
        "rosters.print_pdf",
        "rosters.workbook",
    ):
        with expecting(harness, "LEAK"):
            ask_all(harness, "operator at HB1", endpoint)


def test_an_error_of_the_program_shows(harness: Harness, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(admin_views.home.home, "summary")
    with expecting(harness, "a server error"):
        ask_all(harness, "operator at A", "admin.index")


def test_a_write_outside_shows(harness: Harness, no_wall, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Actor, "is_above", lambda *_: True)
    with expecting(harness, "of somebody else"):
        who = harness.world.people["operator at B"]
        own = next(t for t in harness.world.of_kind("institution") if t.node.name == "HA2")
        use = next(u for u in USES if u.act == "institution:lock")
        path, form = use.request(harness.world, who, own)
        judge(harness, use, who, own, Answer.DONE, harness.ask(who, path, form))


def test_a_permission_too_many_shows(harness: Harness, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Actor, "may", lambda *_: True)
    with expecting(harness, "expected “forbidden”"):
        ask_all(harness, "auditor at A", "institutions.index_view")


def test_a_get_that_writes_shows(harness: Harness, monkeypatch: pytest.MonkeyPatch):
    summary = admin_views.home.home.summary

    def write(actor: Actor):
        mine = update(Administrator).where(Administrator.id == actor.administrator_id)
        db.session.execute(mine.values(full_name="changed"))
        db.session.commit()
        return summary(actor)

    monkeypatch.setattr(admin_views.home.home, "summary", write)
    with expecting(harness, "it changed ~administrators"):
        ask_all(harness, "operator at A", "admin.index")


def test_an_act_without_a_trace_shows(harness: Harness, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services.audit, "record", lambda *_, **__: None)
    with expecting(harness, "no entry in the trail"):
        ask_all(harness, "operator at HA1", "certificates.print_pdf")


def test_a_number_in_clear_without_a_trace_shows(harness: Harness, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("admin_views.certificates.certificates.reveal", lambda *_, **__: None)
    with expecting(harness, "id_number is shown in clear"):
        ask_all(harness, "operator at HA1", "certificates.edit_view")


def test_a_number_in_the_trail_shows(harness: Harness, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services.audit, "describe", lambda row: getattr(row, "id_number", ""))
    with expecting(harness, "the trail holds"):
        ask_all(harness, "operator at HA1", "certificates.print_pdf")


def test_an_answer_that_tells_foreign_from_absent_shows(harness: Harness):
    who = harness.world.people["operator at A"]
    one, other = (harness.ask(who, path) for path in ("/admin/", "/admin/institutions/"))
    assert one.same_as(harness.ask(who, "/admin/"), 1, 2)
    assert not one.same_as(other, 1, 2)


def test_the_world_has_what_the_harness_needs(harness: Harness):
    world = harness.world
    assert {thing.kind for thing in world.things} >= {use.kind for use in USES if use.kind}
    assert {thing.state for thing in world.of_kind("roster")} == {
        *("draft", "printed", "submitted", "filed", "returned", "voided")
    }
    assert {thing.state for thing in world.of_kind("certificate")} == {
        *("completed", "submitted", "filed", "deleted")
    }
    with services.scope.unscoped(services.scope.Reason.MAINTENANCE):
        names = db.session.scalars(select(Institution.name)).all()
    assert all(world.canaries.found_in(name) for name in names)
    assert len(CertificateType) == 2


def test_canaries_are_found_wherever_they_stand():
    canaries = Canaries()
    first, second = (canaries.of(node)(NAME, "某医院") for node in ("A", "B"))
    number = canaries.of("B").keep("13900000001", "phone")
    assert {c.node for c in canaries.found_in(f"xCN{first}CN")} == {"A"}
    assert {c.node for c in canaries.found_in((first + second).lower())} == {"A", "B"}
    assert {c.field for c in canaries.found_in(f"8613900000001x{number}")} == {"phone"}
    assert not canaries.found_in("CN 某医院 CNZZZZZZZ")


def test_the_oracle_knows_the_tree():
    top = Node("top", "bureau", None)
    left, right = Node("left", "bureau", top), Node("right", "bureau", top)
    hospital = Node("hospital", "healthcare", left)
    branch = Node("branch", "healthcare", hospital)
    assert branch.bureau() == left
    assert branch.is_within(top)
    assert not branch.is_within(right)
    record = Thing("institution", 1, hospital)
    answers = {
        node.name: may(Who("x", node), "institution:lock", record)
        for node in (top, left, right, hospital)
    }
    assert answers == {
        "top": Answer.DONE,
        "left": Answer.DONE,
        "right": Answer.ABSENT,
        "hospital": Answer.FORBIDDEN,
    }

"""Pages, sorts, filters and keywords typed by hand: a clear answer, and nobody else's rows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from admin_views.grid_list import SEALED
from extensions import db
from models import Institution
from services.scope import Reason, unscoped
from tests.factories.institutions import make_institution
from tests.harness.canaries import NAME
from tests.harness.checks import NOTES, no_leak
from tests.harness.forms import new_certificate
from tests.harness.oracle import Answer, may
from tests.harness.registry import USES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.harness.oracle import Who
    from tests.harness.runner import Harness, Result

#: Those who may look at some lists, and do nothing.
WATCHERS: Final = (
    "auditor at A",
    "system administrator",
    "security administrator",
    "audit administrator",
)
NUMBERS: Final = ("-1", "0", "1.5", "abc", "", "99999999", str(2**63), "9" * 400, "\u0663")
TEXTS: Final = (
    *("%", "_", "%%", "\\", "\\%", "'", '"', "' OR 1=1 --", "CN%", "CN_", "*", "{{7*7}}", "<b>"),
    *("%" * 300, "a" * 3000, " ", "\u3000", "\u202e", "\u200b", "\x01", "\x7f", "\ud7ff"),
    *("\U0001f600", "\ufffe", "a\nb", "\t", "NULL", "None"),
)
#: What is typed into a filter.
FILTERS: Final = (*("-1", "abc", str(2**63), "\u0663", "\u00b2", "\u2460", "'", "%", "a" * 500),)
#: Arguments of Flask-Admin's own that no screen uses.
FOREIGN: Final = (
    {"flt0_0": "x"},
    {"flt1_owner_path": "0001"},
    {"flt99999999999999999999_1": "x"},
    {"institution_id": "1", "owner_path": "", "deleted_at": "1"},
    {"export_type": "csv", "return_url": "//evil.example"},
)
#: Other pages that read arguments: address and argument.
PAGES: Final = (
    ("/admin/institutions/ajax/lookup/", "query"),
    ("/admin/institutions/ajax/lookup/", "kind"),
    ("/admin/institutions/names/", "query"),
    ("/admin/institutions/tree/", "above"),
    ("/admin/institutions/tree/", "after"),
    ("/admin/institutions/details/?id={lower}", "tab"),
    ("/admin/my-institution/", "tab"),
    ("/admin/rosters/new/", "year"),
    ("/admin/certificates/export/xlsx/", "search"),
    ("/admin/institutions/export/xlsx/", "category"),
    ("/verify", "code"),
    ("/login", "next"),
)


def test_a_grid_takes_any_argument(harness: Harness):
    people = harness.world.people
    clerk, officer = people["operator at HA"], people["operator at A"]
    watchers = [people[name] for name in WATCHERS]
    numbers = {name: itertools.cycle(NUMBERS) for name in ("page", "page_size", "sort")}
    texts = itertools.cycle(TEXTS)
    for view in _views(harness):
        use = next(use for use in USES if use.endpoint == f"{view.endpoint}.index_view")
        first = clerk if may(clerk, use.act) is Answer.DONE else officer
        # Whoever else may see it sees less in it, and may ask for as much.
        others = [who for who in watchers if may(who, use.act) is Answer.DONE]
        for who in (first, *others):
            alone = _absurd(view, numbers, texts) if who is first else []
            at_once = _at_once(view)
            for arguments in (*alone, *(at_once if who is first else at_once[::3])):
                result = harness.ask(who, f"{use.path}?{urlencode(arguments)}")
                _unharmed(harness, who, result, use.shows | {"above"})


def test_what_was_typed_and_not_picked_is_looked_for_by_all(harness: Harness):
    """A name in a look-up filter needs no more rights than the list itself."""
    people = harness.world.people
    for who in (people[name] for name in (*WATCHERS, "operator at A")):
        for view in _views(harness):
            use = next(use for use in USES if use.endpoint == f"{view.endpoint}.index_view")
            if may(who, use.act) is not Answer.DONE:
                continue
            for choice in view.filters:
                if choice.kind in {"lookup", "place"}:
                    typed = {choice.names[-1]: "没有这家机构"}
                    result = harness.ask(who, f"{use.path}?{urlencode(typed)}")
                    if result.status != 200:
                        harness.fail(result, "a typed name was not looked for")


def _absurd(
    view: Any, numbers: Mapping[str, Iterator[str]], texts: Iterator[str]
) -> list[dict[str, str]]:
    """Return each argument by itself with some of what is typed into it, and all filters at once.

    What all grids share is read in one place, so the values are tried on one grid after the other.
    """
    found = [{name: next(values)} for name, values in numbers.items()]
    found += [{"search": text} for text in itertools.islice(texts, len(TEXTS) // 3)]
    columns = [name for name, _label in view._list_columns]
    sortable = [at for at, name in enumerate(columns) if name in view._sortable_columns]
    found += [{"sort": str(at), "desc": "1"} for at in (*sortable, len(columns))]
    # One that lists nothing would hide what the others show.
    names = [name for choice in view.filters for name in choice.names]
    values = itertools.cycle(FILTERS)
    found += [{name: next(values)} for name in names]
    return [*found, *FOREIGN]


def _at_once(view: Any) -> list[dict[str, str]]:
    """Return what asks for everything absurd in few requests."""
    names = [name for choice in view.filters for name in choice.names]
    found = [dict.fromkeys(names, value) for value in FILTERS if names]
    found += [
        {"page": number, "page_size": number, "sort": number, "desc": number} for number in NUMBERS
    ]
    found += [{name: value} for name in ("search", SEALED) for value in TEXTS[:4]]
    return found


def _views(harness: Harness) -> list[Any]:
    return [v for v in harness.app.extensions["admin"][0]._views if hasattr(v, "filters")]


def test_a_page_takes_any_argument(harness: Harness):
    world = harness.world
    who = world.people["operator at HA"]
    values = itertools.cycle((*NUMBERS, *TEXTS[:-4]))
    for address, name in PAGES:
        page = address.replace("{lower}", str(world.keys["SA"]))
        for value in itertools.islice(values, 16):
            joint = "&" if "?" in page else "?"
            result = harness.ask(who, f"{page}{joint}{urlencode({name: value})}")
            _unharmed(harness, who, result, frozenset({"every name"}))


def test_any_code_can_be_asked_for(harness: Harness):
    stranger = harness.world.people["stranger"]
    for typed in (*NUMBERS, *TEXTS, "18A-0000-0000-0000-0-01", "HMC-18A-0000-0000-0000-0"):
        result = harness.ask(stranger, f"/verify?{urlencode({'code': typed})}")
        _unharmed(harness, stranger, result, frozenset())
        if result.location:
            _unharmed(harness, stranger, harness.ask(stranger, result.location), frozenset())


def _unharmed(harness: Harness, who: Who, result: Result, shows: frozenset[str]) -> None:
    if result.status not in {200, 302, 400, 404, 414}:
        harness.fail(result, "no clear answer")
    changed = [c for c in result.changes if c.table not in NOTES]
    if changed:
        harness.fail(result, f"a GET changed {changed[0]}")
    no_leak(harness, who, result, shows)


CROWD: Final = 25
MOST_SHOWN: Final = 20
#: Arguments that would widen a picker which believed them.
MORE: Final = ("limit=100000", "limit=-1", "page_size=500", "offset=20", "page=2", "institution=1")


@pytest.fixture
def crowd(harness: Harness) -> Harness:
    """The world with more institutions on both sides than a picker shows."""
    for node in ("A1", "B1"):
        with unscoped(Reason.MAINTENANCE):
            above = db.session.scalars(
                select(Institution).where(Institution.id == harness.world.keys[node])
            ).one()
        for _ in range(CROWD):
            make_institution(above, name=harness.world.canaries.of(node)(NAME, "测试单位"))
    db.session.commit()
    db.session.remove()
    harness.take_baseline()
    return harness


def test_a_picker_shows_twenty_at_the_most(crowd: Harness):
    fullest = 0
    pickers = (("ajax/lookup/", frozenset()), ("names/", frozenset({"every name"})))
    for node, query, more in itertools.product(
        ("A1", "B1", "HA1"), ("", "测试", "cn", "%"), ("", *MORE)
    ):
        who = crowd.world.people[f"operator at {node}"]
        for route, shows in pickers:
            path = f"/admin/institutions/{route}?{urlencode({'query': query})}&{more}"
            result = crowd.ask(who, path)
            no_leak(crowd, who, result, shows)
            shown = result.body.count("CN") if result.status == 200 else 0
            fullest = max(fullest, shown)
            if shown > MOST_SHOWN:
                crowd.fail(result, f"{shown} choices")
    assert fullest == MOST_SHOWN
    # Nobody leafs through the library.
    for query in ("", " ", "\u3000"):
        result = crowd.ask(who, f"/admin/institutions/names/?{urlencode({'query': query})}")
        assert (result.status, result.body.strip()) == (200, "[]")


def test_a_place_named_by_key_is_what_its_name_says(harness: Harness):
    """A key that was posted by hand neither shows a foreign name nor puts one into the record."""
    world = harness.world
    who = world.people["operator at HA1"]
    for thing in world.of_kind("institution"):
        form = {**new_certificate(world, who, None), "periods-0-place_id": str(thing.key)}
        result = harness.ask(who, "/admin/certificates/new/", form)
        no_leak(harness, who, result, frozenset())
        stored = [c.after for c in result.changes if c.table == "trial_periods"]
        assert [row["place_id"] for row in stored] == [None]
        assert [row["place_name"] for row in stored] == [form["periods-0-place_name"]]

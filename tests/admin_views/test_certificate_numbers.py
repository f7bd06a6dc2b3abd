"""ID number and phone of a person on trial are shown in full on record only."""

from __future__ import annotations

import pytest

from models import RosterState
from services.masking import masked_id_number
from tests.admin_views.screen_cases import (
    auditor,
    city,
    clerk,
    entries,
    other_clerk,
    province,
    tree,
)
from tests.factories.certificates import make_certificate
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.rosters import make_roster

__all__ = ["auditor", "city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/certificates/"


@pytest.fixture(autouse=True)
def cycle(tree):
    complete(tree.hospital)
    return make_exam_cycle()


def edit(row):
    return f"{GRID}edit/?id={row.id}"


def test_who_only_looks_sees_masked_numbers(city, clerk):
    row = make_certificate(clerk.actor)
    page = city.get(edit(row)).text
    for number in (row.id_number, row.phone, row.born_on.isoformat()):
        assert number not in page
    assert masked_id_number(row.id_number) in page
    # Marks of the values themselves would let the hidden digits be tried out.
    assert clerk.fields(edit(row))["loaded"] != city.fields(edit(row))["loaded"]
    assert {one.actor_id for one in entries("certificate:reveal")} == {clerk.account.id}


def test_it_is_shown_once_at_a_button_and_on_record(city, clerk, auditor):
    row = make_certificate(clerk.actor)
    address = f"{GRID}{row.id}/reveal/"
    assert f'formaction="{address}"' in city.get(edit(row)).text
    page = city.post(address)
    assert page.status_code == 200
    assert row.id_number in page.text
    assert row.phone in page.text
    assert page.headers["Cache-Control"] == "no-store"
    (entry,) = entries("certificate:reveal")
    assert (entry.object_id, entry.actor_id) == (row.id, city.account.id)
    assert row.id_number not in city.get(edit(row)).text
    assert city.get(address).status_code == 405
    assert auditor.post(address).status_code == 403


def test_others_reveal_nothing(clerk, other_clerk):
    row = make_certificate(clerk.actor)
    assert other_clerk.post(f"{GRID}{row.id}/reveal/").status_code == 404
    assert entries("certificate:reveal") == []


def test_opening_the_form_to_change_it_is_on_record_and_errors_are_not(clerk):
    row = make_certificate(clerk.actor)
    fields = clerk.fields(edit(row))
    assert fields["id_number"] == row.id_number
    assert len(entries("certificate:reveal")) == 1
    assert clerk.post(edit(row), **{**fields, "name": ""}).status_code == 422
    assert len(entries("certificate:reveal")) == 1


def test_a_form_that_leaves_numbers_out_gets_them_on_record_only(clerk):
    row = make_certificate(clerk.actor)
    assert clerk.post(edit(row), name="", version=row.version).status_code == 422
    assert len(entries("certificate:reveal")) == 1


def test_what_was_handed_in_is_masked_in_every_answer(clerk):
    row = make_certificate(clerk.actor)
    fields = clerk.fields(edit(row))
    make_roster(clerk.actor, [row], state=RosterState.SUBMITTED)
    stale = {name: fields[name] for name in ("version", "loaded")}
    for more in ({}, stale, {"version": "1", "id_number": "x", "phone": "y"}):
        answer = clerk.post(edit(row), **more)
        assert answer.status_code in {409, 422}
        assert row.id_number not in answer.text
        assert row.phone not in answer.text
    assert len(entries("certificate:reveal")) == 1


def test_the_form_that_was_revealed_can_be_saved(clerk):
    row = make_certificate(clerk.actor)
    page = clerk.post(f"{GRID}{row.id}/reveal/").text
    assert f' action="{edit(row)}"' in page


def test_what_others_saved_meanwhile_is_shown_on_record(clerk):
    row = make_certificate(clerk.actor)
    fields = clerk.fields(edit(row))
    clerk.submit(edit(row), phone="13900139000")
    before = len(entries("certificate:reveal"))
    answer = clerk.post(edit(row), **{**fields, "phone": "13900139001"})
    assert answer.status_code == 409
    assert "13900139000" in answer.text
    assert len(entries("certificate:reveal")) == before + 1

"""``verify-audit`` finds whatever was done to the chain, and says where."""

from __future__ import annotations

import pytest

from extensions import db
from services.trail import anchors, checking
from services.trail.checking import Fault, Finding
from services.trail.pending import End
from tests.services.trail.trail_cases import findings, store, stored, tamper

NAMES = [f"第{number}件" for number in range(1, 7)]
COPIED = (
    "at, tag, result, actor_name, actor_path, institution_name, owner_path, object_type,"
    " object_label, changes, address, request_id"
)


@pytest.fixture
def chain(app):
    """Six entries, each anchored."""
    store(*NAMES, owner_path="0001000200030004", changes=[{"label": "a", "old": "", "new": "b"}])


def places(found):
    return [(one.fault, one.first, one.last) for one in found]


def test_a_whole_chain_is_found_whole(chain):
    *found, end = checking.check()
    assert found == []
    assert end == End(6, stored()[-1].mac)
    assert [entry.sequence for entry in stored()] == [1, 2, 3, 4, 5, 6]


def test_an_empty_chain_is_whole(app):
    assert list(checking.check()) == [End(0, "0" * 64)]


@pytest.mark.parametrize(
    "column",
    [
        *("actor_name = 'x'", "object_label = 'x'", "address = '10.0.0.1'", "result = 'failed'"),
        *("owner_path = '0001'", "branch_3 = NULL", "actor_id = 7", "changes = '[]'"),
        "at = '2001-01-01 00:00:00.000000'",
    ],
)
def test_a_changed_entry_is_named(chain, column):
    tamper(f"UPDATE audit_entries SET {column} WHERE sequence = 3")  # noqa: S608 - of the table above
    (found,) = findings()
    assert places([found]) == [(Fault.ALTERED, 3, 3)]
    assert found.entry == "institution:update"


def test_a_changed_mac_shows_in_itself_and_in_what_follows(chain):
    tamper("UPDATE audit_entries SET mac = 'f' WHERE sequence = 3")
    assert (Fault.ALTERED, 3, 3) in places(findings())
    assert (Fault.ALTERED, 4, 4) in places(findings())


def test_deleted_entries_are_missed(chain):
    tamper("DELETE FROM audit_entries WHERE sequence IN (3, 4)")
    assert places(findings()) == [(Fault.MISSING, 3, 4)]


def test_deleted_entries_that_were_closed_up_are_missed(chain):
    tamper(
        "DELETE FROM audit_entries WHERE sequence = 3",
        "UPDATE audit_entries SET sequence = -sequence WHERE sequence > 3",
        "UPDATE audit_entries SET sequence = -sequence - 1 WHERE sequence < 0",
    )
    assert (Fault.ALTERED, 3, 3) in places(findings())
    assert (Fault.TRUNCATED, 6, 6) in places(findings())


def test_the_beginning_that_is_gone_is_missed(chain):
    tamper("DELETE FROM audit_entries WHERE sequence < 3")
    assert places(findings()) == [(Fault.MISSING, 1, 2)]


@pytest.mark.parametrize(("one", "other"), [(2, 3), (2, 5)])
def test_entries_that_changed_places_are_named(chain, one, other):
    moves = ((one, 99), (other, one), (99, other))
    tamper(
        *(
            f"UPDATE audit_entries SET sequence = {to} WHERE sequence = {at}"  # noqa: S608 - of the table above
            for at, to in moves
        )
    )
    found = places(findings())
    assert (Fault.ALTERED, one, one) in found
    assert (Fault.REORDERED, other, other) in found


def test_a_list_that_was_put_in_another_order_by_its_keys_is_found(chain):
    tamper(
        "UPDATE audit_entries SET id = id + 99 WHERE sequence = 2",
    )
    assert {(fault, first) for fault, first, _ in places(findings())} >= {(Fault.REORDERED, 3)}


def test_an_entry_that_was_put_in_is_named(chain):
    tamper(
        "UPDATE audit_entries SET sequence = -sequence WHERE sequence > 3",
        "UPDATE audit_entries SET sequence = -sequence + 1 WHERE sequence < 0",
        f"INSERT INTO audit_entries (sequence, mac, {COPIED})"  # noqa: S608 - of the table above
        f" SELECT 4, mac, {COPIED} FROM audit_entries WHERE sequence = 3",
    )
    assert (Fault.ALTERED, 4, 4) in places(findings())


def test_an_entry_that_was_added_at_the_end_is_named(chain):
    tamper(
        f"INSERT INTO audit_entries (sequence, mac, {COPIED})"  # noqa: S608 - of the table above
        f" SELECT 7, mac, {COPIED} FROM audit_entries WHERE sequence = 6",
    )
    assert places(findings()) == [(Fault.ALTERED, 7, 7)]


def test_a_chain_that_was_cut_off_is_known_by_its_anchors(chain):
    tamper("DELETE FROM audit_entries WHERE sequence > 4")
    assert places(findings()) == [(Fault.TRUNCATED, 5, 6)]


def test_a_trail_that_was_emptied_is_known_by_its_anchors(chain):
    tamper("DELETE FROM audit_entries")
    assert places(findings()) == [(Fault.TRUNCATED, 1, 6)]


def test_a_chain_that_was_written_anew_with_the_key_is_known_by_its_anchors(chain):
    tamper("DELETE FROM audit_entries WHERE sequence > 4")
    store("别的事", "另一件")
    assert places(findings()) == [(Fault.REWRITTEN, 5, 5), (Fault.REWRITTEN, 6, 6)]


def test_what_cannot_be_read_is_a_finding_and_no_crash(chain):
    if db.engine.dialect.name != "sqlite":
        return  # PostgreSQL takes nothing into a column that its type cannot be read from.
    tamper("UPDATE audit_entries SET changes = '[' WHERE sequence = 3")
    assert [one.fault for one in findings()][:1] == [Fault.UNREADABLE]


def test_a_finding_in_words():
    assert Finding(Fault.MISSING, 1, 2).entry == ""


def test_anchors_that_are_no_anchors_are_passed_over(chain):
    (path,) = anchors.extent()
    path.write_text(path.read_text() + "\n1 \nx y z\n")
    assert findings() == []

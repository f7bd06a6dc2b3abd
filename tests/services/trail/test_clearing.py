"""Old entries go, young ones stay, and the chain goes on from where it was cleared."""

from __future__ import annotations

import datetime as dt

import pytest

from extensions import db
from models import utc_now
from services.trail import clearing
from services.trail.checking import Fault
from services.trail.clearing import Cleared, clear
from tests.factories.institutions import make_bureau
from tests.factories.trail import hold_entry
from tests.services.trail.trail_cases import findings, stored, tamper


@pytest.fixture
def kept(app):
    """Entries of 5, 4, 3, 2 and 1 years ago and of today, and the root to which they belong."""
    make_bureau()
    for years in (5, 4, 3, 2, 1, 0):
        hold_entry(object_label=f"{years}", at=utc_now() - dt.timedelta(days=366 * years))
        db.session.commit()


def clear_all(days):
    found = clear(days)
    db.session.commit()
    return found


def names():
    return [entry.object_label or entry.tag for entry in stored()]


def test_what_is_too_old_goes_and_the_chain_stays_whole(kept):
    macs = [entry.mac for entry in stored()]
    assert clear_all(1095) == Cleared(3, 3)
    assert names() == ["2", "1", "0", "audit:purge"]
    last = stored()[-1]
    assert [change["new"] for change in last.changes] == ["3", macs[2]]
    assert (last.owner_path, last.actor_name) == ("0001", "系统")
    assert findings() == []


def test_it_is_done_once(kept):
    clear_all(1095)
    assert clear_all(1095) == Cleared(0, 0)
    assert names()[-1] == "audit:purge"
    assert len(names()) == 4


def test_it_goes_on_from_clearing_to_clearing(kept):
    clear_all(1095)
    assert clear_all(365).removed == 2
    assert names() == ["0", "audit:purge", "audit:purge"]
    assert findings() == []


def test_a_whole_trail_may_go(app):
    hold_entry(at=utc_now() - dt.timedelta(days=400))
    db.session.commit()
    assert clear_all(365) == Cleared(1, 1)
    assert [entry.sequence for entry in stored()] == [2]
    assert findings() == []


def test_an_old_entry_behind_a_young_one_stays(kept):
    hold_entry(object_label="late", at=utc_now() - dt.timedelta(days=2000))
    db.session.commit()
    clear_all(1095)
    assert names() == ["2", "1", "0", "late", "audit:purge"]


def test_it_is_cleared_in_parts(kept, monkeypatch):
    monkeypatch.setattr(clearing, "MOST_AT_ONCE", 2)
    assert [clear_all(365).removed for _ in range(4)] == [2, 2, 1, 0]
    assert findings() == []


def test_more_than_was_cleared_may_not_be_missing(kept):
    clear_all(1095)
    tamper("DELETE FROM audit_entries WHERE sequence <= 4")
    assert [(one.fault, one.first, one.last) for one in findings()] == [(Fault.MISSING, 4, 4)]


def test_a_clearing_cannot_be_made_up(kept):
    clear_all(1095)
    tamper(
        "DELETE FROM audit_entries WHERE sequence <= 4",
        "UPDATE audit_entries SET changes = "
        """'[{"label": "最后清理的序号", "old": "", "new": "4"},"""
        """ {"label": "该条的校验值", "old": "", "new": "0"}]' WHERE tag = 'audit:purge'""",
    )
    assert Fault.ALTERED in {one.fault for one in findings()}


def test_less_than_a_year_is_refused(app):
    with pytest.raises(ValueError, match="365"):
        clear(364)

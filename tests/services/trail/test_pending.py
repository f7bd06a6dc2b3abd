"""Entries wait for the commit, share the fate of their act, and form one chain without gaps."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import AuditEntry, Counter, Institution
from models.audit_entry import GENESIS, sealed_text
from models.encryption import keyring
from models.engine import writing
from services import audit
from services.audit import AuditTag
from services.scope import Reason, unscoped
from services.trail import pending
from services.trail.pending import TrailError
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau
from tests.factories.trail import hold_entry, make_entry
from tests.services.trail.trail_cases import break_trail, findings, stored

ACTS = 20
THREADS = 4


def labels():
    return [entry.object_label for entry in stored()]


class TestFate:
    def test_entries_are_written_with_the_commit(self, session):
        hold_entry(object_label="甲")
        session.flush()
        count = "SELECT count(*) FROM audit_entries"
        assert db.session.connection().exec_driver_sql(count).scalar() == 0
        session.commit()
        assert db.session.connection().exec_driver_sql(count).scalar() == 1

    def test_a_rollback_drops_them(self, session):
        hold_entry()
        session.rollback()
        session.commit()
        assert labels() == []

    def test_a_rollback_before_any_statement_drops_them_too(self, app):
        db.session.remove()
        hold_entry()
        db.session.rollback()
        db.session.commit()
        assert labels() == []

    def test_closing_the_session_drops_them(self, session):
        hold_entry()
        session.close()
        session.commit()
        assert labels() == []

    def test_a_savepoint_takes_its_own_along(self, session):
        hold_entry(object_label="甲")
        with session.begin_nested() as savepoint:
            hold_entry(object_label="乙")
            savepoint.rollback()
        with session.begin_nested():
            hold_entry(object_label="丙")
            with session.begin_nested() as inner:
                hold_entry(object_label="丁")
                inner.rollback()
        session.commit()
        assert labels() == ["甲", "丙"]

    def test_a_savepoint_within_one_that_is_undone_goes_with_it(self, session):
        with session.begin_nested() as outer:
            with session.begin_nested():
                hold_entry(object_label="乙")
            outer.rollback()
        hold_entry(object_label="甲")
        session.commit()
        assert labels() == ["甲"]

    def test_a_savepoint_that_fails_by_itself_takes_its_own_along(self, session):
        hold_entry(object_label="甲")
        with pytest.raises(IntegrityError), session.begin_nested():
            fail(session)
        session.commit()
        assert labels() == ["甲"]

    def test_what_was_written_early_in_a_savepoint_waits_again_when_it_is_undone(self, session):
        hold_entry(object_label="甲")
        with session.begin_nested() as savepoint:
            hold_entry(object_label="乙")
            assert labels() == ["甲", "乙"]
            savepoint.rollback()
        session.commit()
        assert labels() == ["甲"]
        assert stored()[0].sequence == 1

    def test_an_act_whose_entry_cannot_be_written_does_not_happen(self, app, session):
        city = make_bureau(name="旧名")
        session.commit()
        break_trail(session)
        with acting(make_actor(city)) as actor:
            city.name = "新名"
            audit.record(actor, AuditTag.INSTITUTION_UPDATE, city)
            with pytest.raises(TrailError) as caught:
                session.commit()
        assert "audit trail" in str(caught.value)
        assert caught.value.__cause__ is None
        session.rollback()
        assert city.name == "旧名"
        assert labels() == []


def fail(session):
    """Record something, and then write what the database refuses."""
    hold_entry(object_label="乙")
    session.add_all([Counter(name="one", value=number) for number in (1, 2)])
    session.flush()


class TestSight:
    """Whoever asks for entries sees those that wait."""

    @pytest.mark.parametrize(
        "statement",
        [
            lambda: select(AuditEntry.object_label),
            lambda: select(func.max(AuditEntry.object_label)),
            lambda: select(func.count()).select_from(AuditEntry),
        ],
    )
    def test_by_any_statement(self, session, statement):
        hold_entry(object_label="甲")
        with unscoped(Reason.MAINTENANCE):
            assert session.scalar(statement()) in {"甲", 1}

    def test_by_an_old_query(self, session):
        hold_entry(object_label="甲")
        with unscoped(Reason.MAINTENANCE):
            assert session.query(AuditEntry).count() == 1

    def test_other_statements_write_nothing(self, session):
        hold_entry(object_label="甲")
        session.scalar(select(Institution.id).limit(1))
        assert session.info["trail"].waiting


class TestChain:
    def test_each_entry_is_sealed_with_the_one_before(self, session):
        for number in range(3):
            hold_entry(
                object_label=f"{number}", changes=[{"label": "名称", "old": "甲", "new": "𬭎"}]
            )
        session.commit()
        previous = GENESIS
        for number, entry in enumerate(stored(), start=1):
            values = {name: getattr(entry, name) for name in columns()}
            assert entry.sequence == number
            assert entry.mac == keyring().mac_of_entry(sealed_text(previous, values))
            previous = entry.mac

    @pytest.mark.parametrize("name", ["id", "mac"])
    def test_two_columns_are_not_sealed(self, session, name):
        entry = make_entry()
        values = {name: getattr(entry, name) for name in columns()}
        assert sealed_text("", values) == sealed_text("", {**values, name: "x"})

    def test_every_other_column_is_sealed(self, session):
        entry = make_entry(actor_id=1, institution_id=2, object_id=3, owner_path="0001" * 4)
        values = {name: getattr(entry, name) for name in columns()}
        assert None not in values.values()
        for name in columns():
            if name not in {"id", "mac"}:
                assert sealed_text("", values) != sealed_text("", {**values, name: "x"}), name

    def test_a_column_that_is_added_later_breaks_no_older_entry(self):
        assert sealed_text("", {"tag": "a:b"}) == sealed_text("", {"tag": "a:b", "later": None})

    def test_the_place_is_kept_level_by_level(self, session):
        entry = make_entry(owner_path="0001000200030004" + "0005")
        assert (entry.branch_2, entry.branch_3, entry.branch_4) == (
            "00010002",
            "000100020003",
            "0001000200030004",
        )
        assert (make_entry(owner_path="00010002").branch_2, entry.branch_2) == ("00010002",) * 2
        assert make_entry(owner_path="00010002").branch_3 is None
        assert make_entry(owner_path="").branch_2 is None

    def test_acts_at_once_follow_one_another_without_gaps(self, committed_app):
        failures = []

        def act(name):
            try:
                with committed_app.app_context(), writing():
                    for number in range(ACTS):
                        hold_entry(object_label=f"{name}-{number}")
                        if number % 5 == 4:
                            db.session.rollback()
                        else:
                            db.session.commit()
            except Exception as error:  # noqa: BLE001 - a thread cannot raise into the test
                failures.append(error)

        threads = [threading.Thread(target=act, args=(name,)) for name in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        with committed_app.app_context():
            count = THREADS * ACTS * 4 // 5
            assert [entry.sequence for entry in stored()] == list(range(1, count + 1))
            assert findings() == []
            db.session.remove()


def columns():
    return [column.key for column in AuditEntry.__table__.columns]


def test_nothing_is_read_or_locked_when_nothing_waits(session):
    session.commit()
    assert "trail" not in session.info
    pending.write_waiting(session())

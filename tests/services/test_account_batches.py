"""批量开户: all accounts or none, one sheet of passwords, once."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from extensions import db
from models import AccountBatch, Administrator, AuthMethod, PasswordHandover, utc_now
from models.engine import writing
from services import account_batches, administrators, password_handover, passwords, scope
from services.account_batches import entries, opening, strips
from services.errors import DomainError, FieldErrors, NotAllowedError, NotFoundError
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.services.account_batch_cases import (
    actor,
    clinics,
    county,
    entry,
    neighbour,
    open_for,
    secrets,
)
from tests.services.institution_cases import entries as audit_entries
from tests.services.institution_cases import wait_until_the_other_waits

__all__ = ["actor", "clinics", "county", "neighbour"]


def errors_of(actor, rows):
    with pytest.raises(FieldErrors) as caught:
        account_batches.check(actor, rows)
    return caught.value.errors


def accounts():
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalar(
            select(func.count())
            .select_from(Administrator)
            .where(Administrator.deleted_at.is_(None), Administrator.must_change_password)
        )


def taken(actor, batch):
    """Take the sheet as the screen does, and return its strips."""
    found = account_batches.strips_of(actor, batch)
    account_batches.take_strips(actor, batch, found)
    return found


class TestOpening:
    def test_one_account_for_each_institution(self, session, actor, clinics):
        batch = open_for(actor, clinics)
        made = account_batches.accounts_of(batch)
        assert [account.institution_id for account in made] == [row.id for row in clinics]
        assert [account.username for account in made] == [
            f"hb{row.unit_number}01" for row in clinics
        ]
        for number, account in enumerate(made):
            assert account.password_hash == f"hash-{number}"
            assert account.must_change_password
            assert account.auth_method is AuthMethod.PASSWORD_SMS
            assert account.initial_password_until > utc_now() + dt.timedelta(days=6)
        tags = [audit_entries(session, tag) for tag in (opening.AuditTag.ADMINISTRATOR_CREATE,)]
        assert [entry.object_label for entry in tags[0]] == [one.username for one in made]
        (whole,) = audit_entries(session, opening.AuditTag.ADMINISTRATOR_BATCH)
        assert whole.object_label == "批量开户（3家机构）"
        assert "secret-" not in str([entry.changes for entry in [*tags[0], whole]])

    def test_a_name_that_was_used_is_passed_over(self, actor, clinics):
        make_administrator(
            clinics[1], username=f"hb{clinics[1].unit_number}01", deleted_at=utc_now()
        )
        made = account_batches.accounts_of(open_for(actor, clinics))
        assert [one.username[-2:] for one in made] == ["01", "02", "01"]

    def test_a_name_taken_at_the_same_moment_undoes_all(self, actor, clinics, monkeypatch):
        taken_name = f"hb{clinics[2].unit_number}01"
        monkeypatch.setattr(
            administrators,
            "propose_usernames",
            lambda rows: [f"hb{row.unit_number}01" for row in rows],
        )
        make_administrator(clinics[2], username=taken_name, deleted_at=utc_now())
        with pytest.raises(DomainError, match=opening.NAME_TAKEN):
            open_for(actor, clinics)
        assert accounts() == 0

    def test_the_same_form_makes_one_batch(self, actor, clinics):
        first = open_for(actor, clinics, form_key="0123456789abcdef")
        assert open_for(actor, clinics, form_key="0123456789abcdef") is first
        assert accounts() == 3
        with pytest.raises(DomainError, match="已经保存过"):
            open_for(actor, clinics, form_key="0123456789abcdef", full_name="王五")

    def test_a_colleagues_form_is_not_ones_own(self, actor, clinics, county):
        open_for(actor, clinics, form_key="0123456789abcdef")
        with acting(make_actor(county)) as colleague, pytest.raises(DomainError, match="失效"):
            open_for(colleague, clinics, form_key="0123456789abcdef")

    def test_an_auditor_may_not(self, clinics, county):
        with acting(make_actor(county, role="auditor")) as auditor:
            for act in (
                lambda: open_for(auditor, clinics),
                lambda: account_batches.check(auditor, [entry(clinics[0])]),
                lambda: account_batches.recent(auditor),
                lambda: account_batches.find_own(auditor, 1),
                lambda: account_batches.read_entries(auditor, b""),
            ):
                with pytest.raises(NotAllowedError):
                    act()

    def test_drawn_secrets_are_passwords_of_their_hashes(self, app):
        first, second = account_batches.draw_secrets(2)
        assert passwords.verify_password(first.password_hash, first.password)
        assert first.password != second.password
        # The hash is no cheaper than another: its speed would tell which accounts are fresh.
        assert not passwords.needs_rehash(first.password_hash)
        assert first.password not in repr(first)


class TestChecking:
    def test_all_that_is_wrong_is_said_at_its_row(self, actor, clinics, neighbour):
        make_administrator(clinics[0])
        rows = [
            entry(clinics[0]),
            entry(clinics[1], full_name="", phone="123", email="x@"),
            entry(neighbour, phone="1"),
            replace(entry(clinics[2]), institution_id="x"),
            replace(entry(clinics[2]), institution_id=""),
        ]
        found = errors_of(actor, rows)
        assert found.keys() == {
            "rows-0-institution_id",
            "rows-1-full_name",
            "rows-1-phone",
            "rows-1-email",
            "rows-2-institution_id",
            "rows-2-phone",
            "rows-3-institution_id",
            "rows-4-institution_id",
        }
        assert found["rows-0-institution_id"] == entries.HAS_ACCOUNT
        assert found["rows-2-institution_id"] == entries.NO_SUCH_INSTITUTION
        assert found["rows-3-institution_id"] == entries.NO_SUCH_INSTITUTION
        assert found["rows-4-institution_id"] == entries.UNCHOSEN

    def test_one_wrong_row_holds_all_back(self, actor, clinics):
        rows = [entry(clinics[0]), entry(clinics[1], full_name="")]
        with pytest.raises(FieldErrors):
            account_batches.open_accounts(actor, rows, secrets(2), None)
        assert accounts() == 0

    def test_an_institution_stands_once(self, actor, clinics):
        found = errors_of(actor, [entry(clinics[0]), entry(clinics[1]), entry(clinics[0])])
        assert set(found) == {"rows-0-institution_id", "rows-2-institution_id"}
        assert set(found.values()) == {entries.TWICE}

    def test_a_disabled_account_is_one_and_a_deleted_one_is_none(self, actor, clinics):
        make_administrator(clinics[0], is_enabled=False)
        make_administrator(clinics[1], deleted_at=utc_now())
        assert account_batches.without_account(clinics) == clinics[1:]
        assert list(errors_of(actor, [entry(row) for row in clinics])) == ["rows-0-institution_id"]

    def test_how_many_at_once(self, actor, clinics):
        with pytest.raises(DomainError, match="至少填写一家"):
            account_batches.check(actor, [])
        with pytest.raises(DomainError, match="一次最多为200家机构开户，现有201家"):
            account_batches.check(actor, [entry(clinics[0])] * 201)

    def test_the_number_of_statements_does_not_grow(self, actor, county, clinics, monkeypatch):
        def statements(institutions):
            seen = []
            connection = db.session.connection()
            note = lambda *args: seen.append(args[2])  # noqa: E731 - a listener
            db.event.listen(connection, "before_cursor_execute", note)
            open_for(actor, institutions)
            db.event.remove(connection, "before_cursor_execute", note)
            return len([one for one in seen if one.startswith("SELECT")])

        few = statements(clinics)
        more = [make_institution(county) for _ in range(12)]
        assert statements(more) <= few + 1


class TestTheSheet:
    def test_it_is_taken_once(self, session, actor, clinics):
        batch = open_for(actor, clinics)
        assert account_batches.waits_for_sheet(actor, batch)
        assert [strip.password for strip in taken(actor, batch)] == [
            "secret-0",
            "secret-1",
            "secret-2",
        ]
        assert not account_batches.waits_for_sheet(actor, batch)
        with pytest.raises(DomainError, match=strips.TAKEN):
            account_batches.strips_of(actor, batch)
        assert session.scalar(select(func.count()).select_from(PasswordHandover)) == 0
        (told,) = audit_entries(session, strips.AuditTag.ADMINISTRATOR_SHEET)
        assert told.object_id == batch.id
        assert "secret" not in str(told.changes)

    def test_drawing_it_alone_loses_nothing(self, actor, clinics):
        batch = open_for(actor, clinics)
        first = account_batches.strips_of(actor, batch)
        assert account_batches.strips_of(actor, batch) == first
        assert "secret" not in repr(first)

    def test_of_two_who_have_drawn_it_one_gets_it(self, actor, clinics):
        batch = open_for(actor, clinics)
        first, second = (account_batches.strips_of(actor, batch) for _ in range(2))
        account_batches.take_strips(actor, batch, first)
        with pytest.raises(DomainError, match=strips.TAKEN):
            account_batches.take_strips(actor, batch, second)

    def test_a_password_that_was_reset_while_it_was_drawn_is_not_handed_out(self, actor, clinics):
        batch = open_for(actor, clinics)
        drawn = account_batches.strips_of(actor, batch)
        administrators.reset_password(actor, account_batches.accounts_of(batch)[0])
        with pytest.raises(DomainError, match=strips.TAKEN):
            account_batches.take_strips(actor, batch, drawn)

    def test_it_waits_half_an_hour(self, session, actor, clinics):
        batch = open_for(actor, clinics)
        found = account_batches.strips_of(actor, batch)
        until = session.scalar(select(func.max(PasswordHandover.expires_at)))
        until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
        left = until - utc_now()
        assert dt.timedelta(minutes=29) < left <= dt.timedelta(minutes=30)
        session.execute(update(PasswordHandover).values(expires_at=utc_now()))
        assert not account_batches.waits_for_sheet(actor, batch)
        with pytest.raises(DomainError, match="30分钟内下载，现已失效"):
            account_batches.strips_of(actor, batch)
        with pytest.raises(DomainError):
            account_batches.take_strips(actor, batch, found)

    def test_the_passwords_lie_encrypted(self, session, actor, clinics):
        open_for(actor, clinics)
        stored = session.connection().exec_driver_sql("SELECT password FROM password_handovers")
        for (text,) in stored.all():
            assert "secret" not in text

    def test_what_is_void_has_no_strip(self, actor, clinics):
        batch = open_for(actor, clinics)
        reset, deleted, left = account_batches.accounts_of(batch)
        administrators.reset_password(actor, reset)
        password_handover.collect(actor, reset)
        administrators.delete(actor, deleted)
        assert [strip.administrator_id for strip in taken(actor, batch)] == [left.id]

    def test_it_is_its_makers_alone(self, actor, clinics, county):
        batch = open_for(actor, clinics)
        with acting(make_actor(county)) as colleague:
            with pytest.raises(NotFoundError):
                account_batches.find_own(colleague, batch.id)
            assert account_batches.recent(colleague) == []
            with pytest.raises(DomainError):
                account_batches.strips_of(colleague, batch)
        assert account_batches.recent(actor) == [batch]


class TestRenewing:
    def test_new_passwords_for_those_not_used_yet(self, session, actor, clinics):
        batch = open_for(actor, clinics)
        old = taken(actor, batch)
        used, disabled, left = account_batches.accounts_of(batch)
        used.last_signed_in_at = utc_now()
        disabled.is_enabled = False
        session.flush()
        assert account_batches.renewable(batch) == [left]
        fresh = [opening.Secret("another", "another-hash")]
        account_batches.renew(actor, batch.id, fresh)
        assert left.password_hash == "another-hash"
        assert used.password_hash == "hash-0"
        assert [strip.password for strip in taken(actor, batch)] == ["another"]
        assert len(old) == 3
        (told,) = audit_entries(session, opening.AuditTag.ADMINISTRATOR_RESET)
        assert (told.object_id, "another" in str(told.changes)) == (left.id, False)

    def test_when_there_is_none(self, session, actor, clinics):
        batch = open_for(actor, clinics)
        session.execute(
            update(Administrator).values(last_signed_in_at=utc_now()),
            execution_options={"synchronize_session": False},
        )
        with pytest.raises(DomainError, match="逐个重置"):
            account_batches.renew(actor, batch.id, [])

    def test_when_one_was_used_meanwhile(self, session, actor, clinics):
        batch = open_for(actor, clinics)
        account_batches.accounts_of(batch)[0].last_signed_in_at = utc_now()
        session.flush()
        with pytest.raises(DomainError, match="刷新后重试"):
            account_batches.renew(actor, batch.id, secrets(3))

    def test_somebody_elses(self, actor, clinics, county):
        batch = open_for(actor, clinics)
        with acting(make_actor(county)) as colleague, pytest.raises(NotFoundError):
            account_batches.renew(colleague, batch.id, secrets(3))


def test_two_batches_at_once_open_one_account_each(committed_app):
    with committed_app.app_context(), writing():
        county = make_bureau()
        clinics = [make_institution(county) for _ in range(3)]
        officers = [make_actor(county) for _ in range(2)]
        rows = [entry(clinic) for clinic in clinics]
        db.session.commit()
    done, wrong = threading.Event(), []

    def lead():
        try:
            with committed_app.app_context(), writing():
                scope.bind(officers[0])
                account_batches.open_accounts(officers[0], rows, secrets(3), None)
                done.set()
                wait_until_the_other_waits()
                db.session.commit()
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the test
            wrong.append(error)
            done.set()

    thread = threading.Thread(target=lead)
    thread.start()
    assert done.wait(timeout=20)
    with committed_app.app_context(), writing():
        scope.bind(officers[1])
        with pytest.raises(FieldErrors) as refused:
            # In another order: they do not wait for each other in a circle.
            account_batches.open_accounts(officers[1], rows[::-1], secrets(3), None)
        db.session.rollback()
    thread.join()
    assert not wrong
    assert set(refused.value.errors.values()) == {entries.HAS_ACCOUNT}
    with committed_app.app_context(), unscoped(Reason.MAINTENANCE):
        assert accounts() == 3
        assert db.session.scalar(select(func.count()).select_from(AccountBatch)) == 1

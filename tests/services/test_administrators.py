"""Accounts: handed out, found, and changed by those above."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import (
    AccountRole,
    Administrator,
    AuditEntry,
    AuthMethod,
    utc_now,
)
from services import administrators, passwords
from services.administrators import USERNAME_TAKEN, AdministratorInput, accounts
from services.errors import (
    NotAllowedError,
    StaleVersionError,
)
from services.scope import find
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.services.administrator_cases import (
    PHONE,
    account,
    actor,
    city,
    errors_of,
    form,
    hospital,
    last_entry,
    neighbour,
    new_form,
    province,
    sign_in,
)

__all__ = ["account", "actor", "city", "hospital", "neighbour", "province"]


class TestCreating:
    def test_the_password_is_told_once_and_dies_after_seven_days(self, session, hospital, actor):
        made = administrators.create(actor, new_form(hospital))
        password = administrators.collect_password(actor, made)
        assert passwords.verify_password(made.password_hash, password)
        assert made.must_change_password
        assert made.is_enabled
        left = made.initial_password_until - utc_now()
        assert dt.timedelta(days=6, hours=23) < left <= dt.timedelta(days=7)
        assert made.owner_path == hospital.path
        assert password not in str(last_entry(session).changes)

    def test_user_names_are_proposed_by_unit_and_serial(self, hospital, actor):
        names = [administrators.create(actor, new_form(hospital)).username for _ in range(3)]
        assert names == ["hb3017401", "hb3017402", "hb3017403"]

    def test_a_deleted_accounts_name_is_not_proposed_again(self, hospital, actor):
        made = administrators.create(actor, new_form(hospital))
        administrators.delete(actor, made)
        assert administrators.propose_username(hospital) == "hb3017402"

    def test_when_all_serials_are_used_a_name_must_be_typed(self, hospital, city):
        for serial in range(1, 100):
            make_administrator(hospital, username=f"HB30174{serial:02d}")
        with acting(make_actor(city)) as actor:
            assert set(errors_of(lambda: administrators.create(actor, new_form(hospital)))) == {
                "username"
            }
            made = administrators.create(actor, new_form(hospital, username="zhang_san"))
        assert made.username == "zhang_san"

    def test_a_name_taken_at_the_same_moment_is_proposed_anew(self, hospital, actor, monkeypatch):
        """The first two proposals are what another transaction has just used."""
        taken = administrators.create(actor, new_form(hospital))
        proposals = iter([taken.username, taken.username, taken.username, "hb3017477"])
        monkeypatch.setattr(accounts, "propose_username", lambda _: next(proposals))
        made = administrators.create(actor, new_form(hospital))
        assert made.username == "hb3017477"

    def test_the_database_decides_about_a_typed_name(self, hospital, neighbour, actor, monkeypatch):
        other = make_administrator(neighbour)
        monkeypatch.setattr(accounts, "require_username", lambda _: None)
        errors = errors_of(
            lambda: administrators.create(actor, new_form(hospital, username=other.username))
        )
        assert errors == {"username": USERNAME_TAKEN}

    @pytest.mark.parametrize("place", ["hospital", "neighbour"])
    @pytest.mark.parametrize("deleted", [True, False])
    def test_a_name_is_given_once_in_any_spelling(self, request, hospital, city, place, deleted):
        make_administrator(
            request.getfixturevalue(place),
            username="Zhang_San",
            deleted_at=utc_now() if deleted else None,
        )
        with acting(make_actor(city)) as actor:
            errors = errors_of(
                lambda: administrators.create(actor, new_form(hospital, username=" zHANG_sAN "))
            )
        assert errors == {"username": USERNAME_TAKEN}

    @pytest.mark.parametrize(
        "username",
        ["abc", "1abcd", "ab cd", "a" * 33, "张三三三", "ａｂｃｄｅ", "abcd\x00", "ab-cd"],
    )
    def test_what_cannot_be_a_user_name(self, hospital, actor, username):
        errors = errors_of(
            lambda: administrators.create(actor, new_form(hospital, username=username))
        )
        assert set(errors) == {"username"}

    def test_all_that_is_wrong_is_said_at_once(self, actor):
        errors = errors_of(
            lambda: administrators.create(
                actor,
                AdministratorInput(
                    institution_id="",
                    full_name="",
                    auth_method=AuthMethod.PASSWORD_SMS,
                    username="1",
                    phone="123",
                    email="nobody",
                ),
            )
        )
        assert set(errors) == {"institution_id", "full_name", "username", "phone", "email"}

    @pytest.mark.parametrize("phone", [None, "", " "])
    def test_whoever_signs_in_first_may_bind_the_phone(self, hospital, actor, phone):
        made = administrators.create(
            actor, new_form(hospital, auth_method=AuthMethod.PASSWORD_SMS, phone=phone)
        )
        assert not made.has_phone

    def test_phone_and_mail_are_normalised(self, hospital, actor):
        made = administrators.create(
            actor, new_form(hospital, phone="+86 138-0013-8000", email=" a@example.com ")
        )
        assert (made.phone, made.email) == (PHONE, "a@example.com")
        assert made.has_phone

    @pytest.mark.parametrize(
        "email",
        ["a@b", "a b@c.de", "@c.de", "a@.de", "张@c.de", "a@c.de\x00", "a@" + "c" * 99 + ".de"],
    )
    def test_what_cannot_be_an_address(self, hospital, actor, email):
        errors = errors_of(lambda: administrators.create(actor, new_form(hospital, email=email)))
        assert set(errors) == {"email"}

    @pytest.mark.parametrize("place", ["province", "neighbour"])
    def test_an_institution_outside_of_the_scope(self, request, actor, place):
        outside = request.getfixturevalue(place)
        errors = errors_of(lambda: administrators.create(actor, new_form(outside)))
        assert set(errors) == {"institution_id"}

    def test_an_auditor_may_not(self, city):
        auditor = make_actor(city, role=AccountRole.AUDITOR)
        with acting(auditor), pytest.raises(NotAllowedError):
            administrators.create(auditor, new_form(city))


class TestChanging:
    @pytest.mark.parametrize("phone", [None, "", " "])
    def test_an_empty_phone_stays_and_an_empty_address_goes(self, session, account, actor, phone):
        administrators.update(actor, account, form(account, email="a@example.com"), 1)
        administrators.update(actor, account, form(account, phone=phone, email=""), 2)
        assert (account.phone, account.email) == (PHONE, None)

    def test_personal_data_do_not_stand_in_the_audit_trail(self, session, account, actor):
        administrators.update(
            actor, account, form(account, phone="13911112222", email="a@example.com"), 1
        )
        entry = last_entry(session)
        words = str(entry.changes)
        assert "13911112222" not in words
        assert PHONE not in words
        assert "example" not in words
        assert {change["label"] for change in entry.changes} == {"手机号", "邮箱"}

    def test_saving_what_is_there_changes_and_records_nothing(self, session, account, actor):
        is_open = sign_in(session, account)
        administrators.update(actor, account, form(account, phone=PHONE), 1)
        assert account.version == 1
        assert is_open()
        assert session.scalars(select(AuditEntry)).all() == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"is_enabled": False},
            {"role": AccountRole.AUDITOR},
            {"auth_method": AuthMethod.PASSWORD},
            {"phone": "13911112222"},
        ],
    )
    def test_what_touches_the_right_to_sign_in_ends_sessions(
        self, session, account, actor, changes
    ):
        is_open = sign_in(session, account)
        administrators.update(actor, account, form(account, **changes), 1)
        assert not is_open()

    def test_a_new_name_does_not(self, session, account, actor):
        is_open = sign_in(session, account)
        administrators.update(actor, account, form(account, full_name="王五"), 1)
        assert is_open()

    @pytest.mark.parametrize("phone", [PHONE, "13911112222"])
    def test_nobody_changes_here_how_they_prove_themselves(self, hospital, phone):
        actor = make_actor(hospital, phone=PHONE, auth_method=AuthMethod.PASSWORD_SMS)
        with acting(actor):
            own = find(Administrator, actor.administrator_id)
            data = form(own, phone=phone, auth_method=AuthMethod.PASSWORD)
            wrong = errors_of(lambda: administrators.update(actor, own, data, 1))
            assert wrong == {"phone": accounts.OWN_PHONE, "auth_method": accounts.OWN_METHOD}
            administrators.update(actor, own, form(own, full_name="王五"), 1)
        assert (own.full_name, own.phone) == ("王五", PHONE)

    def test_institution_and_user_name_stay(self, account, city, actor):
        errors = errors_of(
            lambda: administrators.update(
                actor, account, form(account, institution_id=city.id, username="zhang_san"), 1
            )
        )
        assert set(errors) == {"institution_id", "username"}

    def test_nobody_disables_or_promotes_themselves(self, hospital):
        actor = make_actor(hospital)
        with acting(actor):
            own = find(Administrator, actor.administrator_id)
            errors = errors_of(
                lambda: administrators.update(
                    actor, own, form(own, is_enabled=False, role=AccountRole.AUDITOR), 1
                )
            )
        assert set(errors) == {"is_enabled", "role"}

    def test_sms_with_a_lasting_password_needs_a_phone(self, hospital, actor):
        account = make_administrator(hospital, auth_method=AuthMethod.PASSWORD)
        errors = errors_of(
            lambda: administrators.update(
                actor, account, form(account, auth_method=AuthMethod.PASSWORD_SMS), account.version
            )
        )
        assert set(errors) == {"phone"}

    def test_an_unbound_account_may_bind_by_itself(self, account, actor):
        administrators.unbind(actor, account)
        administrators.update(actor, account, form(account), account.version)
        assert not account.has_phone

    def test_a_stale_form_is_refused(self, account, actor):
        with pytest.raises(StaleVersionError):
            administrators.update(actor, account, form(account), 2)


class TestFinding:
    def search(self, session, keyword):
        return set(
            session.scalars(
                select(Administrator.username).where(administrators.search_condition(keyword))
            )
        )

    def test_by_institution_person_and_user_name(self, session, city, hospital, neighbour):
        one = make_administrator(hospital, username="hb3017401", full_name="赵六")
        make_administrator(neighbour, username="hb3017402", full_name="赵六")
        with acting(make_actor(city, username="someone")):
            assert self.search(session, "第一医院") == {one.username}
            assert self.search(session, "赵") == {one.username}
            assert self.search(session, "HB30174") == {one.username}
            assert self.search(session, "%") == set()

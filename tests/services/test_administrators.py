"""Accounts: handed out, changed, reset, unbound and deleted by those above, never by oneself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from models import (
    AccountRole,
    Administrator,
    AuditEntry,
    AuthMethod,
    SignInSession,
    utc_now,
)
from services import administrators, passwords
from services.administrators import USERNAME_TAKEN, AdministratorInput
from services.errors import (
    DomainError,
    FieldErrors,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from services.scope import Reason, find, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

PHONE = "13800138000"


@pytest.fixture
def province(session):
    return make_bureau()


@pytest.fixture
def city(province):
    return make_bureau(province)


@pytest.fixture
def hospital(city):
    return make_institution(city, name="甲市第一医院", unit_number=30174)


@pytest.fixture
def neighbour(province):
    return make_bureau(province)


@pytest.fixture
def account(hospital):
    return make_administrator(hospital, phone=PHONE, auth_method=AuthMethod.PASSWORD_SMS)


@pytest.fixture
def actor(city):
    with acting(make_actor(city)) as acts:
        yield acts


def new_form(institution, **changes):
    return replace(
        AdministratorInput(
            institution_id=institution.id, full_name="李四", auth_method=AuthMethod.PASSWORD
        ),
        **changes,
    )


def form(account, **changes):
    """The form of an account as it opens, with ``changes`` typed into it."""
    return replace(
        AdministratorInput(
            institution_id=account.institution_id,
            username=account.username,
            full_name=account.full_name,
            auth_method=account.auth_method,
            role=account.role,
            is_enabled=account.is_enabled,
        ),
        **changes,
    )


def errors_of(act):
    with pytest.raises(FieldErrors) as caught:
        act()
    return caught.value.errors


def sign_in(session, account):
    """Give the account an open session and return a question: whether it is still open."""
    with unscoped(Reason.MAINTENANCE):
        row = SignInSession(
            institution=account.institution,
            administrator=account,
            token_hash=f"{account.id:064d}",
            address="192.0.2.1",
            device="test",
        )
        session.add(row)
        session.flush()
        key = row.id

    def is_open():
        with unscoped(Reason.MAINTENANCE):
            return (
                session.scalar(select(SignInSession.ended_at).where(SignInSession.id == key))
                is None
            )

    assert is_open()
    return is_open


def last_entry(session):
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


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
        monkeypatch.setattr(administrators, "propose_username", lambda _: next(proposals))
        made = administrators.create(actor, new_form(hospital))
        assert made.username == "hb3017477"

    def test_the_database_decides_about_a_typed_name(self, hospital, neighbour, actor, monkeypatch):
        other = make_administrator(neighbour)
        monkeypatch.setattr(administrators, "_require_username", lambda _: None)
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
    def test_a_code_by_sms_needs_a_phone(self, hospital, actor, phone):
        errors = errors_of(
            lambda: administrators.create(
                actor, new_form(hospital, auth_method=AuthMethod.PASSWORD_SMS, phone=phone)
            )
        )
        assert set(errors) == {"phone"}

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
    def test_what_the_form_leaves_empty_stays_or_goes(self, session, account, actor):
        administrators.update(actor, account, form(account, full_name="王五"), 1)
        assert (account.full_name, account.phone) == ("王五", PHONE)
        administrators.update(
            actor, account, form(account, auth_method=AuthMethod.PASSWORD, phone=""), 2
        )
        assert account.phone is None
        assert not account.has_phone

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

    def test_the_own_phone_may_be_changed_without_being_thrown_out(self, session, hospital):
        actor = make_actor(hospital)
        with acting(actor):
            own = find(Administrator, actor.administrator_id)
            is_open = sign_in(session, own)
            administrators.update(actor, own, form(own, phone=PHONE), 1)
            assert own.phone == PHONE
            assert is_open()

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

    def test_an_unbound_account_needs_a_phone_again(self, account, actor):
        administrators.unbind_phone(actor, account)
        errors = errors_of(
            lambda: administrators.update(actor, account, form(account), account.version)
        )
        assert set(errors) == {"phone"}

    def test_a_stale_form_is_refused(self, account, actor):
        with pytest.raises(StaleVersionError):
            administrators.update(actor, account, form(account), 2)


class TestResettingUnbindingDeleting:
    def test_a_reset_password_must_be_changed_and_ends_sessions(self, session, account, actor):
        is_open = sign_in(session, account)
        administrators.reset_password(actor, account)
        password = administrators.collect_password(actor, account)
        assert passwords.verify_password(account.password_hash, password)
        assert account.must_change_password
        assert account.initial_password_until > utc_now() + dt.timedelta(days=6)
        assert not is_open()
        entry = last_entry(session)
        assert entry.tag == "administrator:reset_password"
        assert password not in str(entry.changes)
        assert account.password_hash not in str(entry.changes)

    def test_unbinding(self, session, account, actor):
        is_open = sign_in(session, account)
        administrators.unbind_phone(actor, account)
        assert account.phone is None
        assert account.phone_index is None
        assert not is_open()
        with pytest.raises(DomainError, match="未绑定"):
            administrators.unbind_phone(actor, account)

    def test_a_deleted_account_stays_for_the_record_and_out_of_reach(self, session, account, actor):
        is_open = sign_in(session, account)
        administrators.delete(actor, account)
        assert account.deleted_at is not None
        assert not account.is_enabled
        assert not is_open()
        for act in (
            lambda: administrators.delete(actor, account),
            lambda: administrators.reset_password(actor, account),
            lambda: administrators.unbind_phone(actor, account),
            lambda: administrators.update(actor, account, form(account), account.version),
        ):
            with pytest.raises(NotFoundError):
                act()

    def test_nobody_does_it_to_themselves(self, hospital):
        actor = make_actor(hospital, phone=PHONE)
        with acting(actor):
            own = find(Administrator, actor.administrator_id)
            for act in (
                administrators.delete,
                administrators.reset_password,
                administrators.unbind_phone,
            ):
                with pytest.raises(NotAllowedError, match="本人"):
                    act(actor, own)
            assert own.is_enabled

    def test_a_colleague_may_do_it(self, account, hospital):
        with acting(make_actor(hospital)) as colleague:
            administrators.delete(colleague, account)
        assert account.deleted_at is not None

    def test_an_account_above_is_out_of_reach(self, account, city, hospital):
        boss = make_administrator(city, phone=PHONE)
        with acting(make_actor(hospital)) as actor:
            for act in (
                lambda: administrators.delete(actor, boss),
                lambda: administrators.reset_password(actor, boss),
                lambda: administrators.unbind_phone(actor, boss),
                lambda: administrators.update(actor, boss, form(boss), 1),
            ):
                with pytest.raises(NotFoundError):
                    act()


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

"""Accounts: reset, unbound and deleted by those above, never by oneself."""

from __future__ import annotations

import datetime as dt

import pytest

from models import (
    Administrator,
    utc_now,
)
from services import administrators, passwords
from services.errors import (
    DomainError,
    NotAllowedError,
    NotFoundError,
)
from services.scope import find
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.services.administrator_cases import (
    PHONE,
    account,
    actor,
    city,
    form,
    hospital,
    last_entry,
    province,
    sign_in,
)

__all__ = ["account", "actor", "city", "hospital", "province"]


class TestResettingUnbindingDeleting:
    def test_a_reset_password_must_be_changed_and_ends_sessions(self, session, account, actor):
        is_open = sign_in(session, account)
        administrators.reset_password(actor, account)
        entry = last_entry(session)
        password = administrators.collect_password(actor, account)
        assert passwords.verify_password(account.password_hash, password)
        assert account.must_change_password
        assert account.initial_password_until > utc_now() + dt.timedelta(days=6)
        assert not is_open()
        assert entry.tag == "administrator:reset_password"
        assert password not in str(entry.changes)
        assert account.password_hash not in str(entry.changes)

    def test_unbinding(self, session, account, actor):
        is_open = sign_in(session, account)
        administrators.unbind(actor, account)
        assert account.phone is None
        assert account.phone_index is None
        assert account.must_bind_phone
        assert not is_open()
        with pytest.raises(DomainError, match="未绑定"):
            administrators.unbind(actor, account)

    def test_a_deleted_account_stays_for_the_record_and_out_of_reach(self, session, account, actor):
        is_open = sign_in(session, account)
        administrators.delete(actor, account)
        assert account.deleted_at is not None
        assert not account.is_enabled
        assert not is_open()
        for act in (
            lambda: administrators.delete(actor, account),
            lambda: administrators.reset_password(actor, account),
            lambda: administrators.unbind(actor, account),
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
                administrators.unbind,
            ):
                with pytest.raises(NotAllowedError, match="本人"):
                    act(actor, own)
            assert own.is_enabled

    def test_a_colleague_may_do_it(self, account, hospital):
        with acting(make_actor(hospital, phone=PHONE)) as colleague:
            administrators.delete(colleague, account)
        assert account.deleted_at is not None

    def test_an_account_above_is_out_of_reach(self, account, city, hospital):
        boss = make_administrator(city, phone=PHONE)
        with acting(make_actor(hospital)) as actor:
            for act in (
                lambda: administrators.delete(actor, boss),
                lambda: administrators.reset_password(actor, boss),
                lambda: administrators.unbind(actor, boss),
                lambda: administrators.update(actor, boss, form(boss), 1),
            ):
                with pytest.raises(NotFoundError):
                    act()

"""A node keeps an account that its superior can reach, whoever of its people acts first."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from extensions import db
from models import AccountRole, Administrator
from models.engine import writing
from services import administrators, scope
from services.actor import actor_of
from services.errors import DomainError, FieldErrors
from services.reachability import LAST_ACCOUNT, LAST_PHONE
from services.scope import Reason, find, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.services.administrator_cases import (
    PHONE,
    account,
    actor,
    city,
    errors_of,
    form,
    hospital,
    province,
)
from tests.services.institution_cases import wait_until_the_other_waits

__all__ = ["account", "actor", "city", "hospital", "province"]


@pytest.fixture
def colleague(hospital):
    """A second operator of the hospital, without a phone, to whom the session is bound."""
    with acting(make_actor(hospital)) as acts:
        yield acts


def change(actor, account, **changes):
    administrators.update(actor, account, form(account, **changes), account.version)


class TestTheLastPhone:
    def test_a_colleague_may_not_take_it_away(self, account, colleague):
        for act in (administrators.delete, administrators.unbind):
            with pytest.raises(DomainError, match=LAST_PHONE):
                act(colleague, account)
        for field, value in {
            "is_enabled": False,
            "role": AccountRole.AUDITOR,
        }.items():
            assert errors_of(lambda f=field, v=value: change(colleague, account, **{f: v})) == {
                field: LAST_PHONE
            }
        assert account.is_enabled
        assert account.has_phone

    def test_another_phone_in_use_lets_it_go(self, account, colleague, hospital):
        make_administrator(hospital, phone="13900139000")
        administrators.unbind(colleague, account)
        administrators.delete(colleague, account)
        assert account.deleted_at is not None

    @pytest.mark.parametrize(
        "values",
        [
            {"is_enabled": False},
            {"role": AccountRole.AUDITOR},
            {"phone": None},
        ],
    )
    def test_a_phone_that_reaches_nobody_does_not_count(self, account, colleague, hospital, values):
        make_administrator(hospital, **{"phone": "13900139000", **values})
        with pytest.raises(DomainError, match=LAST_PHONE):
            administrators.delete(colleague, account)

    def test_other_institutions_do_not_count(self, account, colleague, city, hospital):
        make_administrator(city, phone="13900139000")
        make_administrator(make_institution(hospital), phone="13900139001")
        with pytest.raises(DomainError, match=LAST_PHONE):
            administrators.delete(colleague, account)

    def test_an_account_that_nobody_reaches_may_go(self, account, hospital, colleague):
        paused = make_administrator(hospital, phone="13900139000", is_enabled=False)
        plain = make_administrator(hospital)
        administrators.delete(colleague, paused)
        administrators.delete(colleague, plain)
        assert plain.deleted_at is not None

    def test_where_no_sms_are_sent_no_phone_is_kept(self, app, account, colleague, monkeypatch):
        monkeypatch.setitem(app.config, "SMS_BACKEND", "")
        administrators.unbind(colleague, account)
        assert not account.has_phone

    def test_other_changes_are_free(self, account, colleague):
        change(colleague, account, full_name="王五", phone="13900139000")
        assert account.full_name == "王五"


class TestTheSuperior:
    def test_may_always(self, account, actor):
        administrators.unbind(actor, account)
        change(actor, account, is_enabled=False, auth_method="password")
        administrators.delete(actor, account)
        assert account.deleted_at is not None


class World:
    """A hospital with two people, committed, who take each other away."""

    def __init__(self, app):
        self.app = app
        with app.app_context(), writing():
            hospital = make_institution(make_bureau())
            accounts = [make_administrator(hospital, phone=phone) for phone in (PHONE, PHONE)]
            self.actors = [actor_of(row, hospital, address="192.0.2.1") for row in accounts]
            db.session.commit()

    def race(self, act):
        """Let each act on the other at once; return what the second one was told."""
        done, wrong = threading.Event(), []
        first, second = self.actors

        def lead():
            try:
                with self.app.app_context(), writing():
                    scope.bind(first)
                    act(first, find(Administrator, second.administrator_id))
                    done.set()
                    wait_until_the_other_waits()
                    db.session.commit()
            except Exception as error:  # noqa: BLE001 - a thread's error must reach the test
                wrong.append(error)
                done.set()

        thread = threading.Thread(target=lead)
        thread.start()
        assert done.wait(timeout=20)
        with self.app.app_context(), writing():
            scope.bind(second)
            with pytest.raises(DomainError) as refused:
                act(second, find(Administrator, first.administrator_id))
            db.session.rollback()
        thread.join()
        assert not wrong
        return refused.value

    def at_work(self):
        with self.app.app_context(), unscoped(Reason.MAINTENANCE):
            return db.session.scalars(
                select(Administrator.id).where(
                    Administrator.is_enabled, Administrator.deleted_at.is_(None)
                )
            ).all()


@pytest.mark.parametrize("what", ["delete", "disable"])
def test_two_who_take_each_other_away_leave_one(committed_app, what):
    world = World(committed_app)

    def act(actor, account):
        if what == "delete":
            administrators.delete(actor, account)
        else:
            change(actor, account, is_enabled=False)

    refused = world.race(act)
    told = refused.errors["is_enabled"] if isinstance(refused, FieldErrors) else refused.message
    assert told == LAST_ACCOUNT
    assert world.at_work() == [world.actors[0].administrator_id]

"""Where no SMS are sent nothing may hang on one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import AuthMethod, InstitutionKind, OutboxMessage, PasswordProfile, SecurityPolicy
from services import administrators, auth_methods, notices, security_policy
from services.account_batches.table import choices
from services.errors import DomainError
from services.own_account import phone as own_phone
from services.security_policy import Policy
from tests.factories.administrators import make_administrator
from tests.factories.sessions import make_origin
from tests.services.administrator_cases import (
    PHONE,
    account,
    actor,
    city,
    errors_of,
    form,
    hospital,
    new_form,
    province,
)

__all__ = ["account", "actor", "city", "hospital", "province"]

PASSWORD, SMS, TOTP, KEY = AuthMethod


@pytest.fixture
def no_sms(app, monkeypatch):
    monkeypatch.setitem(app.config, "SMS_BACKEND", "")


def test_with_a_gateway_everything_may_be_chosen(app):
    assert auth_methods.choosable() == list(AuthMethod)
    assert auth_methods.usual() is SMS


def test_without_one_an_app_takes_the_place_of_sms(no_sms):
    assert auth_methods.choosable() == [PASSWORD, TOTP, KEY]
    assert auth_methods.usual() is TOTP
    assert choices() == {"auth_method": [one.label for one in (PASSWORD, TOTP, KEY)]}


def test_it_is_not_taken_for_an_account(hospital, actor, no_sms):
    data = new_form(hospital, auth_method=SMS, phone=PHONE)
    wrong = errors_of(lambda: administrators.create(actor, data))
    assert wrong == {"auth_method": auth_methods.NO_SMS}
    plain = make_administrator(hospital)
    data = form(plain, auth_method=SMS, phone=PHONE)
    wrong = errors_of(lambda: administrators.update(actor, plain, data, 1))
    assert wrong == {"auth_method": auth_methods.NO_SMS}


def test_an_account_that_has_it_stays_and_needs_an_app(account, actor, no_sms):
    administrators.update(actor, account, form(account, full_name="王五"), 1)
    assert account.auth_method is SMS
    policy = Policy(PasswordProfile.DENGBAO, PASSWORD, PASSWORD)
    assert policy.required(SMS, InstitutionKind.HEALTHCARE) is TOTP


def test_a_policy_that_asks_for_it_asks_for_an_app(session, no_sms):
    session.add(
        SecurityPolicy(
            id=1,
            password_profile=PasswordProfile.DENGBAO,
            bureau_method=SMS,
            institution_method=KEY,
        )
    )
    session.flush()
    found = security_policy.current()
    assert (found.bureau_method, found.institution_method) == (TOTP, KEY)


def test_a_one_time_password_is_not_sent_and_not_lost(account, actor, no_sms):
    administrators.reset_password(actor, account)
    with pytest.raises(DomainError, match="未开通短信"):
        administrators.send_password(actor, account)
    assert administrators.collect_password(actor, account)


def test_nothing_is_queued_that_nobody_would_get(session, account, no_sms):
    notices.password_reset(account)
    assert session.scalars(select(OutboxMessage)).all() == []


def test_no_phone_is_bound_by_a_code_that_never_comes(session, actor, no_sms):
    with pytest.raises(DomainError, match="未开通短信"):
        own_phone.send_code(actor, make_origin(), "x", PHONE)

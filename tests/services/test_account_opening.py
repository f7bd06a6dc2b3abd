"""One rule over the role before, the role after and the actor: what opens an operator's account."""

from __future__ import annotations

import pytest

from models import AccountRole, AuthMethod
from services import administrators
from services.administrators import opening
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau
from tests.services.administrator_cases import errors_of, form, sign_in

PHONE, OTHER_PHONE = "13800138000", "13900139000"
OPERATOR, AUDITOR = AccountRole.OPERATOR, AccountRole.AUDITOR
PAIRS = [(before, after) for before in (OPERATOR, AUDITOR) for after in (OPERATOR, AUDITOR)]

#: What a 系统管理员 may not do besides changing the role, by the roles before and after.
OF_AN_OPERATOR = {"phone", "is_enabled", "auth_method"}
REFUSED = {
    (OPERATOR, OPERATOR): OF_AN_OPERATOR,
    (OPERATOR, AUDITOR): OF_AN_OPERATOR,
    (AUDITOR, OPERATOR): OF_AN_OPERATOR | {"role"},
    (AUDITOR, AUDITOR): {"auth_method"},
}
#: Who begins anew, by the role of the actor.
ANEW = {
    "operator": {(AUDITOR, OPERATOR)},
    "system_admin": {(AUDITOR, OPERATOR), (OPERATOR, AUDITOR)},
}


@pytest.fixture
def province(session):
    return make_bureau()


@pytest.fixture
def city(province):
    return make_bureau(province)


def actor_of(province, role):
    return acting(make_actor(province, role=role, phone=OTHER_PHONE))


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_what_a_system_administrator_may_not_do_in_one_post(province, city, before, after):
    account = make_administrator(
        city, role=before, is_enabled=False, phone=PHONE, auth_method=AuthMethod.PASSWORD_SMS
    )
    data = form(
        account,
        role=after,
        is_enabled=True,
        phone="13700137000",
        auth_method=AuthMethod.PASSWORD,
    )
    with actor_of(province, "system_admin") as system:
        wrong = errors_of(lambda: administrators.update(system, account, data, account.version))
    assert set(wrong) == REFUSED[before, after]
    with actor_of(province, "operator") as head:
        administrators.update(head, account, data, account.version)
    assert (account.role, account.is_enabled) == (after, True)


@pytest.mark.parametrize("role", sorted(ANEW))
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_who_begins_anew(province, role, before, after):
    with actor_of(province, role) as actor:
        assert opening.begins_anew(actor, before, after) is ((before, after) in ANEW[role])


def test_no_operator_goes_on_with_the_old_password_as_something_else(session, province, city):
    make_administrator(city, phone="13700137000")
    account = make_administrator(city, phone=PHONE, auth_method=AuthMethod.PASSWORD_SMS)
    known, is_open = account.password_hash, sign_in(session, account)
    with actor_of(province, "system_admin") as system:
        administrators.update(system, account, form(account, is_enabled=False), account.version)
        administrators.update(system, account, form(account, role=AUDITOR), account.version)
        # As an auditor's it may be enabled; but nobody knows its password.
        administrators.update(system, account, form(account, is_enabled=True), account.version)
        assert account.password_hash != known
        assert account.waits_for_password
        assert not account.has_phone
        assert not is_open()
        data = form(account, auth_method=AuthMethod.PASSWORD)
        wrong = errors_of(lambda: administrators.update(system, account, data, account.version))
    assert wrong == {"auth_method": opening.NOT_HIS_LOWERING}
    with actor_of(province, "operator") as head:
        administrators.update(head, account, form(account, role=OPERATOR), account.version)
    assert account.auth_method is AuthMethod.PASSWORD_SMS


def test_an_operator_has_at_least_what_the_policy_asks_for(app, monkeypatch, province, city):
    monkeypatch.setitem(app.config, "LEAST_AUTH_METHOD", "password_totp")
    account = make_administrator(city, role=AUDITOR)
    with actor_of(province, "operator") as head:
        data = form(account, role=OPERATOR)
        wrong = errors_of(lambda: administrators.update(head, account, data, account.version))
        least = AuthMethod.PASSWORD_TOTP
        assert wrong == {"auth_method": opening.TOO_WEAK.format(role="操作员", least=least.label)}
        data = form(account, role=OPERATOR, auth_method=least)
        assert administrators.update(head, account, data, account.version)
        # What has been an operator's already stays as it is: the policy holds at the sign-in.
        weak = make_administrator(city)
        administrators.update(head, weak, form(weak, full_name="王五"), weak.version)

from __future__ import annotations

import datetime as dt

import pytest

from models import AuthMethod, utc_now
from services.second_step import StepOverError
from tests.admin_views.sign_in_cases import (
    account,
    change,
    clock,
    other_visitor,
    pictures,
    sent,
    visitor,
)
from tests.services.factor_cases import add_app, add_codes

__all__ = ["account", "clock", "other_visitor", "pictures", "visitor"]

PAGE = "/login/second"


@pytest.fixture
def phone(account):
    change(account, auth_method=AuthMethod.PASSWORD_TOTP)
    return add_app(account)


def code(phone):
    return phone.at(utc_now())


def show(visitor, act, **fields):
    token = visitor.token(PAGE)
    return visitor.client.post(PAGE, data={"act": act, "csrf_token": token, **fields})


def test_password_then_code(visitor, phone):
    response = visitor.post(next="/admin/audit/")
    assert (response.status_code, response.location) == (303, f"{PAGE}?next=/admin/audit/")
    assert not visitor.is_signed_in()
    page = visitor.client.get(response.location).text
    assert "验证动态口令" in page
    assert "使用USBKEY" not in page
    response = show(visitor, "totp", totp_code=code(phone), next="/admin/audit/")
    assert (response.status_code, response.location) == (303, "/admin/audit/")
    assert visitor.is_signed_in()


def test_nothing_is_open_between_the_steps(visitor, phone):
    visitor.post()
    for address in ("/admin/", "/account/security", "/account/password", "/admin/audit/"):
        response = visitor.client.get(address)
        assert response.status_code == 302
        assert response.location.startswith("/login?next=")


def test_a_wrong_code_is_said_and_another_may_be_right(visitor, phone):
    visitor.post()
    response = show(visitor, "totp", totp_code="000000")
    assert response.status_code == 401
    assert "动态口令不正确" in response.text
    assert show(visitor, "totp", totp_code=code(phone)).status_code == 303
    assert visitor.is_signed_in()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"act": "totp", "totp_code": ""}, "请填写动态口令"),
        ({"act": "totp", "totp_code": "1" * 17}, "动态口令过长"),
        ({"act": "recovery"}, "请填写恢复码"),
        ({"act": "magic"}, "请选择验证方式"),
    ],
)
def test_what_is_missing_is_named(visitor, phone, account, fields, sentence):
    add_codes(account)
    visitor.post()
    response = show(visitor, **fields)
    assert response.status_code == 400
    assert sentence in response.text


def test_too_many_tries(visitor, phone):
    visitor.post()
    for _ in range(5):
        assert show(visitor, "totp", totp_code="000000").status_code == 401
    response = show(visitor, "totp", totp_code=code(phone))
    assert response.status_code == 429
    assert not visitor.is_signed_in()


def test_a_recovery_code(visitor, phone, account):
    codes = add_codes(account)
    visitor.post()
    assert show(visitor, "recovery", recovery_code=codes[0]).status_code == 303
    assert "恢复码" in sent(visitor.client.application)[-1]["text"]
    assert "该码已失效" in visitor.client.get("/account/security").text


def test_too_late_leads_back_with_a_sentence(visitor, phone, clock):
    visitor.post()
    token = visitor.token(PAGE)
    clock.shift(dt.timedelta(minutes=5))
    for response in (
        visitor.client.get(PAGE),
        visitor.client.post(PAGE, data={"act": "totp", "csrf_token": token}),
    ):
        assert (response.status_code, response.location) == (303, "/login")
    assert StepOverError().message in visitor.client.get("/login").text


def test_the_cookie_of_another_browser_is_not_enough(visitor, other_visitor, phone):
    visitor.post()
    with visitor.client.session_transaction() as cookie:
        stolen = cookie["second"]
    other_visitor.token()
    with other_visitor.client.session_transaction() as cookie:
        cookie["second"] = stolen
    assert other_visitor.client.get(PAGE).status_code == 303


def test_the_step_is_not_replayed(visitor, phone, clock):
    visitor.post()
    kept = visitor.cookie()
    token = visitor.token(PAGE)
    fields = {"act": "totp", "csrf_token": token}
    visitor.client.post(PAGE, data={**fields, "totp_code": code(phone)})
    clock.shift(30)
    visitor.client.set_cookie("session", kept)
    response = visitor.client.post(PAGE, data={**fields, "totp_code": code(phone)})
    assert response.status_code == 303
    assert response.location == "/login"


def test_a_stranger_is_sent_to_the_first_step(visitor):
    assert visitor.client.get(PAGE).location == "/login"
    response = visitor.client.post("/login/second/key", data={"csrf_token": visitor.token()})
    assert (response.status_code, response.json["message"]) == (400, StepOverError().message)


def test_keys_need_a_name_of_the_host(visitor, phone):
    visitor.post()
    response = visitor.client.post(
        "/login/second/key",
        data={"csrf_token": visitor.token(PAGE)},
        base_url="http://127.0.0.1",
    )
    assert response.status_code == 400


def test_the_code_is_not_kept_anywhere(visitor, phone, caplog):
    visitor.post()
    digits = code(phone)
    response = show(visitor, "totp", totp_code=digits[::-1] + "1")
    assert digits[::-1] + "1" not in response.text
    assert digits not in caplog.text

"""The sign-in page as a clerk lives it, in a real browser."""

from __future__ import annotations

import json

import pytest

from extensions import db
from models import AuthMethod
from models.engine import writing
from services.outbox import FILE_NAME
from services.sign_in import CODE_SENT, REFUSED
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau

USERNAME, PASSWORD, PHONE = "hb2000201", "Shizhi-7204", "13800138000"
ANSWER = "TMW3"


@pytest.fixture
def account(committed_app, monkeypatch):
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    with committed_app.app_context(), writing():
        make_administrator(
            make_bureau(name="武汉市卫生和计划生育委员会"),
            username=USERNAME,
            password=PASSWORD,
            phone=PHONE,
            auth_method=AuthMethod.PASSWORD_SMS,
        )
        db.session.commit()


def code_on_the_phone(app):
    lines = (app.config["DATA_DIR"] / FILE_NAME).read_text(encoding="utf-8").splitlines()
    return json.loads(lines[-1])["code"]


def test_clerk_signs_in_by_sms(account, page, committed_app):
    page.goto("/login")
    assert page.get_by_label("用户名：").is_visible()
    assert page.get_by_label("手机号：").is_hidden()

    page.get_by_text("短信口令", exact=True).click()
    assert page.get_by_label("手机号：").is_visible()
    page.get_by_label("用户名：").fill(USERNAME)
    page.get_by_label("密码：").fill(PASSWORD)
    page.get_by_label("手机号：").fill(PHONE)
    page.get_by_role("button", name="发送短信").click()
    assert page.get_by_text("请填写图形验证码。").is_visible()

    page.get_by_label("图形验证码：").fill(ANSWER)
    page.get_by_role("button", name="发送短信").click()
    page.get_by_text(CODE_SENT).wait_for()
    resend = page.get_by_role("button", name="秒后重发")
    assert resend.is_disabled()
    # Nothing that was typed is lost.
    assert page.get_by_label("密码：").input_value() == PASSWORD

    page.get_by_label("手机验证码：").fill(code_on_the_phone(committed_app))
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")


def test_choices_work_by_keyboard_and_say_what_is_not_offered(account, page):
    page.goto("/login")
    page.locator("#method-password").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_label("手机号：").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.get_by_text("请插入USBKEY").is_visible()
    assert page.get_by_label("用户名：").is_visible()
    assert page.get_by_label("手机号：").is_hidden()
    page.get_by_text("个人登录", exact=True).click()
    assert page.get_by_text("个人登录暂未开放，请使用机构登录。").is_visible()
    page.get_by_text("机构登录", exact=True).click()
    assert page.get_by_text("个人登录暂未开放，请使用机构登录。").is_hidden()


def test_click_changes_the_picture(account, page):
    page.goto("/login")
    picture = page.locator("#captcha-picture img")
    before = picture.get_attribute("src")
    with page.expect_response("**/login/captcha.png?*") as answer:
        picture.click()
    assert answer.value.ok
    assert picture.get_attribute("src") != before


def test_wrong_password_keeps_the_method_and_the_name(account, page, console):
    page.goto("/login")
    page.get_by_label("用户名：").fill(USERNAME)
    page.get_by_label("密码：").fill("Falsch-0000-x")
    page.get_by_label("图形验证码：").fill(ANSWER)
    page.get_by_role("button", name="登录", exact=True).last.click()
    page.get_by_text(REFUSED).wait_for()
    assert page.get_by_label("用户名：").input_value() == USERNAME
    assert page.get_by_label("密码：").input_value() == ""
    # The browser notes the answer's status, and nothing else.
    assert all("401" in line for line in console)
    console.clear()

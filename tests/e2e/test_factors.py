"""Second factors as their owners live them: from the one-time password to the next sign-in."""

from __future__ import annotations

import pyotp
import pytest
from playwright.sync_api import expect

from extensions import db
from models import AuthMethod, utc_now
from models.engine import writing
from services import passwords
from services.administrators import ONE_TIME_PASSWORD_LASTS
from tests.e2e.desk import ANSWER, Desk
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

USERNAME, NEW = "hb3017401", "Chengqiang-Hulu-88"
HOSPITAL = "武汉市汉口医院"
#: A key at the computer that is touched as soon as it is asked.
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": False,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def desk(committed_app, page, console, folder, monkeypatch):
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    return Desk(page, committed_app, console, folder)


def make_clerk(app, method):
    """Give the hospital an account with a one-time password, and return the password."""
    password = passwords.one_time_password()
    with app.app_context(), writing():
        make_administrator(
            make_institution(make_bureau(), name=HOSPITAL),
            username=USERNAME,
            password=password,
            auth_method=method,
            must_change_password=True,
            password_changed_at=None,
            initial_password_until=utc_now() + ONE_TIME_PASSWORD_LASTS,
        )
        db.session.commit()
    return password


def show_password(page, password, method="密码"):
    page.get_by_text(method, exact=True).click()
    page.get_by_label("用户名：").fill(USERNAME)
    page.get_by_label("密码：").fill(password)
    page.get_by_label("图形验证码：").fill(ANSWER)
    page.keyboard.press("Enter")


def choose_password(page, old):
    page.wait_for_url("**/account/password")
    page.get_by_label("原密码").fill(old)
    page.get_by_label("新密码：", exact=True).fill("Wuhan2017")
    expect(page.get_by_text("须达到“强”")).to_be_visible()
    page.get_by_label("新密码：", exact=True).fill(NEW)
    expect(page.get_by_text("强度：强", exact=True)).to_be_visible()
    page.get_by_label("确认新密码").fill(NEW)
    page.get_by_role("button", name="修改密码").click()
    page.wait_for_url("**/admin/")


def test_security_key(desk, live_server, committed_app):
    """Browsers bind keys to names, not to numbers: the story goes on at localhost."""
    page, here = desk.page, live_server.replace("127.0.0.1", "localhost")
    password = make_clerk(committed_app, AuthMethod.PASSWORD_USBKEY)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    page.goto(f"{here}/login")
    show_password(page, password)
    page.wait_for_url("**/account/keys")
    page.goto(f"{here}/admin/")
    assert page.url.endswith("/account/keys")
    desk.picture("首次登录须登记USBKEY")
    page.get_by_label("名称：").fill("办公室密钥")
    page.get_by_role("button", name="登记USBKEY").click()
    choose_password(page, password)
    desk.sign_out()

    show_password(page, NEW, "USBKEY")
    page.wait_for_url("**/login/second**")
    desk.picture("登录验证")
    page.goto(f"{here}/admin/")
    assert "/login?next=" in page.url
    show_password(page, NEW)
    page.get_by_role("button", name="使用USBKEY").click()
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto(f"{here}/account/security")
    expect(page.get_by_text("办公室密钥").first).to_be_visible()
    desk.picture("安全设置")


def test_app_and_recovery_code(desk, committed_app):
    page = desk.page
    password = make_clerk(committed_app, AuthMethod.PASSWORD_TOTP)
    page.goto("/login")
    show_password(page, password)
    page.wait_for_url("**/account/totp")
    page.get_by_role("button", name="开始登记").click()
    shown = page.locator(".sign-rule code").inner_text()
    phone = pyotp.TOTP(shown.replace(" ", ""))
    desk.picture("登记动态口令")
    page.get_by_label("动态口令：").fill(phone.now())
    page.get_by_role("button", name="启用").click()
    choose_password(page, password)

    page.goto("/account/recovery")
    page.get_by_label("当前密码").fill(NEW)
    page.get_by_role("button", name="生成恢复码").click()
    shown_codes = page.locator(".sign-codes code")
    expect(shown_codes).to_have_count(10)
    codes = shown_codes.all_inner_texts()
    page.get_by_role("link", name="返回安全设置").click()
    desk.sign_out()

    show_password(page, NEW)
    page.wait_for_url("**/login/second**")
    page.get_by_label("动态口令：").fill("000000")
    page.keyboard.press("Enter")
    page.get_by_text("动态口令不正确").wait_for()
    # Chromium writes a line for every answer of 4xx.
    assert [line for line in desk.console if "401" not in line] == []
    desk.console.clear()
    page.get_by_text("使用恢复码").click()
    page.get_by_label("恢复码：").fill(codes[0])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/account/security")
    expect(page.get_by_text("9 个可用")).to_be_visible()

"""A county officer opens accounts for three clinics and hands out strips; a clerk signs in."""

from __future__ import annotations

import io
import re

import pypdf
import pytest
from playwright.sync_api import expect

from extensions import db
from models.engine import writing
from tests.e2e.desk import ANSWER, PASSWORD, Desk
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

OFFICER = "hb2011601"
CLINICS = ("前川街卫生院", "王家河卫生院", "木兰卫生院")
STRIP = re.compile(r"用户名：(hb\d+).*?一次性密码：([a-z0-9]{4}(?:-[a-z0-9]{4}){3})")


@pytest.fixture
def county(committed_app, monkeypatch):
    """A county with three clinics that have no account yet, and its officer."""
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    with committed_app.app_context(), writing():
        city = make_bureau(make_bureau(name="湖北省卫生和计划生育委员会"), name="武汉市卫计委")
        bureau = make_bureau(city, name="黄陂区卫生和计划生育委员会")
        for name in CLINICS:
            make_institution(bureau, name=name)
        make_administrator(bureau, username=OFFICER, password=PASSWORD)
        db.session.commit()


@pytest.fixture
def desk(county, page, committed_app, console, folder):
    return Desk(page, committed_app, console, folder)


def test_from_the_grid_to_the_first_sign_in(desk):
    page = desk.page
    desk.sit_down(OFFICER)
    desk.go_to("下级机构管理", "机构信息管理")
    page.wait_for_load_state("load")
    page.get_by_label("全选本页").check()
    desk.confirm("批量开户")
    page.get_by_role("heading", name="批量开户：填写用户").wait_for()

    # From row to row with the keyboard alone: name, phone, e-mail, way to sign in, remove, clinic.
    page.get_by_label("姓名", exact=True).first.focus()
    for name in ("李四", "王五", "赵六"):
        page.keyboard.type(name)
        for _ in range(6):
            page.keyboard.press("Tab")
    for number in range(3):
        page.get_by_label("认证类型").nth(number).select_option(label="用户名密码")
    page.get_by_label("手机号", exact=True).nth(1).fill("138")
    desk.picture("填写用户")
    page.get_by_role("button", name="开户", exact=True).click()
    page.get_by_text("应为11位").wait_for()
    desk.picture("有错误")
    desk.refused(422)
    page.get_by_label("手机号", exact=True).nth(1).fill("")
    page.get_by_role("button", name="开户", exact=True).click()
    desk.said("已为3家机构开户")
    desk.picture("已开户")

    with page.expect_download() as download:
        page.get_by_role("button", name="下载密码条").click()
    path = desk.folder / download.value.suggested_filename
    download.value.save_as(path)
    data = path.read_bytes()
    text = "".join(
        "".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(io.BytesIO(data)).pages
    )
    for words in (*CLINICS, "李四", "王五", "赵六", "/login", "须立即设置自己的密码"):
        assert words in text
    strips = STRIP.findall(text)
    assert len(dict(strips)) == 3

    # The page that stays offers it no more, and says so.
    page.get_by_text("密码条已开始下载").wait_for()
    expect(page.get_by_role("button", name="下载密码条")).to_be_hidden()
    page.get_by_role("link", name="刷新本页").click()
    page.get_by_text("下载，不能再次下载").wait_for()
    desk.picture("不能再次下载")
    desk.sign_out()

    # The clerk of the second clinic types what stands on the strip.
    username, secret = strips[1]
    desk.sign_in(username, secret)
    page.wait_for_url("**/account/password**")
    desk.picture("首次登录")
    page.goto("/admin/")
    page.wait_for_url("**/account/password**")
    page.get_by_label("原密码", exact=False).first.fill(secret)
    page.get_by_label("新密码", exact=False).first.fill(PASSWORD)
    page.get_by_label("确认", exact=False).first.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/account/password" not in url)
    desk.picture("设置密码之后")
    page.goto("/admin/")
    expect(page.get_by_text(CLINICS[1]).first).to_be_visible()

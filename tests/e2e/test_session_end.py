"""However a session ends, what was typed stays on the page and can still be saved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from extensions import db
from models import Administrator, SignInSession, utc_now
from models.engine import writing
from services.scope import Reason, unscoped
from services.sessions import ABSOLUTE, IDLE
from tests.e2e.desk import ANSWER, Desk, sit_down
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

USERNAME, OTHER, PASSWORD = "hb2000201", "hb2000202", "Chengqiang-Hulu-88"
TYPED = "欧阳文书"
FORM = "/admin/administrators/new/"


@pytest.fixture
def desk(committed_app, page, console, folder, monkeypatch):
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    with committed_app.app_context(), writing():
        bureau = make_bureau()
        make_institution(bureau, name="武汉市汉口医院")
        for name in (USERNAME, OTHER):
            make_administrator(bureau, username=name, password=PASSWORD)
        db.session.commit()
    page.clock.install()
    sit_down(page, committed_app, USERNAME)
    return Desk(page, committed_app, console, folder)


@pytest.fixture
def bar(desk):
    return desk.page.locator(".session-bar")


@pytest.fixture
def posted(desk):
    """Every address to which the page has sent a form, but for the question itself."""
    found = []

    def note(request):
        if request.method == "POST" and not request.url.endswith("/account/session"):
            found.append(request.url)

    desk.page.on("request", note)
    return found


def set_session(app, **values):
    with app.app_context(), writing(), unscoped(Reason.MAINTENANCE):
        db.session.query(SignInSession).filter(SignInSession.ended_at.is_(None)).update(values)
        db.session.commit()


def people(app):
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        return db.session.query(Administrator.full_name).filter_by(full_name=TYPED).count()


def fill_form(desk):
    desk.page.goto(FORM)
    desk.page.locator("#full_name").fill(TYPED)


def sign_in_beside(desk, link, username):
    """Sign in in the window that a link of the bar opens, and come back."""
    with desk.page.context.expect_page() as opened:
        link.click()
    Desk(opened.value, desk.app, desk.console, desk.folder).enter(username, PASSWORD)
    opened.value.wait_for_url("**/admin/")
    opened.value.close()
    desk.page.bring_to_front()
    desk.page.evaluate("window.dispatchEvent(new Event('focus'))")


def save(desk):
    desk.page.get_by_role("button", name="保存").first.click()


def assert_saved(desk):
    desk.page.wait_for_url("**/administrators/secret/**")
    assert people(desk.app) == 1


def test_a_long_silence(desk, bar, committed_app):
    page = desk.page
    fill_form(desk)
    expect(bar).to_be_hidden()

    # Whoever types is there: the session is kept alive without a page being asked for.
    with page.expect_response("**/account/session") as kept:
        page.clock.fast_forward("06:00")
    assert kept.value.request.method == "POST"

    # The server says how long the session lives: it has a minute left.
    set_session(committed_app, last_seen_at=utc_now() - IDLE + (IDLE / 30))
    page.clock.fast_forward("29:00")
    expect(bar).to_contain_text("内自动退出")
    desk.picture("即将退出")
    bar.get_by_role("button", name="继续使用").click()
    expect(bar).to_be_hidden()

    set_session(committed_app, ended_at=utc_now())
    page.clock.fast_forward("31:00")
    expect(bar).to_contain_text("登录已过期")
    save(desk)
    expect(page.locator("#full_name")).to_have_value(TYPED)
    desk.picture("登录已过期")

    sign_in_beside(desk, bar.get_by_role("link", name="在新窗口重新登录"), USERNAME)
    expect(bar).to_be_hidden()
    save(desk)
    assert_saved(desk)


def test_twelve_hours(desk, bar, committed_app):
    page = desk.page
    set_session(committed_app, created_at=utc_now() - ABSOLUTE + IDLE / 10)
    fill_form(desk)
    expect(bar).to_be_hidden()
    set_session(committed_app, created_at=utc_now() - ABSOLUTE + IDLE / 20)
    page.clock.fast_forward("01:30")
    expect(bar).to_contain_text("将满12小时，2分钟内自动退出")
    # Nothing prolongs it.
    expect(bar.get_by_role("button")).to_have_count(0)
    desk.picture("将满12小时")

    set_session(committed_app, created_at=utc_now() - ABSOLUTE)
    page.clock.fast_forward("00:30")
    expect(bar).to_contain_text("已满12小时，须重新登录")
    desk.picture("已满12小时")
    sign_in_beside(desk, bar.get_by_role("link", name="在新窗口重新登录"), USERNAME)
    expect(bar).to_be_hidden()
    save(desk)
    assert_saved(desk)


def test_before_the_twelve_hours_are_over_one_begins_anew(desk, bar, committed_app):
    set_session(committed_app, created_at=utc_now() - ABSOLUTE + IDLE / 20)
    fill_form(desk)
    expect(bar).to_contain_text("将满12小时")
    sign_in_beside(desk, bar.get_by_role("link", name="在新窗口重新登录"), USERNAME)
    expect(bar).to_be_hidden()
    save(desk)
    assert_saved(desk)


@pytest.mark.parametrize("way", ["button", "Enter"])
def test_an_end_that_nobody_noticed(desk, bar, posted, committed_app, way):
    page = desk.page
    fill_form(desk)
    set_session(committed_app, ended_at=utc_now())
    if way == "Enter":
        page.locator("#full_name").press("Enter")
    else:
        save(desk)
    expect(bar).to_contain_text("登录已过期")
    assert page.url.endswith(FORM)
    assert posted == []
    sign_in_beside(desk, bar.get_by_role("link", name="在新窗口重新登录"), USERNAME)
    expect(bar).to_be_hidden()
    expect(page.locator("#full_name")).to_have_value(TYPED)
    save(desk)
    assert_saved(desk)


def test_another_person_signs_in_beside(desk, bar, posted, committed_app):
    fill_form(desk)
    set_session(committed_app, ended_at=utc_now())
    save(desk)
    sign_in_beside(desk, bar.get_by_role("link", name="在新窗口重新登录"), OTHER)
    expect(bar).to_contain_text(f"现在登录的是另一用户“{OTHER}”，不能以其名义提交")
    save(desk)
    desk.page.locator("#full_name").press("Enter")
    desk.picture("另一用户")
    assert posted == []
    assert people(committed_app) == 0
    sign_in_beside(desk, bar.get_by_role("link", name=f"以“{USERNAME}”登录"), USERNAME)
    expect(bar).to_be_hidden()
    save(desk)
    assert_saved(desk)


def test_signed_in_anew_unnoticed(desk, bar, committed_app):
    """The page learns the new token before it sends anything."""
    fill_form(desk)
    beside = desk.page.context.new_page()
    beside.goto("/login?again=1")
    Desk(beside, desk.app, desk.console, desk.folder).enter(USERNAME, PASSWORD)
    beside.wait_for_url("**/admin/")
    beside.close()
    save(desk)
    assert_saved(desk)


def test_acts_of_the_toolbar(desk, bar, posted, committed_app):
    desk.page.goto("/admin/administrators/")
    desk.pick(OTHER)
    set_session(committed_app, ended_at=utc_now())
    desk.confirm("删除用户")
    expect(bar).to_contain_text("登录已过期")
    assert posted == []
    sign_in_beside(desk, bar.get_by_role("link", name="在新窗口重新登录"), USERNAME)
    expect(bar).to_be_hidden()
    desk.confirm("删除用户")
    desk.page.locator(".message.is-done").wait_for()


def test_a_file_that_was_chosen(desk, bar, posted, committed_app):
    page = desk.page
    page.goto("/admin/institutions/import/")
    file = {"name": "机构.xlsx", "mimeType": "application/octet-stream", "buffer": b"no workbook"}
    page.locator("input[type=file]").set_input_files(file)
    set_session(committed_app, ended_at=utc_now())
    upload = page.get_by_role("button", name=re.compile("上传"))
    upload.click()
    expect(bar).to_contain_text("登录已过期")
    assert posted == []
    expect(page.locator("[data-picked]")).to_have_text("机构.xlsx")
    sign_in_beside(desk, bar.get_by_role("link", name="在新窗口重新登录"), USERNAME)
    expect(bar).to_be_hidden()
    upload.click()
    page.locator(".errors li").wait_for()
    desk.refused(422)


def test_a_server_that_does_not_answer(desk, bar, posted):
    page = desk.page
    fill_form(desk)
    page.route("**/account/session", lambda route: route.abort())
    save(desk)
    expect(bar).to_contain_text("服务器暂时没有回应")
    assert posted == []
    page.unroute("**/account/session")
    save(desk)
    assert_saved(desk)
    desk.refused("ERR_FAILED")

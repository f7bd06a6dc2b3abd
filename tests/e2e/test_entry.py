"""A clerk enters people: by keyboard alone, with drafts that outlive page, session and browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from extensions import db
from models import (
    CertificateDraft,
    Conclusion,
    Institution,
    SignInSession,
    TrialCertificate,
    utc_now,
)
from models.engine import writing
from services import scope
from services.scope import Reason, unscoped
from tests.e2e.desk import ANSWER, Desk, sit_down
from tests.factories.actors import make_actor
from tests.factories.administrators import make_administrator
from tests.factories.certificates import PHYSICIAN, make_certificate, make_id_number
from tests.factories.completeness import make_trainer
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_bureau

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

CLERK, COLLEAGUE, PASSWORD = "hb3017401", "hb3017402", "Chengqiang-Hulu-88"
GRID = "/admin/certificates/"
NEW = f"{GRID}new/"
#: As long as the page waits after the last change before it saves a draft, and a little more.
PAUSE = "00:04"
#: Keys other than letters and digits that a person may take, and the one who follows.
MOST_STEPS, MOST_STEPS_OF_NEXT = 40, 30
#: Seconds in which a clerk enters a person.
MOST_SECONDS = 90
#: Seconds for a key, and to turn to the next field: the keystroke-level model (Card, Moran and
#: Newell 1980) for somebody who types every day. A Chinese character takes about four keys.
KEY, FIELD, KEYS_OF_CHARACTER = 0.2, 1.35, 4


@pytest.fixture
def hospital(committed_app, monkeypatch):
    """A clerk and a colleague at a hospital whose record is complete."""
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    with committed_app.app_context(), writing(), unscoped(Reason.MAINTENANCE):
        found = make_trainer(make_bureau(), name="武汉市汉口医院")
        for username, name in ((CLERK, "邓莎"), (COLLEAGUE, "何方")):
            make_administrator(found, username=username, full_name=name, password=PASSWORD)
        make_exam_cycle()
        db.session.commit()
        return found.id


@pytest.fixture
def desk(committed_app, hospital, page, console, folder):
    sit_down(page, committed_app, CLERK)
    return Desk(page, committed_app, console, folder)


@pytest.fixture
def slow(desk):
    """The desk with a clock of its own."""
    desk.page.clock.install()
    return desk


def rows(app, model):
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        found = db.session.scalars(select(model).order_by(model.id)).unique().all()
        db.session.expunge_all()
        return found


class Keys:
    """A keyboard that counts what is neither letter nor digit, and how long a person would take."""

    def __init__(self, page):
        self._page = page
        self.begin()

    def begin(self):
        self.steps, self.seconds = 0, 0.0

    def press(self, key, times=1):
        for _ in range(times):
            self._page.keyboard.press(key)
        self.steps += times
        self.seconds += times * KEY

    def type(self, text):
        self._page.keyboard.type(text)
        strokes = sum(1 if character.isascii() else KEYS_OF_CHARACTER for character in text)
        self.seconds += strokes * KEY

    def enter(self, text="", downs=0):
        """Fill in the field at hand, and go to the next one."""
        self.press("ArrowDown", downs)
        self.type(text)
        self.press("Enter")
        self.seconds += FIELD

    @property
    def at(self):
        return self._page.evaluate("document.activeElement.name")


def test_people_by_keyboard_alone(desk, committed_app):
    page, keys = desk.page, Keys(desk.page)
    page.goto(NEW)
    assert keys.at == "certificate_type"
    keys.enter(downs=1)
    keys.enter()
    keys.enter(downs=1)
    keys.enter(downs=1)
    enter_person(keys, "周晓燕", make_id_number(gender="2"), ethnic=1)
    assert keys.steps <= MOST_STEPS
    assert keys.seconds < MOST_SECONDS
    desk.said("已保存：周晓燕。请继续录入下一人。")
    desk.picture("录入下一人")

    keys.begin()
    assert keys.at == "name"
    enter_person(keys, "钱多多", make_id_number(gender="1"), ethnic=0)
    assert keys.steps <= MOST_STEPS_OF_NEXT
    assert keys.seconds < MOST_SECONDS
    desk.said("已保存：钱多多。请继续录入下一人。")

    first, second = rows(committed_app, TrialCertificate)
    assert (first.name, first.gender_code, first.conclusion) == ("周晓燕", "2", Conclusion.PENDING)
    assert (second.name, second.gender_code, second.ethnic_group_code) == ("钱多多", "1", "01")
    assert rows(committed_app, CertificateDraft) == []


def enter_person(keys, name, number, *, ethnic):
    keys.enter(name)
    keys.enter()
    keys.enter(number)
    # Sex and birth date have followed.
    keys.enter()
    keys.enter()
    keys.enter(downs=ethnic)
    keys.enter(downs=3)
    for text in ("武汉大学", "临床医学", "20130630", "13800138000"):
        keys.enter(text)
    assert keys.at == "periods-0-place_name"
    keys.enter()
    for text in ("内科", "20160901", "20170831", "蒋建国", PHYSICIAN):
        keys.enter(text)
    keys.type("内科常见病的诊治")
    keys.press("Control+Enter")


def test_enter_sends_nothing_and_ctrl_s_saves(desk):
    page = desk.page
    page.goto(NEW)
    page.locator("#name").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "id_document_code"
    assert page.url.endswith(NEW)
    page.keyboard.press("Control+s")
    # Where something is wrong one goes on at once.
    page.locator(".errors").first.wait_for()
    assert page.evaluate("document.activeElement.name") == "certificate_type"
    expect(page.get_by_text("快捷键：Ctrl+S 保存")).to_be_visible()
    desk.refused(422)


def test_fields_follow_the_type(desk):
    page = desk.page
    page.goto(NEW)
    category = page.locator("#exam_category_code")
    offered = "select => [...select.options].filter((one) => !one.hidden).length"
    page.locator("#certificate_type").select_option("trial")
    of_trial = category.evaluate(offered)
    category.select_option("210")
    expect(page.get_by_label("助理资格证号")).to_be_hidden()
    page.locator("#certificate_type").select_option("practice")
    assert category.evaluate(offered) < of_trial
    # An assistant's category is none that an assistant sits for.
    expect(category).to_have_value("")
    expect(page.get_by_label("助理资格证号")).to_be_visible()
    expect(page.get_by_label("助理执业证号")).to_be_visible()
    page.locator("#certificate_type").select_option("trial")
    assert category.evaluate(offered) == of_trial


def test_sex_and_birth_follow_the_number(desk):
    page = desk.page
    page.goto(NEW)
    number, born, gender = map(page.locator, ("#id_number", "#born_on", "#gender_code"))
    number.fill("４２２２２２ １９８５０１０１ ００１４")
    number.press("Tab")
    expect(born).to_have_value("1985-01-01")
    expect(gender).to_have_value("1")
    # Of a number that is mended they follow again; what was typed by hand stays.
    number.fill("422222198602020022")
    number.press("Tab")
    expect(born).to_have_value("1986-02-02")
    expect(gender).to_have_value("2")
    born.fill("1999-09-09")
    number.fill("422222198703030033")
    number.press("Tab")
    expect(born).to_have_value("1999-09-09")


def test_periods_take_over_from_the_one_above(desk):
    page = desk.page
    page.goto(NEW)
    desk.fill_period(0, "内科", "2016-09-01", "2017-03-01")
    page.get_by_role("button", name="增加一段").click()
    periods = page.locator("[data-rows] tbody tr")
    second = periods.nth(1)
    expect(second.get_by_label("试用科室")).to_have_value("内科")
    expect(second.get_by_label("带教老师", exact=True)).to_have_value("蒋建国")
    expect(second.get_by_label("开始时间")).to_have_value("")
    assert page.evaluate("document.activeElement.name") == "periods-1-started_on"
    expect(periods.nth(0).get_by_role("button", name="同上一段")).to_be_hidden()

    second.get_by_label("试用科室").fill("外科")
    second.get_by_label("带教老师", exact=True).fill("别人")
    second.get_by_label("开始时间").fill("2017-03-02")
    second.get_by_role("button", name="同上一段").click()
    expect(second.get_by_label("试用科室")).to_have_value("内科")
    expect(second.get_by_label("带教老师", exact=True)).to_have_value("蒋建国")
    expect(second.get_by_label("带教老师执业证书编码")).to_have_value(PHYSICIAN)
    expect(second.get_by_label("机构名称")).to_have_value("武汉市汉口医院")
    expect(second.get_by_label("开始时间")).to_have_value("2017-03-02")


def type_half(page):
    page.locator("#name").fill("周晓燕")
    page.locator("#id_number").fill("4222221985")
    page.locator("#born_on").fill("去年")
    page.get_by_role("button", name="增加一段").click()


def test_a_draft_outlives_the_browser(slow, committed_app, browser, live_server):
    page = slow.page
    page.goto(NEW)
    type_half(page)
    page.clock.fast_forward(PAUSE)
    expect(page.locator("[data-draft-status]")).to_contain_text("自动保存")
    slow.picture("草稿自动保存")
    page.locator("#school").fill("武汉大学")
    with page.expect_response("**/drafts/"):
        page.clock.fast_forward(PAUSE)
    page.context.close()
    (draft,) = rows(committed_app, CertificateDraft)
    assert draft.version == 2

    context = browser.new_context(base_url=live_server, locale="zh-CN")
    again = context.new_page()
    sit_down(again, committed_app, CLERK)
    again.goto(NEW)
    again.get_by_text("您有一份未完成的草稿").get_by_role("link").click()
    typed = {"name": "周晓燕", "id_number": "4222221985", "born_on": "去年", "school": "武汉大学"}
    for name, value in typed.items():
        expect(again.locator(f"#{name}")).to_have_value(value)
    expect(again.locator("[data-rows] tbody tr")).to_have_count(2)
    assert "4222221985" not in again.url
    context.close()


def test_a_page_that_is_hidden_saves_at_once(slow, committed_app):
    page = slow.page
    page.goto(NEW)
    page.locator("#name").fill("周晓燕")
    with page.expect_response("**/drafts/") as answer:
        page.evaluate(
            "Object.defineProperty(document, 'hidden', { value: true });"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
    assert answer.value.status == 200
    assert len(rows(committed_app, CertificateDraft)) == 1


def test_a_session_that_is_over(slow, committed_app):
    page = slow.page
    page.goto(NEW)
    page.locator("#name").fill("周晓燕")
    page.clock.fast_forward(PAUSE)
    status = page.locator("[data-draft-status]")
    expect(status).to_contain_text("自动保存")
    with committed_app.app_context(), writing(), unscoped(Reason.MAINTENANCE):
        db.session.query(SignInSession).update({"ended_at": utc_now()})
        db.session.commit()
    page.locator("#school").fill("武汉大学")
    page.clock.fast_forward(PAUSE)
    expect(status).to_contain_text("登录已过期")
    slow.picture("登录过期时的草稿")
    assert [one.version for one in rows(committed_app, CertificateDraft)] == [1]

    link = page.locator(".session-bar").get_by_role("link", name="在新窗口重新登录")
    with page.context.expect_page() as opened:
        link.click()
    Desk(opened.value, committed_app, slow.console, slow.folder).enter(CLERK, PASSWORD)
    opened.value.goto(GRID)
    expect(opened.value.locator("details.drafts")).to_contain_text("周晓燕")
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.clock.fast_forward(PAUSE)
    expect(status).to_contain_text("自动保存")
    assert [one.version for one in rows(committed_app, CertificateDraft)] == [2]


def test_a_server_that_is_silent_is_asked_again(slow, committed_app):
    page = slow.page
    page.goto(NEW)
    page.locator("#name").fill("周晓燕")
    page.context.set_offline(True)
    page.clock.fast_forward(PAUSE)
    status = page.locator("[data-draft-status]")
    expect(status).to_contain_text("暂时连不上服务器")
    page.context.set_offline(False)
    page.clock.fast_forward("00:16")
    expect(status).to_contain_text("自动保存")
    assert len(rows(committed_app, CertificateDraft)) == 1
    slow.console.clear()


def test_saving_takes_the_draft_along_and_it_is_thrown_away(slow, committed_app):
    page = slow.page
    page.goto(NEW)
    page.locator("#name").fill("周晓燕")
    slow.page.get_by_role("button", name="存草稿").click()
    slow.said("草稿已保存")
    drafts = page.locator("details.drafts")
    drafts.locator("summary").click(position={"x": 4, "y": 8})
    slow.picture("列表上方的草稿")
    drafts.get_by_role("button", name="删除草稿").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    slow.said("草稿已删除。")
    expect(drafts).to_have_count(0)
    assert rows(committed_app, CertificateDraft) == []


def test_several_pass_at_once(desk, committed_app, hospital):
    with committed_app.app_context(), writing(), unscoped(Reason.MAINTENANCE):
        actor = make_actor(scope.find(Institution, hospital))
        for name, conclusion in (
            ("周晓燕", Conclusion.PENDING),
            ("钱多多", Conclusion.PENDING),
            ("孙及格", Conclusion.QUALIFIED),
        ):
            make_certificate(actor, name=name, conclusion=conclusion)
        db.session.commit()
    page = desk.page
    page.goto(GRID)
    for name in ("周晓燕", "钱多多", "孙及格"):
        page.get_by_label(f"选择 {name}").check()
    button = page.get_by_role("toolbar").get_by_role("button", name="批量合格")
    expect(button).to_be_disabled()
    page.get_by_label("选择 孙及格").uncheck()
    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("钱多多、周晓燕")
    desk.picture("批量合格")
    dialog.get_by_role("button", name="确定").click()
    desk.said("已将 2 人的考核结论设为合格")
    found = rows(committed_app, TrialCertificate)
    assert {one.conclusion for one in found} == {Conclusion.QUALIFIED}
    # A double click opens the form.
    page.locator("table.grid tbody tr", has_text="周晓燕").dblclick()
    page.wait_for_url("**/certificates/edit/**")
    expect(page.locator("#name")).to_have_value("周晓燕")


def test_who_was_deleted_comes_back(desk, committed_app, hospital):
    with committed_app.app_context(), writing(), unscoped(Reason.MAINTENANCE):
        actor = make_actor(scope.find(Institution, hospital))
        make_certificate(actor, name="周晓燕")
        db.session.commit()
    page = desk.page
    page.goto(GRID)
    desk.pick("周晓燕")
    desk.confirm("删除信息", "重复录入")
    desk.said("“周晓燕”的信息已删除")
    page.get_by_role("toolbar").get_by_role("link", name="回收站").click()
    expect(page.locator("table.grid")).to_contain_text("重复录入")
    desk.picture("回收站")
    desk.pick("周晓燕")
    desk.confirm("恢复")
    desk.said("已恢复 1 人")
    (row,) = rows(committed_app, TrialCertificate)
    assert row.deleted_at is None
    assert row.content_version == 2

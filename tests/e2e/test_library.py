"""The bureau officer at the library in a real browser: find, arrange, lock."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from extensions import db
from models import Institution, utc_now
from models.engine import writing
from services.scope import Reason, unscoped
from tests.e2e.desk import ANSWER, PASSWORD, Desk, sit_down
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

OFFICER = "hb1000001"


@pytest.fixture
def library(committed_app, monkeypatch):
    """A province with more below it than the tree shows at once."""
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    with committed_app.app_context(), writing():
        province = make_bureau(name="湖北省卫生和计划生育委员会")
        city = make_bureau(province, name="武汉市卫生和计划生育委员会")
        county = make_bureau(city, name="黄陂区卫生和计划生育委员会")
        make_institution(city, name="武汉市汉口医院")
        make_institution(city, name="武汉市中医医院", category_code="A210", locked_at=utc_now())
        make_institution(county, name="黄陂区前川街社区卫生服务中心", category_code="B1")
        for number in range(1, 23):
            make_institution(county, name=f"黄陂区第{number:02d}诊所", category_code="D2")
        make_administrator(province, username=OFFICER, password=PASSWORD)
        db.session.commit()


class Officer(Desk):
    """The screen of the officer, at the list of institutions."""

    def sit_down(self, username=OFFICER):
        sit_down(self.page, self.app, username)
        self.page.goto("/admin/institutions/")
        self.is_ready()

    def open(self):
        self.page.get_by_role("link", name="下级机构管理").click()
        self.is_ready()

    def is_ready(self):
        """Wait for the page's script: the drop-down tree is the last that it makes of the list."""
        self.page.locator(".tree-select").first.wait_for()

    def said(self, sentence):
        super().said(sentence)
        self.is_ready()

    def counts(self, number):
        self.page.get_by_text(f"共 {number} 条").wait_for()
        self.is_ready()

    def rows(self):
        return self.page.locator("table.grid tbody tr[data-key]")

    def shows(self, *names):
        """Wait until the grid shows these rows."""
        self.page.wait_for_function(
            "wanted => [...document.querySelectorAll('table.grid tbody tr[data-key]')]"
            ".map(row => row.dataset.name).join() === wanted",
            arg=",".join(names),
        )
        self.is_ready()

    def search(self):
        self.page.get_by_role("button", name="搜索").click()


@pytest.fixture
def officer(library, page, committed_app, console, folder):
    found = Officer(page, committed_app, console, folder)
    found.sit_down()
    return found


def test_a_category_out_of_the_tree_by_keyboard(officer):
    page = officer.page
    page.get_by_label("机构类别：").press("Enter")
    page.get_by_role("treeitem", name="医院", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    officer.search()
    officer.shows("武汉市中医医院")
    assert "category=A2" in page.url
    # A parent stands for all below it; the last choice is where the tree unfolds.
    page.get_by_label("机构类别：").press("Enter")
    page.get_by_role("treeitem", name="中医医院", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    officer.search()
    officer.shows("武汉市汉口医院", "武汉市中医医院")


def test_a_keyword_by_its_initials(officer):
    page = officer.page
    page.get_by_label("关键字：").fill("hkyy")
    page.keyboard.press("Enter")
    officer.shows("武汉市汉口医院")
    officer.rows().first.dblclick()
    page.wait_for_url("**/details/**")
    page.get_by_role("link", name="返回").first.click()
    officer.shows("武汉市汉口医院")


def test_a_part_of_the_tree_of_organisations(officer):
    page = officer.page
    tree = page.get_by_role("tree", name="组织机构")
    tree.get_by_role("treeitem", name="武汉市卫生和计划生育委员会").focus()
    page.keyboard.press("ArrowRight")
    county = tree.get_by_role("treeitem", name="黄陂区卫生和计划生育委员会")
    county.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    tree.get_by_text("更多…").click()
    clinic = tree.get_by_role("treeitem", name="黄陂区第22诊所")
    clinic.wait_for()
    expect(tree.get_by_role("treeitem")).to_have_count(1 + 3 + 23)
    clinic.click()
    officer.shows("黄陂区第22诊所")
    # What was unfolded is unfolded still; the whole is one click away.
    county.click()
    officer.counts(24)
    page.get_by_role("link", name="取消范围 黄陂区卫生和计划生育委员会").click()
    officer.counts(27)
    page.get_by_role("button", name="收起或展开组织机构").click()
    page.reload()
    officer.counts(27)
    expect(tree).to_be_hidden()


def test_the_list_of_the_notice_fits_beside_the_tree(officer):
    officer.page.get_by_role("treeitem").first.wait_for()
    widths = officer.page.locator(".table-frame").evaluate("f => [f.scrollWidth, f.clientWidth]")
    assert widths[0] <= widths[1]
    assert officer.page.evaluate("document.documentElement.scrollHeight") <= 768


def test_chosen_columns_and_the_filter_come_back_after_signing_in_again(officer):
    page = officer.page
    page.get_by_role("button", name="列设置").click()
    dialog = page.get_by_role("dialog", name="列设置")
    for name in ("诊疗科目", "管理员数"):
        dialog.get_by_label(name, exact=True).uncheck()
    dialog.get_by_label("机构级别", exact=True).check()
    for _ in range(2):
        dialog.get_by_role("button", name="下移 机构名称").click()
    dialog.get_by_role("button", name="确定").click()
    page.locator("th.col-level_code").wait_for()
    officer.is_ready()
    heads = ["机构类别", "信息上报层级", "机构名称", "统一社会信用代码", "审核状态"]
    shown = page.locator("table.grid th[scope=col]")
    expect(shown).to_have_text([*heads, "资料完整度", "机构级别"])
    page.get_by_text("高级", exact=True).click()
    page.get_by_label("审核状态：").select_option("已锁定")
    with page.expect_response("**/preferences/"):
        officer.search()
    officer.shows("武汉市中医医院")
    officer.sign_out()
    officer.sign_in(OFFICER)
    officer.open()
    officer.shows("武汉市中医医院")
    expect(shown).to_have_text([*heads, "资料完整度", "机构级别"])
    page.get_by_role("button", name="清除条件").click()
    officer.counts(27)
    officer.open()
    officer.counts(27)
    page.get_by_role("button", name="列设置").click()
    dialog.get_by_role("button", name="恢复默认").click()
    page.locator("th.col-administrators").wait_for()


def test_a_mixed_selection_is_refused_and_unlocking_asks_why(officer):
    page = officer.page
    page.get_by_label("关键字：").fill("yy")
    page.keyboard.press("Enter")
    officer.shows("武汉市汉口医院", "武汉市中医医院")
    page.get_by_label("全选本页").check()
    lock = page.get_by_role("button", name="锁定/解锁")
    lock.click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_text("审核状态不同").wait_for()
    expect(dialog.get_by_role("button", name="确定")).to_be_hidden()
    dialog.get_by_role("button", name="关闭").click()

    officer.rows().filter(has_text="中医医院").click()
    lock.click()
    dialog.get_by_role("heading", name="解锁").wait_for()
    dialog.get_by_role("button", name="确定").click()
    dialog.get_by_text("请填写解锁原因").wait_for()
    dialog.get_by_role("textbox").fill("地址有误")
    dialog.get_by_role("button", name="确定").click()
    officer.said("已解锁 1 家机构")

    page.get_by_label("全选本页").check()
    lock.click()
    dialog.get_by_role("heading", name="锁定").wait_for()
    # Of each incomplete record it is said that the lock keeps it so.
    for name in ("汉口医院", "中医医院"):
        dialog.get_by_text(f"{name}”的资料完整度为").wait_for()
    dialog.get_by_role("button", name="确定").click()
    officer.said("已锁定 2 家机构")
    expect(officer.rows().filter(has_text="已锁定")).to_have_count(2)


def test_a_bureau_is_looked_up(officer):
    page = officer.page
    page.get_by_text("高级", exact=True).click()
    box = page.get_by_label("信息上报：")
    box.fill("hpq")
    page.get_by_role("option", name="黄陂区卫生和计划生育委员会").wait_for()
    box.press("Enter")
    page.wait_for_function("document.getElementById('filter-bureau').value !== ''")
    box.press("Enter")
    officer.counts(23)
    expect(box).to_have_value("黄陂区卫生和计划生育委员会")
    assert page.url.count("bureau") == 1


def test_a_name_that_was_typed_and_not_picked_is_never_dropped(officer):
    page = officer.page
    page.get_by_text("高级", exact=True).click()
    box = page.get_by_label("信息上报：")
    box.fill("黄陂区")
    officer.search()
    page.get_by_text("没有这个名称的机构").wait_for()
    officer.counts(0)
    expect(box).to_have_value("黄陂区")
    box.fill("黄陂区卫生和计划生育委员会")
    officer.search()
    officer.counts(23)


def test_what_is_wrong_is_not_covered_by_the_names(officer, console):
    page = officer.page
    page.goto("/admin/licences/new/")
    page.get_by_role("button", name="保存").first.click()
    page.get_by_text("请填写所属机构。").wait_for()
    names = page.get_by_role("listbox").filter(has_text="卫生")
    expect(page.locator("#owner_name")).to_be_focused()
    expect(names).to_have_count(0)
    with page.expect_response("**/ajax/lookup/**"):
        page.locator("#owner_name").press("ArrowDown")
    expect(names).to_be_visible()
    page.locator("#owner_name").press("Escape")
    expect(names).to_be_hidden()
    # Chromium writes a line for the answer of 422.
    assert all("422" in line for line in console)
    console.clear()


def test_a_link_that_was_opened_is_not_remembered(officer):
    page = officer.page
    page.goto("/admin/institutions/?category=A&locked=locked")
    officer.shows("武汉市中医医院")
    page.get_by_role("link", name="刷新").click()
    officer.shows("武汉市中医医院")
    officer.open()
    officer.counts(27)
    with page.expect_response("**/preferences/"):
        page.locator(".sizes").get_by_role("link", name="50").click()
    officer.counts(27)
    officer.open()
    expect(officer.rows()).to_have_count(27)


def test_a_lock_of_a_higher_office_only_says_whose_it_is(officer, committed_app):
    with committed_app.app_context(), writing(), unscoped(Reason.MAINTENANCE):
        rows = {row.name: row for row in db.session.scalars(select(Institution)).unique()}
        county = rows["黄陂区卫生和计划生育委员会"]
        rows["黄陂区第01诊所"].locked_at = utc_now()
        rows["黄陂区第01诊所"].locked_by_id = county.parent_id
        make_administrator(county, username="hb2011601", password=PASSWORD)
        db.session.commit()
    page = officer.page
    officer.sit_down("hb2011601")
    row = officer.rows().filter(has_text="黄陂区第01诊所")
    row.get_by_text("已锁定（武汉市卫生和计划生育委员会）").wait_for()
    row.click()
    page.get_by_role("button", name="锁定/解锁").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_text("只能由“武汉市卫生和计划生育委员会”或其上级解锁。").wait_for()
    expect(dialog.get_by_role("button", name="确定")).to_be_hidden()

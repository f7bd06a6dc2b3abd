"""The record of a hospital: completed by its clerk from the checklist, checked and locked above."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from extensions import db
from models.engine import writing
from tests.e2e.desk import Desk
from tests.factories import uploads
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

CLERK, OFFICER = "hb3017401", "hb2011601"
BUREAU, HOSPITAL = "黄陂区卫生和计划生育委员会", "黄陂区人民医院"
SCAN = {
    "name": "正本.jpg",
    "mimeType": "image/jpeg",
    "buffer": uploads.jpeg(uploads.picture((600, 400))),
}
RECORD = {
    "organisation_code": "12420100441626842Y",
    "address": "武汉市黄陂区前川街1号",
    "postcode": "430300",
    "level_code": "二级",
    "grade_code": "甲等",
    "rank_code": "县(区)级",
}
LICENCE = {
    "registration_number": "44162684242010211A1001",
    "legal_representative": "蒋建国",
    "person_in_charge": "张华",
    "issued_by": BUREAU,
    "issued_on": "2016-01-02",
    "valid_from": "2016-01-02",
    "valid_until": "2036-01-01",
    "address": "武汉市黄陂区前川街1号",
}


@pytest.fixture
def desk(committed_app, page, console, folder):
    """A county with three hospitals; of one of them nothing but name and category is known."""
    with committed_app.app_context(), writing():
        county = make_bureau(make_bureau(name="武汉市卫生和计划生育委员会"), name=BUREAU)
        hospital = make_institution(county, name=HOSPITAL, category_code="A1")
        for name in ("黄陂区中医医院", "黄陂区妇幼保健院"):
            make_institution(county, name=name)
        make_administrator(hospital, username=CLERK)
        make_administrator(county, username=OFFICER)
        db.session.commit()
    return Desk(page, committed_app, console, folder)


def test_from_an_empty_record_to_a_locked_one(desk):
    clerk_completes_the_record(desk)
    clerk_corrects_the_former_names(desk)
    officer_checks_and_locks(desk)
    clerk_can_only_look(desk)


def clerk_completes_the_record(desk):
    page = desk.page
    desk.sit_down(CLERK)
    needs = page.get_by_label("资料完整度").get_by_role("listitem")
    needs.first.wait_for()
    desk.picture("清单")
    desk.go_to("医学考试", "试用期考核证明")
    desk.press("新增")
    page.get_by_text("补齐后才能新增考核证明").wait_for()
    desk.picture("不能新增")

    page.get_by_role("link", name="填写机构代码").click()
    page.wait_for_url("**/my-institution/**")
    page.wait_for_load_state("load")
    page.locator("#organisation_code").fill("12420100441626842Z")
    page.keyboard.press("Tab")
    page.locator("#organisation_code-check.is-error", has_text="代码").wait_for()
    desk.picture("离开即校验")
    desk.fill(**RECORD)
    desk.save("保存修改")

    page.get_by_label("资料完整度").get_by_role("link").first.click()
    add = page.get_by_role("link", name="新增", exact=True)
    add.first.click()
    desk.fill(**LICENCE)
    page.get_by_label("诊疗范围").focus()
    page.keyboard.type("内科")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.locator("form.record button[type=submit]").first.click()
    desk.said("已保存。")
    page.locator("input[name=files]").set_input_files([SCAN])
    page.locator(".scan").wait_for()
    # The form was opened from the record, so 返回 leads to its tab, and the act stays there.
    page.get_by_role("link", name="返回", exact=True).click()
    desk.pick(HOSPITAL)
    desk.confirm("设为使用")
    page.get_by_text("资料完整度 100%").wait_for()
    page.locator(".tabs .current", has_text="医疗机构执业许可证").wait_for()
    desk.picture("资料完整")


def clerk_corrects_the_former_names(desk):
    page = desk.page
    desk.sit_down(CLERK)
    desk.go_to("本机构管理", "本机构信息设置")
    page.get_by_role("link", name="曾用名").click()
    page.locator("#name").fill("黄陂县人民医院")
    page.get_by_role("button", name="新增曾用名").click()
    desk.said("已保存。")
    remove = page.get_by_role("button", name="删除")
    for answer, left in (("取消", 1), ("确定", 0)):
        page.wait_for_load_state("load")
        remove.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("确定删除曾用名“黄陂县人民医院”吗？").wait_for()
        dialog.get_by_role("button", name=answer).click()
        if left:
            dialog.wait_for(state="hidden")
        else:
            page.get_by_text("没有曾用名").wait_for()
        expect(remove).to_have_count(left)


def officer_checks_and_locks(desk):
    page = desk.page
    desk.sit_down(OFFICER)
    desk.go_to("下级机构管理", "机构信息管理")
    page.get_by_role("searchbox", name="关键字：").fill("hpqrmyy")
    page.keyboard.press("Enter")
    row = page.locator("table.grid tbody tr", has_text=HOSPITAL)
    row.wait_for()
    expect(page.locator("table.grid tbody tr")).to_have_count(1)
    expect(row).to_contain_text("100%")
    page.wait_for_load_state("load")
    row.dblclick()
    page.locator(".tabs").get_by_role("link", name="医疗机构执业许可证").click()
    page.wait_for_load_state("load")
    page.locator("table.grid tbody tr").dblclick()
    page.get_by_role("link", name="证照上传").click()
    page.wait_for_load_state("load")
    page.locator(".scan-picture").first.click()
    viewer = page.locator("[data-viewer]")
    viewer.get_by_role("button", name="放大").click()
    viewer.get_by_role("button", name="右转").click()
    desk.picture("查看证照")
    page.keyboard.press("Escape")

    desk.go_to("下级机构管理", "机构信息管理")
    desk.pick(HOSPITAL)
    desk.confirm("锁定/解锁")
    page.locator("table.grid tbody tr", has_text="已锁定").wait_for()
    desk.picture("已锁定")
    page.locator("table.grid tbody tr", has_text=HOSPITAL).dblclick()
    page.get_by_role("link", name="变更记录").click()
    page.get_by_text("锁定机构").first.wait_for()
    page.get_by_text("12420100441626842Y").first.wait_for()
    desk.picture("变更记录")


def clerk_can_only_look(desk):
    page = desk.page
    desk.sit_down(CLERK)
    desk.go_to("本机构管理", "本机构信息设置")
    page.get_by_text("只能查看").first.wait_for()
    expect(page.locator("#address")).to_be_disabled()
    expect(page.get_by_role("button", name="保存修改")).to_have_count(0)
    desk.picture("锁定后只能查看")

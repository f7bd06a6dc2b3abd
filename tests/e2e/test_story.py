"""The whole year in a real browser, from a new institution to a roster that the bureau has filed.

A picture of each step is left in ``test-artifacts``.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from extensions import db
from models import AuthMethod
from models.engine import writing
from tests.e2e.desk import ANSWER, PASSWORD, PHONE, Desk
from tests.factories import uploads
from tests.factories.administrators import make_administrator
from tests.factories.certificates import make_id_number
from tests.factories.exam_cycles import YEAR, make_exam_cycle
from tests.factories.institutions import make_bureau

PICTURE = uploads.picture((600, 400))
PROVINCE, CITY, NEIGHBOUR = "hb1000001", "hb2000201", "hb2000301"
#: Files what the city gets; one phone receives one code a minute, and the story takes no longer.
COLLEAGUE = "hb2000202"
CLERK, CLERK_PASSWORD = "hankou001", "Chengqiang-Hulu-88"
HOSPITAL, BUREAU = "武汉市汉口医院", "武汉市卫生和计划生育委员会"
FIRST, SECOND = "周𬭎", "阿卜杜拉·买买提"
REASON = "周𬭎的毕业学校与毕业证书不符，请核对。"
REMARK = "毕业学校与毕业证书不符"

#: One row of 试用信息: department, from, to.
INTERNAL = ("内科", "2016-09-01", "2017-02-28")
SURGERY = ("外科", "2017-03-01", "2017-08-31")
WHOLE_YEAR = ("急诊科", "2016-09-01", "2017-08-31")


@pytest.fixture
def bureaux(committed_app, monkeypatch):
    """The province and two of its cities with their officers, in a year that is open."""
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    with committed_app.app_context(), writing():
        province = make_bureau(name="湖北省卫生和计划生育委员会")
        city = make_bureau(province, name=BUREAU)
        neighbour = make_bureau(province, name="襄阳市卫生和计划生育委员会")
        make_administrator(province, username=PROVINCE)
        make_administrator(neighbour, username=NEIGHBOUR)
        make_administrator(
            city,
            username=CITY,
            password=PASSWORD,
            phone=PHONE,
            auth_method=AuthMethod.PASSWORD_SMS,
        )
        make_administrator(city, username=COLLEAGUE, password=PASSWORD)
        make_exam_cycle()
        db.session.commit()


@pytest.fixture
def desk(bureaux, page, committed_app, console, folder):
    return Desk(page, committed_app, console, folder)


def test_the_whole_year(desk):
    one_time_password = city_makes_institution_and_account(desk)
    clerk_takes_over(desk, one_time_password)
    clerk_completes_the_record(desk)
    clerk_enters_two_people(desk)
    clerk_marks_who_passed(desk)
    clerk_makes_the_roster(desk)
    clerk_prints_and_hands_in(desk, "第1批")

    city_returns_the_roster(desk)
    clerk_mends_and_hands_in_again(desk)
    address = city_files_the_roster(desk)
    province_sees_it(desk)
    neighbour_sees_nothing(desk, address)


def city_makes_institution_and_account(desk):
    page = desk.page
    desk.sign_in_by_sms(CITY)
    desk.picture("市级工作台")
    desk.go_to("下级机构管理", "机构信息管理")
    desk.press("新增")
    desk.fill(name=HOSPITAL)
    page.locator("#category_code-button").click()
    page.get_by_role("searchbox", name="查找").fill("综合医院")
    page.get_by_role("treeitem", name="综合医院", exact=True).first.click()
    expect(page.locator("#parent_name")).to_have_value(BUREAU)
    desk.picture("新增机构")
    desk.save("保存")
    desk.pick(HOSPITAL)
    desk.picture("机构信息管理")

    desk.press("登录设置")
    desk.press("新增用户")
    expect(page.locator("#institution_name")).to_have_value(HOSPITAL)
    desk.fill(username=CLERK, full_name="李文书", auth_method="用户名密码", role="操作员")
    desk.picture("新增用户")
    desk.save("保存")
    page.get_by_role("button", name="显示密码").click()
    secret = page.locator(".secret code").nth(1).inner_text()
    desk.picture("一次性密码")
    page.get_by_role("link", name="完成").click()
    page.locator("table.grid tbody tr", has_text=CLERK).wait_for()
    # It stands nowhere any more.
    assert secret not in page.content()
    desk.sign_out()
    return secret


def clerk_takes_over(desk, one_time_password):
    page = desk.page
    desk.sign_in(CLERK, one_time_password)
    page.wait_for_url("**/account/password**")
    page.goto("/admin/certificates/")
    assert "/account/password" in page.url
    page.get_by_label("原密码").fill(one_time_password)
    page.get_by_label("新密码：", exact=True).fill(CLERK_PASSWORD)
    page.get_by_label("确认新密码：").fill(CLERK_PASSWORD)
    desk.picture("首次登录修改密码")
    page.get_by_role("button", name="修改密码").click()
    page.get_by_role("heading", name=HOSPITAL).wait_for()
    desk.picture("机构工作台")


def clerk_completes_the_record(desk):
    desk.go_to("本机构管理", "本机构信息设置")
    desk.fill(
        organisation_code="12420100441626842Y",
        service_target="社会人群",
        address="武汉市江岸区江汉北路18号",
        postcode="430014",
        level_code="三级",
        grade_code="甲等",
        rank_code="市级",
    )
    desk.picture("本机构信息设置")
    desk.save("保存修改")
    desk.go_to("本机构管理", "医疗机构执业许可证")
    desk.press("新增")
    desk.fill(
        institution_name=HOSPITAL,
        registration_number="44162684242010211A1001",
        legal_representative="蒋建国",
        person_in_charge="张华",
        issued_by=BUREAU,
        issued_on="2016-01-02",
        valid_from="2016-01-02",
        valid_until="2031-01-01",
        address="武汉市江岸区江汉北路18号",
    )
    desk.page.get_by_label("诊疗范围").focus()
    desk.page.keyboard.type("内科")
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Escape")
    desk.page.locator("form.record button[type=submit]").first.click()
    desk.said("已保存。")
    # The page of the scans follows by itself.
    scan = {"name": "正本.jpg", "mimeType": "image/jpeg", "buffer": uploads.jpeg(PICTURE)}
    desk.page.locator("input[name=files]").set_input_files([scan])
    desk.page.locator(".scan").wait_for()
    desk.go_to("本机构管理", "医疗机构执业许可证")
    desk.pick(HOSPITAL)
    desk.confirm("设为使用")
    desk.said("已设为使用")
    desk.picture("医疗机构执业许可证")


def clerk_enters_two_people(desk):
    page = desk.page
    desk.go_to("医学考试", "试用期考核证明")
    desk.press("新增")
    expect(page.get_by_label("机构名称")).to_have_value(HOSPITAL)
    person(desk, FIRST, "1")
    desk.fill_period(0, *INTERNAL)
    page.get_by_role("button", name="增加一段").click()
    department, started_on, ended_on = SURGERY
    desk.fill_period(1, department, ended_on, started_on)
    page.get_by_role("button", name="保存新增").click()

    page.get_by_text("截止时间应晚于开始时间。").wait_for()
    wrong = page.locator(".is-wrong-cell")
    expect(wrong).to_have_count(1)
    expect(wrong.get_by_label("截止时间")).to_have_value(started_on)
    # Nothing that was typed is lost.
    expect(page.locator("#name")).to_have_value(FIRST)
    desk.picture("填报有误")
    desk.refused(422)

    desk.fill_period(1, *SURGERY)
    desk.picture("新增试用人员")
    desk.save("保存新增")

    desk.press("新增")
    person(desk, SECOND, "2")
    desk.fill_period(0, *WHOLE_YEAR)
    desk.save("保存新增")
    expect(page.locator("table.grid tbody tr[data-key]")).to_have_count(2)
    desk.picture("试用期考核证明")


def person(desk, name, gender):
    desk.fill(
        certificate_type="医师资格考试试用期考核证明",
        exam_year=f"{YEAR}年",
        exam_category_code="临床执业医师",
        conclusion="考核中",
        name=name,
        id_number=make_id_number(gender=gender),
        ethnic_group_code="汉族" if name == FIRST else "维吾尔族",
        education_code="大学本科毕业",
        school="武汉大学",
        major="临床医学",
        graduated_on="2016-06-30",
        phone=PHONE,
    )


def clerk_marks_who_passed(desk):
    page = desk.page
    for name in (FIRST, SECOND):
        desk.pick(name)
        desk.press("修改试用信息")
        desk.fill(conclusion="合格")
        desk.save("保存修改")
    expect(page.locator("td.col-conclusion", has_text="合格")).to_have_count(2)
    desk.picture("考核合格")


def clerk_makes_the_roster(desk):
    page = desk.page
    desk.go_to("医学考试", "花名册")
    # What is the bureau's business is not offered.
    expect(page.get_by_role("toolbar").get_by_text("备案")).to_have_count(0)
    desk.press("生成花名册")
    page.get_by_text("已选 2 人").wait_for()
    desk.picture("生成花名册")
    page.get_by_role("button", name="生成花名册").click()
    desk.said("花名册已生成")


def clerk_prints_and_hands_in(desk, batch):
    page = desk.page
    page.get_by_role("heading", name=batch).wait_for()
    with page.expect_popup() as paper:
        desk.confirm("打印")
    page.get_by_role("cell", name="已打印").wait_for()
    # Behind another window Chromium draws once a second, and the story would wait for each picture.
    paper.value.close()
    paper = desk.names_on_paper()
    assert FIRST in paper
    assert SECOND in paper
    desk.confirm("报送")
    desk.said(f"已报送至{BUREAU}")
    page.get_by_role("cell", name="已报送").wait_for()
    desk.picture("已报送")


def city_looks_at_a_person(desk):
    page = desk.page
    desk.go_to("医学考试", "试用期考核证明")
    desk.pick(FIRST)
    desk.press("查看")
    expect(page.locator("#id_number")).to_have_value(re.compile(r"^\d{6}\*{10}..$"))
    desk.picture("个人信息已遮盖")
    page.get_by_role("button", name="显示个人信息").click()
    page.get_by_text("已记入操作日志").wait_for()
    number = page.locator("#id_number").input_value()
    assert re.fullmatch(r"\d{17}[\dX]", number)
    desk.picture("显示个人信息")

    desk.go_to("医学考试", "试用期考核证明")
    page.get_by_label("关键字：").fill(number)
    page.get_by_role("button", name="搜索").click()
    page.get_by_text("按完整的证件号码查找").wait_for()
    expect(page.locator("table.grid tbody tr[data-key]")).to_have_count(1)
    desk.picture("按证件号码查找")
    assert number not in page.url
    assert number not in page.locator("[data-copy]").get_attribute("data-copy")
    page.get_by_label("关键字：").fill(FIRST)
    page.get_by_role("button", name="搜索").click()
    page.wait_for_url("**search=**")
    assert "csrf_token" not in page.url


def city_returns_the_roster(desk):
    page = desk.page
    desk.sit_down(COLLEAGUE)
    city_looks_at_a_person(desk)
    desk.go_to("医学考试", "花名册")
    desk.pick(HOSPITAL)
    desk.press("查看")
    page.get_by_role("cell", name=FIRST).wait_for()
    desk.press("退回")
    page.get_by_label("退回原因").fill(" ")
    page.get_by_role("button", name="退回").click()
    page.get_by_text("请填写退回原因。").wait_for()
    desk.refused(422)
    page.get_by_label("退回原因").fill(REASON)
    page.get_by_label(f"{FIRST}的退回意见").fill(REMARK)
    page.get_by_role("button", name="退回").click()
    desk.said("花名册已退回。")
    desk.sign_out()


def clerk_mends_and_hands_in_again(desk):
    page = desk.page
    desk.sign_in(CLERK, CLERK_PASSWORD)
    desk.go_to("医学考试", "试用期考核证明")
    desk.pick(FIRST)
    desk.press("修改试用信息")
    page.get_by_text(REMARK).wait_for()
    before = page.locator("output.code").inner_text()
    desk.fill(school="华中科技大学")
    desk.save("保存修改")
    expect(page.locator("table.grid")).not_to_contain_text(before)

    desk.go_to("医学考试", "花名册")
    desk.pick("退回")
    desk.press("查看")
    page.get_by_text(REASON.rstrip("。")).wait_for()
    desk.picture("退回原因")
    desk.confirm("重新生成")
    desk.said("已重新生成第2批花名册")
    clerk_prints_and_hands_in(desk, "第2批")
    assert before not in desk.names_on_paper()


def city_files_the_roster(desk):
    page = desk.page
    desk.sit_down(COLLEAGUE)
    desk.go_to("医学考试", "花名册")
    filing = page.get_by_role("toolbar").get_by_role("button", name="备案", exact=True)
    desk.pick("已作废")
    expect(filing).to_be_disabled()
    desk.pick("已报送")
    expect(filing).to_be_enabled()
    desk.confirm("备案")
    desk.said("已备案 1 份花名册。")
    desk.pick("已备案")
    expect(filing).to_be_disabled()
    desk.picture("已备案")
    desk.press("查看")
    address = page.url
    desk.sign_out()
    # Nothing is picked for whoever comes back to this desk.
    desk.sign_in(COLLEAGUE)
    desk.go_to("医学考试", "花名册")
    page.wait_for_load_state("load")
    expect(page.locator("tr.is-picked")).to_have_count(0)
    return address


def province_sees_it(desk):
    page = desk.page
    desk.sit_down(PROVINCE)
    desk.go_to("医学考试", "花名册")
    expect(page.locator("table.grid tbody tr[data-key]")).to_have_count(2)
    desk.pick("已备案")
    desk.press("查看")
    page.get_by_role("cell", name=SECOND).wait_for()
    desk.picture("省级查看")
    desk.go_to("医学考试", "试用期考核证明")
    expect(page.locator("td.col-state", has_text="已备案")).to_have_count(2)


def neighbour_sees_nothing(desk, address):
    page = desk.page
    desk.sit_down(NEIGHBOUR)
    for function in ("试用期考核证明", "花名册"):
        desk.go_to("医学考试", function)
        expect(page.locator("table.grid tbody tr[data-key]")).to_have_count(0)
        assert HOSPITAL not in page.content()
        expect(page.get_by_text("共 0 条")).to_be_visible()
    desk.picture("邻市花名册")
    key = re.search(r"[?&]id=(\d+)", address)[1]
    answer = page.goto(address)
    assert answer.status == 404
    assert HOSPITAL not in page.content()
    desk.picture("邻市越权")
    desk.refused(404)
    for paper in ("print.pdf", "roster.xlsx"):
        assert page.context.request.get(f"/admin/rosters/{key}/{paper}").status == 404

"""A clerk brings the people of the hospital in: from the table of the year to the grid."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from playwright.sync_api import expect

from extensions import db
from models.engine import writing
from services import clock
from tests.e2e import office
from tests.factories.administrators import make_administrator
from tests.factories.certificates import PHYSICIAN, make_id_number
from tests.factories.completeness import make_trainer
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_bureau

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

CLERK = "hb3017401"


@pytest.fixture
def year(committed_app):
    """A hospital with its clerk, in a year that is open."""
    with committed_app.app_context(), writing():
        cycle = make_exam_cycle(clock.today().year)
        make_administrator(make_trainer(make_bureau(make_bureau())), username=CLERK)
        db.session.commit()
        return cycle.year


@pytest.fixture
def desk(year, page, committed_app, console, folder):
    return office.Office(page, committed_app, console, folder)


def person(year, **values):
    return {
        "考试年度": year,
        "报考类型": "试用期",
        "姓名": "周晓燕",
        "证件类型": "居民身份证",
        "民族": "汉族",
        "学历": "大学本科毕业",
        "毕业学校": "武汉大学",
        "所学专业": "临床医学",
        "毕业时间": dt.date(year - 4, 6, 30),
        "手机号": 13800138000,
        "报考类别": "临床执业医师",
        "考核结论": "合格",
        **period(year),
        **values,
    }


def period(year, **values):
    return {
        "试用科室": "内科",
        "开始时间": f"{year - 1}.9.1",
        "截止时间": f"{year}年8月31日",
        "带教老师": "蒋建国",
        "带教老师执业证书编码": PHYSICIAN,
        "试用内容": "内科常见病、多发病的诊治",
        **values,
    }


def fill(path, *rows):
    """Type rows below the two examples, as the clerk does in a spreadsheet."""
    office.fill(path, *rows, sheet_name="试用人员", below=4)


def test_from_the_table_of_the_year_to_the_grid(desk, year):
    page = desk.page
    first, second = make_id_number(), make_id_number()
    desk.sit_down(CLERK)
    page.get_by_role("link", name="医学考试").click()
    page.get_by_role("toolbar").get_by_text("导入", exact=True).click()
    desk.picture("人员导入")
    path = desk.download(f"下载{year}年度导入表")
    assert path.name == f"{year}年度试用人员导入表.xlsx"

    # One with two periods, of which the second has no end; one who has served half a year.
    rows = [
        person(year, 证件号码=first, 截止时间=f"{year}-02-28"),
        {"证件号码": first, **period(year, 试用科室="外科", 开始时间=f"{year}-03-01")},
        person(year, 证件号码=second, 姓名="赵芳", 开始时间=f"{year}-03-01"),
    ]
    fill(path, rows[0], {**rows[1], "截止时间": "至今"}, rows[2])
    desk.upload(path)
    desk.picture("人员有错误的预览")
    expect(page.locator("tr.is-wrong")).to_have_count(1)
    expect(page.locator("tr.is-wrong")).to_contain_text("第5行 截止时间：这不是日期")
    expect(page.get_by_role("button", name="确认导入")).to_have_count(0)
    marked = openpyxl.load_workbook(desk.download("下载标注错误的工作簿"))["试用人员"]
    assert marked["U5"].comment.text.startswith("这不是日期")

    fill(path, *rows)
    page.get_by_role("link", name="重新上传").click()
    desk.upload(path)
    desk.picture("人员预览")
    expect(page.get_by_text("其中 1 人有风险提示")).to_be_visible()
    expect(page.locator("main, body").first).not_to_contain_text(first)
    page.get_by_role("button", name="确认导入（2 人）").click()
    page.locator(".message", has_text="导入完成：新增2人，修改0人。").wait_for()

    # It ends in the grid, where they stand with their codes.
    desk.picture("人员名单")
    grid = page.locator("table.grid tbody tr")
    expect(grid.filter(has_text="周晓燕")).to_have_count(1)
    expect(grid.filter(has_text="赵芳")).to_have_count(1)

    # Once more the same: nothing to do.
    page.goto("/admin/certificates/import/")
    desk.upload(path)
    expect(page.get_by_text("文件内容与已录入的内容完全一致")).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    page.get_by_role("heading", name="试用人员批量导入").wait_for()

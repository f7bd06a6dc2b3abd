"""A county officer brings the own institutions in: from the template to the grid."""

from __future__ import annotations

import openpyxl
import pytest
from playwright.sync_api import expect

from extensions import db
from models.engine import writing
from tests.e2e import office
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

# A script of the page does the same whatever the database; what the server does is tested on both.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

OFFICER = "hb2011601"
COUNTY, HOSPITAL = "黄陂区卫生和计划生育委员会", "黄陂区人民医院"


@pytest.fixture
def county(committed_app):
    """A county with one hospital and its officer."""
    with committed_app.app_context(), writing():
        city = make_bureau(make_bureau(name="湖北省卫生和计划生育委员会"), name="武汉市卫计委")
        bureau = make_bureau(city, name=COUNTY)
        hospital = make_institution(bureau, name=HOSPITAL, address="旧址", category_code="A100")
        make_administrator(bureau, username=OFFICER)
        db.session.commit()
        return hospital.unit_number


@pytest.fixture
def desk(county, page, committed_app, console, folder):
    return office.Office(page, committed_app, console, folder)


def fill(path, *rows):
    """Type rows below the example, as the officer does in a spreadsheet."""
    office.fill(path, *rows, sheet_name="机构", below=3)


def test_from_the_template_to_the_grid(desk, county):
    page = desk.page
    desk.sit_down(OFFICER)
    page.get_by_role("link", name="下级机构管理").click()
    page.get_by_role("toolbar").get_by_text("导入", exact=True).click()
    desk.picture("导入")
    path = desk.download("下载空白导入表")
    assert path.name == "机构导入表.xlsx"

    # A village clinic, one without a category, and a new address of the hospital.
    clinic = {"机构名称": "前川街卫生室", "机构类别": "D600 村卫生室", "邮政编码": 430300}
    hospital = {"单位编号": county, "机构名称": HOSPITAL, "机构地址": "黄陂区百秀街259号"}
    fill(path, clinic, {"机构名称": "王家河卫生院"}, hospital)
    desk.upload(path)
    desk.picture("有错误的预览")
    wrong = page.locator("tr.is-wrong")
    expect(wrong).to_have_count(1)
    expect(wrong).to_contain_text("请填写机构类别。")
    expect(page.get_by_role("button", name="确认导入")).to_have_count(0)

    marked = openpyxl.load_workbook(desk.download("下载标注错误的工作簿"))["机构"]
    assert marked["C4"].comment.text == "请填写机构类别。"
    assert marked["B4"].value == "王家河卫生院"

    fill(path, clinic, {"机构名称": "王家河卫生院", "机构类别": "C220 乡卫生院"}, hospital)
    page.get_by_role("link", name="重新上传").click()
    desk.upload(path)
    desk.picture("预览")
    page.get_by_role("link", name="修改 1").click()
    expect(page.locator("tr.is-changed")).to_contain_text("旧址 → 黄陂区百秀街259号")
    page.get_by_role("button", name="确认导入（3 家）").click()
    page.locator(".message", has_text="导入完成：新增2家，修改1家。").wait_for()

    # It ends in the library, where they stand.
    desk.picture("机构库")
    rows = page.locator("table.grid tbody tr")
    expect(rows.filter(has_text="前川街卫生室")).to_have_count(1)
    expect(rows.filter(has_text="王家河卫生院")).to_have_count(1)

    # Once more the same: nothing to do.
    page.goto("/admin/institutions/import/")
    desk.upload(path)
    expect(page.get_by_text("文件内容与机构库完全一致")).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    page.get_by_role("heading", name="机构批量导入").wait_for()
    desk.picture("导入记录")
    expect(page.locator("td", has_text="已导入")).to_have_count(1)


def test_a_file_that_is_none_is_told_at_once(desk, console):
    page = desk.page
    desk.sit_down(OFFICER)
    page.goto("/admin/institutions/import/")
    large = desk.folder / "大文件.xlsx"
    large.write_bytes(b"PK\x03\x04" + bytes(8 * 1024 * 1024))
    page.locator("#file").set_input_files(large)
    expect(page.get_by_text("文件超过 8 MB")).to_be_visible()
    page.get_by_role("button", name="上传并预览").click()
    # It was not even sent.
    expect(page.get_by_text("文件超过 8 MB")).to_be_visible()
    small = desk.folder / "名单.xlsx"
    small.write_bytes("机构名称,机构类别".encode())
    page.locator("#file").set_input_files(small)
    expect(page.get_by_text("文件超过 8 MB")).to_be_hidden()
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_text("所选文件不是 Excel 工作簿").wait_for()
    page.wait_for_load_state("networkidle")
    # What the server said stays, though the page's script has run.
    expect(page.get_by_text("所选文件不是 Excel 工作簿")).to_be_visible()
    desk.picture("不是工作簿")
    assert console
    assert all("422" in line for line in console)
    console.clear()

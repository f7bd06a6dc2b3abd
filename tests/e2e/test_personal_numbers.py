"""The page's script knows the numbers of people, and one can go back to what they found."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from extensions import db
from models.engine import writing
from tests.architecture.sources import ROOT
from tests.e2e.desk import Desk, sit_down
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau
from tests.services.personal_number_cases import OTHERS, PEOPLE

SCRIPT = ROOT / "static/js/personal_numbers.js"


def test_the_script_tells_numbers_of_people_from_other_words(browser):
    page = browser.new_page()
    source = SCRIPT.read_text(encoding="utf-8").replace("export ", "")
    judged = page.evaluate(
        "([source, cases]) => cases.map(new Function(`${source}; return isPersonal`)())",
        [source, [*PEOPLE, *OTHERS]],
    )
    page.close()
    told = dict(zip([*PEOPLE, *OTHERS], judged, strict=True))
    assert told == {**dict.fromkeys(PEOPLE, True), **dict.fromkeys(OTHERS, False)}


@pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)
def test_one_can_go_back_to_what_a_number_has_found(committed_app, page, console, folder):
    with committed_app.app_context(), writing():
        bureau = make_bureau(name="湖北省卫生和计划生育委员会")
        make_administrator(bureau, username="hb1000001", full_name="欧阳文书")
        make_administrator(bureau, username="hb1000002", full_name="李四", phone="13912345678")
        db.session.commit()
    sit_down(page, committed_app, "hb1000001")
    desk, rows = Desk(page, committed_app, console, folder), page.locator("tbody tr[data-key]")
    page.goto("/admin/administrators/")
    expect(rows).to_have_count(2)
    page.locator("input[name=search]").fill("tel 139·1234·5678")
    page.get_by_role("button", name="搜索", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("正在按尾号5678的号码查找")
    desk.picture("按号码查找")

    def assert_found():
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("hb1000002")
        assert "1391234" not in page.url

    assert_found()
    rows.dblclick()
    page.wait_for_url("**/edit/**")
    page.go_back()
    assert_found()
    page.reload()
    assert_found()
    page.get_by_role("link", name="姓名").click()
    page.wait_for_url("**sort=**")
    assert_found()
    page.get_by_role("link", name="刷新").click()
    assert_found()
    page.get_by_role("button", name="清除条件").click()
    expect(rows).to_have_count(2)

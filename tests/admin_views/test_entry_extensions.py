"""The screen 填报延期: bureaux grant days to institutions below, which see their own."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from models import EntryExtension
from services.clock import today
from tests.admin_views.screen_cases import (
    auditor,
    city,
    clerk,
    count,
    entries,
    fresh,
    other_clerk,
    province,
    tree,
)
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle, make_extension

__all__ = ["auditor", "city", "clerk", "other_clerk", "province", "tree"]

PAGE = "/admin/entry-extensions/"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def cycle(app):
    """A year that closed yesterday."""
    return make_exam_cycle(entry_closes_on=today() - DAY, roster_due_on=today() - DAY)


@pytest.fixture
def made(tree):
    return make_extension(tree.hospital, tree.city)


def edit(extension):
    return f"{PAGE}edit/?id={extension.id}"


def test_a_bureau_grants_one(city, clerk, tree):
    until = today() + 30 * DAY
    fields = city.fields(f"{PAGE}new/")
    assert fields["exam_year"] == "2018"
    answer = city.post(
        f"{PAGE}new/",
        **{**fields, "institution_name": "汉口医院", "until": str(until), "reason": "人员较多"},
    )
    page = city.told(answer)
    assert "已保存" in page
    for word in ("汉口医院", "2018年", str(until), "人员较多", "武汉市卫生局"):
        assert word in page
    assert len(entries("entry_extension:grant")) == 1
    # And the institution enters people again.
    complete(tree.hospital)
    assert "保存新增" in clerk.get("/admin/certificates/new/").text


def test_what_is_wrong_stands_beside_its_field(city, tree):
    answer = city.submit(f"{PAGE}new/", institution_name="无此医院", until="", reason="")
    assert answer.status_code == 422
    assert "没有这个名称的机构" in answer.text
    answer = city.submit(
        f"{PAGE}new/", institution_name="汉口医院", until=str(today() - DAY), reason="多"
    )
    assert "延至的日期不能早于今天" in answer.text
    answer = city.submit(
        f"{PAGE}new/",
        institution_id=str(tree.other_hospital.id),
        institution_name="夷陵医院",
        until=str(today()),
        reason="",
    )
    assert answer.status_code == 422
    # It is told with everything else that is wrong, and the try is on record.
    assert "记录不存在或不在您的管理范围内" in answer.text
    assert re.search(r"请填写[^<]*原因", answer.text)
    assert len(entries("request:denied")) == 1
    assert count(EntryExtension) == 0


def test_changing_and_withdrawing(province, city, made):
    answer = province.submit(edit(made), until=str(today() + 5 * DAY))
    page = province.told(answer)
    assert "湖北省卫生局" in page
    assert fresh(EntryExtension, made.id).until == today() + 5 * DAY
    assert "请填写取消原因" in city.told(city.act("entry-extensions", "withdraw", made))
    page = city.told(city.act("entry-extensions", "withdraw", made, reason="不再需要"))
    assert "填报延期已取消" in page
    assert count(EntryExtension) == 0
    assert [entry.object_label for entry in entries("entry_extension:withdraw")] == [
        "汉口医院 2018年度"
    ]


def test_an_institution_sees_its_own_and_changes_nothing(clerk, other_clerk, auditor, made):
    assert clerk.rows(PAGE) == ["汉口医院 2018年度"]
    assert ">新增</a>" not in clerk.get(PAGE).text
    page = clerk.get(edit(made)).text
    assert "查看：汉口医院 2018年度" in page
    assert ">保存</button>" not in page
    assert clerk.post(edit(made), until=str(today()), reason="多").status_code == 403
    assert clerk.get(f"{PAGE}new/").status_code == 403
    assert clerk.act("entry-extensions", "withdraw", made, reason="多").status_code == 403
    assert other_clerk.rows(PAGE) == []
    assert "请联系宜昌市卫生局办理" in other_clerk.get(PAGE).text
    assert other_clerk.get(edit(made)).status_code == 404
    assert auditor.get(PAGE).status_code == 403


def test_filters_and_keyword(province, tree, made):
    make_exam_cycle(2017, entry_closes_on=today() - 30 * DAY)
    make_extension(tree.other_hospital, tree.other_city, 2017, until=today() - DAY)
    assert len(province.rows(PAGE)) == 2
    assert province.rows(PAGE, year="2017") == ["夷陵医院 2017年度"]
    assert province.rows(PAGE, standing="in_force") == ["汉口医院 2018年度"]
    assert province.rows(PAGE, standing="past") == ["夷陵医院 2017年度"]
    assert province.rows(PAGE, search="hkyy") == ["汉口医院 2018年度"]
    assert "确需延期的机构，单击“新增”办理" in province.get(PAGE, year="2017", search="hkyy").text


def test_the_menu_offers_it_to_bureaux(city, clerk):
    years = "/admin/exam-years/"
    assert f'<li><a href="{PAGE}">填报延期</a>' in city.get(years).text
    assert "填报延期" not in clerk.get(years).text
    for worker in (city, clerk):
        assert f'<li><a href="{years}"' in worker.get("/admin/certificates/").text

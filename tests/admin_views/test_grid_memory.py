from __future__ import annotations

import pytest
from sqlalchemy import event

from extensions import db
from models import AuditEntry, GridPreference, Institution
from tests.admin_views.screen_cases import (
    auditor,
    cells_of,
    city,
    clerk,
    count,
    province,
    tree,
)
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_institution

__all__ = ["auditor", "city", "clerk", "province", "tree"]

GRID = "/admin/institutions/"
SETTINGS = f"{GRID}preferences/"


def headers(response):
    """Return the headers of a grid in their order."""
    heads = response.text.split("<thead>")[1].split("</thead>")[0].split('<th scope="col"')[1:]
    return [
        "".join(c for c in head.split(">", 1)[1] if "\u4e00" <= c <= "\u9fff") for head in heads
    ]


def remember(worker, query):
    assert worker.post(SETTINGS, act="remember", query=query).status_code == 204


class TestColumns:
    def test_those_of_the_notice_come_first(self, province):
        assert headers(province.get(GRID)) == [
            "机构名称",
            "机构类别",
            "信息上报层级",
            "统一社会信用代码",
            "诊疗科目",
            "审核状态",
            "资料完整度",
            "管理员数",
        ]

    def test_chosen_ones_are_kept_in_their_order(self, tree, province, city):
        chosen = ["locked_at", "name", "address"]
        answer = province.post(SETTINGS, act="columns", columns=chosen, url=f"{GRID}?locked=open")
        assert answer.location == f"{GRID}?locked=open"
        assert headers(province.get(GRID)) == ["审核状态", "机构名称", "机构地址"]
        assert len(headers(city.get(GRID))) == 8
        again = tree.worker(tree.province)
        assert len(headers(again.get(GRID))) == 8

    def test_default_ones_come_back(self, province):
        province.post(SETTINGS, act="columns", columns=["name"])
        province.post(SETTINGS, act="default-columns")
        assert len(headers(province.get(GRID))) == 8

    def test_unknown_ones_are_left_out_and_none_is_too_few(self, province):
        province.post(SETTINGS, act="columns", columns=["path", "name", "name", "x"])
        assert headers(province.get(GRID)) == ["机构名称"]
        page = province.told(province.post(SETTINGS, act="columns", columns=["path"]))
        assert "请至少选择一列" in page
        assert headers(province.get(GRID)) == ["机构名称"]

    def test_sorting_means_the_same_column_whatever_is_shown(self, tree, province):
        names = province.rows(GRID, sort=0, desc=1)
        province.post(SETTINGS, act="columns", columns=["locked_at", "name"])
        assert province.rows(GRID, sort=0, desc=1) == names == sorted(names, reverse=True)

    def test_the_workbook_has_the_chosen_columns_and_the_filter(self, tree, province):
        province.post(SETTINGS, act="columns", columns=["administrators", "name"])
        make_administrator(tree.hospital)
        rows = cells_of(province.get(f"{GRID}export/xlsx/", search="hkyy"))
        assert ["管理员数", "机构名称"] in rows
        assert ["1", "汉口医院"] in rows
        assert not any("夷陵医院" in row for row in rows)


class TestFilter:
    def test_it_comes_back(self, province):
        remember(province, "category=A1&locked=open&page=3&sort=0")
        answer = province.get(GRID)
        assert answer.location == f"{GRID}?category=A1&locked=open&sort=0"
        assert set(province.rows(answer.location)) == {"汉口医院", "夷陵医院"}

    def test_any_argument_is_a_list_of_its_own(self, province):
        remember(province, "category=A1")
        assert len(province.rows(f"{GRID}?category=")) == 4

    def test_it_is_forgotten(self, province):
        remember(province, "category=A1")
        answer = province.post(SETTINGS, act="forget")
        assert answer.location == GRID
        assert len(province.rows(GRID)) == 4

    def test_neither_keyword_nor_page_nor_anything_unknown_is_kept(self, province):
        remember(province, "search=汉口&page=2&institution_id=1&url=/admin/&locked=open")
        assert province.get(GRID).location == f"{GRID}?locked=open"

    def test_what_was_taken_away_meanwhile_is_left_out(self, tree, province):
        gone = make_institution(tree.city, name="空白医院")
        remember(province, f"within={gone.id}&category=A1&level=3&level=2&created_from=x")
        assert f"within={gone.id}" in province.get(GRID).location
        province.act("institutions", "delete", gone)
        assert province.get(GRID).location == f"{GRID}?category=A1&level=3&level=2"

    def test_one_institutions_accounts_are_a_passing_view(self, tree, province):
        accounts = "/admin/administrators/"
        province.post(f"{accounts}preferences/", act="remember", query="enabled=yes")
        answer = province.post(
            f"{accounts}preferences/", act="remember", query=f"institution={tree.city.id}"
        )
        assert answer.status_code == 204
        assert province.get(accounts).location == f"{accounts}?enabled=yes"

    def test_looking_writes_nothing(self, tree, province):
        statements = []
        event.listen(
            db.engines[None],
            "before_cursor_execute",
            lambda _c, _cursor, statement, *_: statements.append(statement),
        )
        province.get(GRID, category="A1", page_size="50")
        assert statements
        assert not any(s.startswith(("INSERT", "UPDATE", "DELETE")) for s in statements)
        assert count(GridPreference) == 0

    def test_the_page_tells_only_news(self, province):
        mark = "data-remember"
        assert mark not in province.get(GRID).text
        assert mark in province.get(GRID, category="A1").text
        remember(province, "category=A1")
        assert mark not in province.get(GRID, category="A1").text
        assert mark in province.get(GRID, category="").text
        assert mark in province.get(GRID, category="A1", page_size="50").text

    def test_remembering_leaves_no_entry(self, province):
        before = count(AuditEntry)
        remember(province, "category=A1")
        assert count(AuditEntry) == before


class TestPageSize:
    def test_it_is_kept_and_no_part_of_the_link(self, tree, province):
        for _ in range(25):
            make_institution(tree.city)
        assert len(province.rows(GRID)) == 20
        remember(province, "page_size=50")
        page = province.get(GRID)
        assert page.text.count("data-key=") == 29
        assert f'data-copy="{GRID}"' in page.text

    @pytest.mark.parametrize("size", ["10", "0", "-1", "x", "1000000", ""])
    def test_only_what_is_offered(self, province, size):
        remember(province, f"page_size={size}")
        assert count(GridPreference, GridPreference.page_size.is_not(None)) == 0


class TestPages:
    def test_beyond_the_end_is_the_last_page(self, tree, province):
        for _ in range(20):
            make_institution(tree.city)
        text = province.get(GRID, page=4000).text
        assert "第 2 / 2 页" in text
        assert text.count("data-key=") == 4

    def test_an_empty_list_has_no_pages(self, clerk):
        assert "此处无需填写" in clerk.get(GRID, page=7).text

    def test_all_values_of_a_filter_stay_from_page_to_page(self, tree, province):
        for number in range(25):
            make_institution(tree.city, level_code="3" if number % 2 else "2")
        text = province.client.get(f"{GRID}?level=3&level=2").text
        assert f"{GRID}?page=1&amp;level=3&amp;level=2" in text


def test_whoever_reads_something_may_arrange_it(auditor):
    assert (
        auditor.post("/admin/audit/preferences/", act="columns", columns=["at"]).status_code == 302
    )
    assert headers(auditor.get("/admin/audit/")) == ["时间"]


@pytest.mark.parametrize("act", ["", "absurd"])
def test_unknown_acts(province, act):
    assert province.post(SETTINGS, act=act).status_code == 404


def test_never_by_an_address_alone(province):
    assert province.get(SETTINGS).status_code == 405
    assert count(Institution) == 5

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import event, inspect

from admin_views.filters import NOT_OFFERED
from extensions import db
from models import Institution, utc_now
from services import clock, institutions
from tests.admin_views.screen_cases import (
    auditor,
    cells_of,
    city,
    clerk,
    count,
    entries,
    fresh,
    province,
    rows_of,
    tree,
)
from tests.factories.actors import acting
from tests.factories.administrators import make_administrator
from tests.factories.completeness import show_scans
from tests.factories.institutions import DETAILS, make_former_name, make_institution
from tests.factories.licences import make_licence, make_scan

__all__ = ["auditor", "city", "clerk", "province", "tree"]

GRID = "/admin/institutions/"
NEW = "/admin/institutions/new/"


def edit(row):
    return f"/admin/institutions/edit/?id={inspect(row).identity[0]}"


def lock(worker, row):
    with acting(worker.actor):
        institutions.lock(worker.actor, [row])


class TestGrid:
    def test_only_what_lies_below(self, tree, province, city, clerk):
        assert set(province.rows(GRID)) == {"武汉市卫生局", "汉口医院", "宜昌市卫生局", "夷陵医院"}
        assert city.rows(GRID) == ["汉口医院"]
        assert clerk.rows(GRID) == []
        assert "此处无需填写" in clerk.get(GRID).text

    def test_keyword_finds_names_and_former_names(self, tree, province):
        make_former_name(tree.other_hospital, name="东湖诊所")
        assert province.rows(GRID, search="医院") == ["汉口医院", "夷陵医院"]
        assert province.rows(GRID, search=" 东湖 ") == ["夷陵医院"]
        assert province.rows(GRID, search="%") == []
        # Blanks inside of a name make no other one, and none in the keyword.
        make_institution(tree.city, name="江 汉 医院")
        for typed in ("江汉医院", "江 汉医", "jh yy"):
            assert province.rows(GRID, search=typed) == ["江 汉 医院"]

    def test_keyword_finds_initials_and_codes(self, tree, province):
        make_institution(tree.city, name="普爱医院", organisation_code="12420100441626842Y")
        assert province.rows(GRID, search="hkyy") == ["汉口医院"]
        assert province.rows(GRID, search="441626842y") == ["普爱医院"]

    def test_a_part_of_the_tree(self, tree, province, city):
        found = province.get(GRID, within=tree.city.id)
        assert rows_of(found) == ["武汉市卫生局", "汉口医院"]
        assert "范围：<strong>武汉市卫生局</strong>" in found.text
        assert city.get(GRID, within=tree.other_city.id).status_code == 404
        assert city.get(GRID, within="x").status_code == 404

    def test_who_reports_to_a_bureau(self, tree, province, city):
        assert province.rows(GRID, bureau=tree.city.id) == ["汉口医院"]
        assert province.rows(GRID, bureau=tree.province.id) == ["武汉市卫生局", "宜昌市卫生局"]
        assert city.get(GRID, bureau=tree.other_city.id).status_code == 404

    def test_a_parent_stands_for_all_below_it(self, tree, province):
        make_institution(tree.city, name="省中医院", category_code="A210", division_code="420102")
        assert province.rows(GRID, category="A") == ["汉口医院", "省中医院", "夷陵医院"]
        assert province.rows(GRID, category="A2") == ["省中医院"]
        assert province.rows(GRID, division="420100") == ["省中医院"]
        assert province.rows(GRID, division="420500") == []

    def test_several_levels_at_once(self, tree, province):
        make_institution(tree.city, name="三级医院", level_code="3", grade_code="2")
        make_institution(tree.city, name="二级医院", level_code="2", rank_code="3")
        assert set(rows_of(province.client.get(f"{GRID}?level=3&level=2"))) == {
            "三级医院",
            "二级医院",
        }
        assert province.rows(GRID, grade="2") == ["三级医院"]
        assert province.rows(GRID, rank="3") == ["二级医院"]
        assert province.rows(GRID, level="absurd") == []
        assert NOT_OFFERED in province.get(GRID, level="absurd").text

    def test_an_institution_without_any_below_it_has_nothing_to_do(self, tree, clerk):
        assert "此处无需填写" in clerk.get(GRID).text
        assert "此处无需填写" not in clerk.get(GRID, search="没有").text

    def test_when_it_was_created(self, tree, province):
        # In China it is already the next day.
        moment = dt.datetime(2017, 12, 31, 16, 30, tzinfo=dt.UTC)
        make_institution(tree.city, name="元旦医院", created_at=moment)
        day = {"created_from": "2018-01-01", "created_to": "20180101"}
        assert province.rows(GRID, **day) == ["元旦医院"]
        assert province.rows(GRID, created_to="2017-12-31") == []
        for wrong, said in (
            ({"created_from": "昨天"}, "这不是日期"),
            ({"created_to": "2026-13-40"}, "日历上没有这一天"),
            ({"created_from": "2018-01-02", "created_to": "2018-01-01"}, "截止日期早于开始日期"),
        ):
            page = province.get(GRID, **wrong)
            assert said in page.text
            assert rows_of(page) == []
            assert len(cells_of(province.get(f"{GRID}export/xlsx/", **wrong))) == 1

    def test_completeness_and_licence(self, tree, province):
        full = make_institution(tree.city, name="普爱医院", **DETAILS)
        licence = make_licence(full, is_in_use=True, valid_until=clock.today())
        assert province.rows(GRID, licence="30") == ["普爱医院"]
        assert set(province.rows(GRID, licence="none")) == {"汉口医院", "夷陵医院"}
        assert province.rows(GRID, complete="yes") == []
        show_scans(licence, make_scan(licence))
        assert province.rows(GRID, complete="yes") == ["普爱医院"]
        assert "普爱医院" not in province.rows(GRID, complete="no")
        assert ">100%</td>" in province.get(GRID, search="payy").text

    def test_accounts_are_counted(self, tree, province):
        make_administrator(tree.hospital)
        make_administrator(tree.hospital, deleted_at=utc_now())
        assert 'col-administrators" title="1">1</td>' in province.get(GRID, search="hkyy").text

    @pytest.mark.parametrize("size", [1, 15])
    def test_eight_queries_at_the_most(self, tree, province, size):
        for _ in range(size):
            row = make_institution(tree.city, level_code="3")
            make_administrator(row)
            make_scan(make_licence(row, is_in_use=True, department_codes=("02", "03")))
        db.session.commit()
        address = (
            f"{GRID}?within={tree.city.id}&bureau={tree.city.id}&category=A&division=&level=3"
            "&licence=&complete=no&search=yy&created_from=2017-01-01"
        )
        province.get(GRID)
        statements = []
        event.listen(
            db.engines[None],
            "before_cursor_execute",
            lambda _c, _cursor, statement, *_: statements.append(statement),
        )
        assert province.get(address).text.count("data-key=") == size
        asked = [s for s in statements if s.startswith("SELECT")]
        assert 0 < len(asked) <= 8, asked

    def test_filters(self, tree, province):
        lock(province, tree.hospital)
        assert province.rows(GRID, locked="locked") == ["汉口医院"]
        assert "汉口医院" not in province.rows(GRID, locked="open")
        assert set(province.rows(GRID, category="A1")) == {"汉口医院", "夷陵医院"}
        for unknown in ({"category": "no such"}, {"locked": "x"}):
            assert province.rows(GRID, **unknown) == []
            assert "没有这个选项，请重新选择。" in province.get(GRID, **unknown).text

    def test_sorting(self, tree, province):
        names = province.rows(GRID, sort="0")
        assert names == sorted(names)
        assert province.rows(GRID, sort="0", desc="1") == names[::-1]

    def test_pages(self, tree, city):
        for number in range(24):
            make_institution(tree.city, name=f"第{number:02d}医院")
        assert len(city.rows(GRID)) == 20
        assert len(city.rows(GRID, page="1")) == 5
        assert len(city.rows(GRID, page_size="50")) == 25
        assert len(city.rows(GRID, page_size="1000000")) <= 100

    @pytest.mark.parametrize("page", ["-1", "99999999999999999999", "x", "1e9", "４"])
    def test_absurd_pages_are_no_mistake_of_the_server(self, city, page):
        assert city.get(GRID, page=page, page_size=page, sort=page).status_code == 200

    def test_states_are_told(self, tree, province, city):
        assert "未锁定" in city.get(GRID).text
        lock(city, tree.hospital)
        assert "已锁定" in city.get(GRID).text
        assert "已锁定（武汉市卫生局）" in province.get(GRID).text

    def test_a_lock_of_a_higher_office_is_told_and_stays(self, tree, province, city):
        lock(province, tree.hospital)
        sentence = f"只能由“{tree.province.name}”或其上级解锁"
        page = city.get(GRID).text
        assert f"已锁定（{tree.province.name}）" in page
        assert "refusal" in page
        answer = city.act("institutions", "unlock", tree.hospital, reason="更正")
        assert sentence in city.told(answer)
        assert fresh(Institution, tree.hospital.id).is_locked
        assert "refusal" not in province.get(GRID).text


class TestActions:
    def test_locking_and_unlocking(self, tree, province):
        both = (tree.hospital, tree.other_hospital)
        assert "已锁定 2 家机构" in province.told(province.act("institutions", "lock", *both))
        assert fresh(Institution, tree.hospital.id).is_locked
        answer = province.act("institutions", "unlock", *both, reason="地址有误，须更正")
        assert "已解锁 2 家机构" in province.told(answer)
        assert not fresh(Institution, tree.hospital.id).is_locked
        assert len(entries("institution:lock")) == len(entries("institution:unlock")) == 2
        assert entries("institution:unlock")[0].changes == [
            {"label": "解锁原因", "old": "", "new": "地址有误，须更正"}
        ]

    @pytest.mark.parametrize(
        ("reason", "said"),
        [
            ("", "请填写解锁原因。"),
            ("  ", "请填写解锁原因。"),
            ("长" * 501, "解锁原因不能超过500个字，现在是501个字"),
        ],
    )
    def test_unlocking_asks_for_a_reason(self, tree, province, reason, said):
        lock(province, tree.hospital)
        page = province.told(province.act("institutions", "unlock", tree.hospital, reason=reason))
        assert said in page
        assert fresh(Institution, tree.hospital.id).is_locked

    @pytest.mark.parametrize("name", ["lock", "unlock"])
    def test_the_act_that_was_meant_is_never_turned_round(self, tree, province, name):
        """What somebody else has done meanwhile stays done."""
        if name == "lock":
            lock(province, tree.hospital)
        page = province.told(province.act("institutions", name, tree.hospital, reason="更正"))
        assert "未做任何更改" in page
        assert fresh(Institution, tree.hospital.id).is_locked is (name == "lock")

    @pytest.mark.parametrize("name", ["lock", "unlock"])
    def test_mixed_states_are_refused(self, tree, province, name):
        lock(province, tree.hospital)
        both = (tree.hospital, tree.other_hospital)
        page = province.told(province.act("institutions", name, *both, reason="更正"))
        assert "未做任何更改" in page
        assert fresh(Institution, tree.hospital.id).is_locked
        assert not fresh(Institution, tree.other_hospital.id).is_locked

    def test_all_or_none(self, tree, city):
        answer = city.act("institutions", "lock", tree.hospital, tree.other_hospital)
        assert answer.status_code == 404
        assert not fresh(Institution, tree.hospital.id).is_locked

    @pytest.mark.parametrize("name", ["lock", "delete"])
    def test_own_institution_is_left_alone(self, tree, city, name):
        assert "is-error" in city.told(city.act("institutions", name, tree.city))
        assert len(entries("request:denied")) == 1
        assert not fresh(Institution, tree.city.id).is_locked

    def test_deleting(self, tree, city):
        extra = make_institution(tree.city, name="空白医院")
        assert "可在“回收站”中恢复" in city.told(city.act("institutions", "delete", extra))
        assert city.rows(GRID) == ["汉口医院"]
        assert count(Institution, Institution.deleted_at.is_not(None)) == 1

    def test_what_hangs_on_it_keeps_it(self, tree, province):
        page = province.told(province.act("institutions", "delete", tree.city))
        assert "下级机构" in page
        assert "不能删除" in page
        assert fresh(Institution, tree.city.id) is not None

    def test_one_means_one(self, tree, province):
        page = province.told(
            province.act("institutions", "delete", tree.hospital, tree.other_hospital)
        )
        assert "请只选择一条记录" in page

    def test_nothing_selected(self, city):
        assert city.act("institutions", "lock").status_code == 404

    @pytest.mark.parametrize("name", ["", "absurd", "_lock", "perform"])
    def test_unknown_action(self, tree, city, name):
        assert city.act("institutions", name, tree.hospital).status_code == 404

    def test_action_is_a_post(self, city):
        assert city.get(f"{GRID}action/").status_code == 405


class TestExport:
    def test_rows_of_the_filter(self, tree, province):
        answer = province.get(f"{GRID}export/xlsx/", search="汉口")
        texts = [value for row in cells_of(answer) for value in row]
        assert "汉口医院" in texts
        assert "夷陵医院" not in texts
        assert len(entries("institution:export")) == 1

    def test_only_xlsx(self, city):
        assert city.get(f"{GRID}export/csv/").status_code == 404


class TestTree:
    def test_a_few_nodes_at_a_time(self, tree, province):
        for _ in range(25):
            make_institution(tree.city)
        top = province.get(f"{GRID}tree/").json
        assert top == {
            "nodes": [
                [str(tree.city.id), "武汉市卫生局", True, True],
                [str(tree.other_city.id), "宜昌市卫生局", True, True],
            ],
            "more": False,
        }
        first = province.get(f"{GRID}tree/", above=tree.city.id).json
        assert (len(first["nodes"]), first["more"]) == (20, True)
        last = first["nodes"][-1][0]
        rest = province.get(f"{GRID}tree/", above=tree.city.id, after=last).json
        assert (len(rest["nodes"]), rest["more"]) == (6, False)

    def test_not_of_others(self, tree, city):
        for above in (tree.other_city.id, tree.province.id, "x"):
            assert city.get(f"{GRID}tree/", above=above).status_code == 404


def test_tools_only_with_permission(tree, city, auditor):
    text = city.get(GRID).text
    assert all(label in text for label in ("新增", "修改", "登录设置", "锁定/解锁", "导出"))
    assert auditor.get(GRID).status_code == 403


def test_the_toolbar_is_that_of_the_notice(tree, province):
    bar = province.get(GRID).text.split('role="toolbar"')[1].split("</div>")[0]
    words = re.findall(r'class="(line|tool[^"]*)"[^>]*>([^<]*)<', bar)
    shown = ["|" if kind == "line" else label for kind, label in words if "at-end" not in kind]
    assert " ".join(shown) == (
        "刷新 | 新增 修改 删除 | 详细信息设置 登录设置 锁定/解锁 | 导入 导出 批量开户 开户表 列设置"
    )


def test_accounts_of_one_institution_name_it_and_lead_back(tree, province):
    back = f"{GRID}?category=A1&page=1"
    page = province.get("/admin/administrators/", institution=tree.hospital.id, url=back).text
    assert "管理员设置：汉口医院" in page
    assert f'href="{back.replace("&", "&amp;")}">返回机构信息管理' in page
    alone = province.get("/admin/administrators/", institution=tree.hospital.id).text
    assert f'href="{GRID}">返回机构信息管理' in alone
    assert "返回机构信息管理" not in province.get("/admin/administrators/").text


def test_rows_are_not_found_after_deletion(tree, city):
    extra = make_institution(tree.city, name="空白医院")
    city.act("institutions", "delete", extra)
    assert city.get(edit(extra)).status_code == 404
    assert city.rows(GRID) == ["汉口医院"]

from __future__ import annotations

import datetime as dt
import json
import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from admin_views.licences import LicenceView
from extensions import db
from models import Licence, utc_now
from services import clock, licences
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    cells_of,
    city,
    clerk,
    count,
    entries,
    fresh,
    other_clerk,
    province,
    tree,
)
from tests.factories.licences import make_licence, make_scan

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/licences/"
NEW = "/admin/licences/new/"
ENTERED = {
    "registration_number": "44162684242010211A1001",
    "legal_representative": "蒋某",
    "person_in_charge": "张某",
    "issued_by": "武汉市卫生局",
    "issued_on": "2017-12-02",
    "valid_from": "2017.12.2",
    "valid_until": "2099年12月1日",
    "address": "某路1号",
    "department_codes": ["02", "03"],
}

NAMED = {**ENTERED, "institution_name": "汉口医院"}


def questions(worker):
    """Return what the rows of the grid ask of the buttons, row by row."""
    found = re.findall(r"data-asks='([^']*)'", worker.get(GRID).text)
    return [json.loads(one) for one in found]


def press(worker, row, answer):
    """Press 设为使用 and confirm with the answer that the row gave."""
    return worker.post(
        f"{GRID}action/", action="use", rowid=str(row.id), answer=answer, reason="", url=""
    )


@contextmanager
def counted_queries():
    """The statements that the database gets inside of the block."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def heads(page):
    """Return the headers of the grid's columns, without the mark of sorting."""
    table = page.split("<thead>")[1].split("</thead>")[0]
    found = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table, re.DOTALL)
    return [re.sub(r"<span.*?</span>|<[^>]*>|\s", "", one) for one in found]


def edit(row):
    return f"{GRID}edit/?id={row.id}"


class TestGrid:
    def test_only_the_own_subtree(self, tree, city, clerk, other_clerk):
        make_licence(tree.hospital)
        make_licence(tree.other_hospital)
        for worker in (city, clerk):
            (name,) = worker.rows(GRID)
            assert name.startswith("汉口医院")
        assert len(other_clerk.rows(GRID)) == 1

    def test_filters_keyword_and_sorting(self, tree, city):
        make_licence(tree.hospital, is_in_use=True)
        make_licence(tree.hospital, institution_name="旧名医院", address="x")
        assert len(city.rows(GRID, in_use="yes")) == len(city.rows(GRID, search="旧名")) == 1
        assert len(city.rows(GRID, search="4416268")) == 2
        assert city.rows(GRID, search="%") == []
        names = city.rows(GRID, sort="0")
        assert city.rows(GRID, sort="0", desc="1") == names[::-1]
        assert city.get(GRID, institution=str(tree.other_hospital.id)).status_code == 404
        assert len(city.rows(GRID, search="hkyy")) == 2

    def test_filter_by_validity(self, tree, city):
        today = clock.today()
        names = {}
        for days in (-1, 0, 30, 31, 90, 91):
            row = make_licence(
                tree.hospital,
                institution_name=f"剩余{days}天",
                valid_until=today + dt.timedelta(days=days),
            )
            names[days] = row.title
        for value, days in {
            "expired": [-1],
            "30": [0, 30],
            "90": [0, 30, 31, 90],
            "valid": [0, 30, 31, 90, 91],
            "absurd": [],
        }.items():
            assert city.rows(GRID, validity=value) == [names[day] for day in days]

    def test_filter_and_colour_of_scans(self, tree, city):
        bare = make_licence(tree.hospital, institution_name="无证照", is_in_use=True)
        with_scan = make_licence(tree.other_hospital, institution_name="有证照")
        make_scan(with_scan)
        assert city.rows(GRID, scans="none") == [bare.title]
        assert city.rows(GRID, scans="changed") == []
        province = tree.worker(tree.province)
        assert len(province.rows(GRID, scans="some")) == 1
        with unscoped(Reason.MAINTENANCE):
            bare.scans_digest = "f" * 64
            db.session.flush()
        # Nobody above has looked at it.
        assert city.rows(GRID, scans="waiting") == [bare.title]
        assert city.rows(GRID, scans="unchecked") == [bare.title]
        assert city.rows(GRID, scans="changed") == []
        with unscoped(Reason.MAINTENANCE):
            bare.approved_scans = "0" * 64
            db.session.flush()
        assert city.rows(GRID, scans="waiting") == [bare.title]
        assert city.rows(GRID, scans="changed") == [bare.title]
        assert city.rows(GRID, scans="unchecked") == []

    def test_one_that_has_not_begun(self, tree, city):
        begins = clock.today() + dt.timedelta(days=1)
        row = make_licence(tree.hospital, valid_from=begins)
        make_licence(tree.other_hospital)
        assert city.rows(GRID, validity="future") == [row.title]
        assert row.title not in city.rows(GRID, validity="valid")
        page = city.get(GRID).text
        assert f'<td class="col-valid_until is-bad" title="{row.valid_until}（未生效）">' in page
        assert "有效期开始" not in heads(page)
        city.post(f"{GRID}preferences/", act="columns", columns=["valid_from"])
        page = city.get(GRID).text
        assert heads(page) == ["有效期开始"]
        assert f'<td class="col-valid_from is-bad" title="{begins}">' in page

    def test_licences_of_one_institution_can_be_told_apart(self, tree, clerk):
        old = make_licence(tree.hospital, valid_until=dt.date(2012, 12, 31))
        new = make_licence(tree.hospital)
        assert old.registration_number == new.registration_number
        assert f"（有效期{old.valid_from}至2012-12-31）" in clerk.rows(GRID)[0]
        clerk.told(clerk.act("licences", "use", new))
        (entry,) = entries("licence:use")
        assert f"{new.registration_number}（有效期{new.valid_from}" in entry.object_label

    def test_few_queries_however_many_rows(self, tree, city):
        for _ in range(12):
            make_scan(make_licence(tree.hospital))
        with counted_queries() as few:
            city.get(GRID, page_size="20")
        for _ in range(8):
            make_scan(make_licence(tree.hospital))
        with counted_queries() as many:
            city.get(GRID, page_size="20")
        assert len(many) == len(few) <= 10


class TestWhoseTheyAre:
    """A bureau sees the institution itself, whatever name was typed from the paper."""

    def test_a_bureau_sees_the_institution_first(self, tree, city, clerk):
        make_licence(tree.hospital, institution_name="纸上的旧名医院")
        assert heads(city.get(GRID).text)[:2] == ["机构名称", "证书机构名称"]
        assert '<td class="col-institution" title="汉口医院">' in city.get(GRID).text
        assert heads(clerk.get(GRID).text)[0] == "证书机构名称"

    def test_an_institution_may_choose_the_column(self, tree, clerk):
        make_licence(tree.hospital)
        clerk.post(f"{GRID}preferences/", act="columns", columns=["institution", "valid_until"])
        assert heads(clerk.get(GRID).text) == ["机构名称", "有效期截止"]

    def test_sorted_by_institution(self, tree, province):
        for institution, name in ((tree.hospital, "A"), (tree.other_hospital, "B")):
            make_licence(institution, institution_name=name)
        last = str(LicenceView.column_list.index("institution"))
        names = [name[0] for name in province.rows(GRID, sort=last)]
        assert names == sorted(names, key={"A": "汉口医院", "B": "夷陵医院"}.get)
        assert [n[0] for n in province.rows(GRID, sort=last, desc="1")] == names[::-1]


class TestExport:
    def test_the_filter_with_the_columns_that_are_shown(self, tree, city):
        make_licence(tree.hospital, is_in_use=True)
        make_licence(tree.hospital, institution_name="旧名医院")
        make_licence(tree.other_hospital, is_in_use=True)
        assert ">导出</a>" in city.get(GRID).text
        columns = ["institution", "valid_until", "departments"]
        city.post(f"{GRID}preferences/", act="columns", columns=columns)
        head, *rows = cells_of(city.get(f"{GRID}export/xlsx/", in_use="yes"))
        assert head == ["机构名称", "有效期截止", "诊疗科目"]
        assert rows == [["汉口医院", "2099-12-01", "全科医疗科"]]
        assert len(entries("licence:export")) == 1

    def test_the_dialog_of_columns_speaks_of_exports_only_where_there_are_any(self, city):
        assert "导出时也按此处的列" in city.get(GRID).text
        assert "导出时也按此处的列" not in city.get("/admin/administrators/").text


class TestForm:
    def test_new_licence(self, tree, clerk):
        assert clerk.fields(NEW)["institution_name"] == "汉口医院"
        assert "已保存" in clerk.told(clerk.submit(NEW, **ENTERED))
        assert count(Licence, Licence.institution_id == tree.hospital.id) == 1
        assert len(entries("licence:create")) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"registration_number": ""},
            {"registration_number": "123"},
            {"valid_until": "2017-02-30"},
            {"valid_until": "2010-01-01"},
            {"institution_name": ""},
            {"department_codes": ["absurd"]},
            {"address": "甲" * 1000},
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_saved(self, clerk, changes):
        answer = clerk.submit(NEW, **{**ENTERED, **changes})
        assert answer.status_code == 422
        assert 'class="errors"' in answer.text
        assert count(Licence) == 0

    def test_all_that_is_wrong_is_said_at_once(self, clerk):
        changes = {"registration_number": "123", "valid_until": "2017-02-30", "issued_on": ""}
        answer = clerk.submit(NEW, **{**ENTERED, **changes})
        wrong = [name for name in changes if f'id="{name}-errors"' in answer.text]
        assert wrong == list(changes)
        # A date that cannot be read is not said to be missing.
        assert "请填写有效期截止" not in answer.text

    def test_institution_outside_is_not_taken(self, tree, clerk):
        answer = clerk.submit(NEW, **ENTERED, institution_id=str(tree.other_hospital.id))
        assert answer.status_code == 404
        assert clerk.get(NEW, institution=str(tree.other_hospital.id)).status_code == 404
        assert count(Licence) == 0

    def test_bureaux_have_none(self, tree, city):
        answer = city.submit(NEW, **NAMED, institution_id=str(tree.city.id))
        assert answer.status_code == 422
        assert "没有医疗机构执业许可证" in answer.text

    def test_who_practises_under_none_is_told_before_filling_in(self, tree, clerk, session):
        assert '">新增</a>' in clerk.get(GRID).text
        with unscoped(Reason.MAINTENANCE):
            tree.hospital.category_code = "J1"
            session.commit()
        for address in (GRID, NEW):
            assert "没有医疗机构执业许可证，无需录入" in clerk.get(address).text
        assert '">新增</a>' not in clerk.get(GRID).text
        assert 'name="valid_until"' not in clerk.get(NEW).text
        assert 'type="submit" class="button is-primary"' not in clerk.get(NEW).text
        assert clerk.post(NEW, **NAMED, institution_id=str(tree.hospital.id)).status_code == 422

    def test_a_bureau_is_told_and_may_choose_another(self, tree, city, session):
        assert "无需录入" not in city.get(NEW).text
        with unscoped(Reason.MAINTENANCE):
            tree.hospital.category_code = "J1"
            session.commit()
        page = city.get(NEW, institution=str(tree.hospital.id)).text
        assert "汉口医院：该机构的类别不执业" in page
        assert 'name="valid_until"' in page

    def test_a_bureau_says_whose_it_is(self, tree, city):
        answer = city.submit(NEW, **NAMED)
        assert answer.status_code == 422
        assert 'id="owner_name-errors"><li>请填写所属机构。' in answer.text
        assert city.submit(NEW, **NAMED, institution_id=str(tree.hospital.id)).status_code == 302
        assert count(Licence, Licence.institution_id == tree.hospital.id) == 1

    def test_a_bureau_may_type_the_whole_name(self, tree, city):
        answer = city.submit(NEW, **NAMED, owner_name="没有的医院")
        assert answer.status_code == 422
        assert 'id="owner_name-errors"><li>没有这个名称的机构' in answer.text
        assert 'value="没有的医院"' in answer.text
        assert city.submit(NEW, **NAMED, owner_name="汉口 医院").status_code == 302
        assert count(Licence, Licence.institution_id == tree.hospital.id) == 1

    def test_an_empty_form_of_a_bureau_asks_for_the_owner_as_well(self, city):
        answer = city.submit(NEW)
        assert answer.text.count('class="errors"') == 6
        assert "请填写所属机构" in answer.text

    def test_an_expired_one_is_not_to_be_written_over(self, tree, clerk):
        past = make_licence(tree.hospital, valid_until=dt.date(2012, 12, 31))
        page = clerk.get(edit(past)).text
        assert f'请另行<a href="{NEW}?institution={tree.hospital.id}' in page
        assert "请另行" not in clerk.get(edit(make_licence(tree.hospital))).text

    def test_sent_twice_it_is_one(self, clerk):
        fields = {**clerk.fields(NEW), **ENTERED}
        assert clerk.post(NEW, **fields).status_code == 302
        assert clerk.post(NEW, **fields).location == clerk.post(NEW, **fields).location
        assert count(Licence) == 1

    def test_entered_twice_it_is_refused(self, clerk):
        clerk.submit(NEW, **ENTERED)
        again = clerk.submit(NEW, **ENTERED)
        assert again.status_code == 422
        assert "不能重复录入" in again.text
        assert "蒋某" in again.text
        assert count(Licence) == 1

    def test_a_new_one_goes_on_with_its_scans(self, clerk):
        answer = clerk.submit(NEW, **ENTERED)
        assert "/scans/" in answer.location
        assert "还没有上传证照" in clerk.told(answer)

    def test_stars_stand_where_the_service_demands(self, clerk):
        starred = set(re.findall(r'id="(\w+)"[^>]* required', clerk.get(NEW).text))
        assert starred == licences.DEMANDED | {"issued_on", "valid_from", "valid_until"}
        plain = dict.fromkeys(("legal_representative", "person_in_charge", "issued_by"), "")
        answer = clerk.submit(NEW, **{**ENTERED, **plain, "address": ""})
        assert answer.status_code == 302

    def test_departments_form_a_tree(self, clerk):
        page = clerk.get(NEW).text
        # Found by its name, its code, and the initials of its name.
        assert '<option data-above="03" data-initials="hxnkzy" value="03.01">呼吸内科专业<' in page
        assert page.count("<option") == 182

    def test_a_locked_one_can_only_be_read(self, tree, clerk, session):
        row = make_licence(tree.hospital)
        fields = clerk.fields(edit(row))
        with unscoped(Reason.MAINTENANCE):
            tree.hospital.locked_at = utc_now()
            session.commit()
        page = clerk.get(edit(row)).text
        assert "许可证只能查看" in page
        assert '<fieldset class="bare-fieldset" disabled>' in page
        assert ">保存<" not in page
        # A form that was open when the lock fell keeps what was typed.
        answer = clerk.post(edit(row), **{**fields, "person_in_charge": "后填的人"})
        assert answer.status_code == 403
        assert "已锁定" in answer.text
        assert "后填的人" in answer.text
        assert fresh(Licence, row.id).person_in_charge == "张某"
        assert [entry.result for entry in entries("request:denied")] == ["denied"]
        assert clerk.submit(NEW, **ENTERED).status_code == 403

    def test_stale_form_shows_both(self, tree, clerk, city):
        row = make_licence(tree.hospital)
        fields = clerk.fields(edit(row))
        assert fields["department_codes"] == ["02"]
        assert city.submit(edit(row), person_in_charge="先存").status_code == 302
        answer = clerk.post(edit(row), **{**fields, "person_in_charge": "后填"})
        assert answer.status_code == 409
        assert "先存" in answer.text
        assert "后填" in answer.text
        assert fresh(Licence, row.id).person_in_charge == "先存"

    def test_foreign_and_absurd_ones(self, tree, clerk):
        row = make_licence(tree.other_hospital)
        assert clerk.get(edit(row)).status_code == 404
        for key in ("0", "x", "99999999999999999999"):
            assert clerk.get(f"{GRID}edit/", id=key).status_code == 404


class TestActions:
    def test_one_is_in_use(self, tree, clerk):
        first, second = make_licence(tree.hospital), make_licence(tree.hospital)
        for row in (first, second):
            assert "已设为使用" in clerk.told(clerk.act("licences", "use", row))
        assert not fresh(Licence, first.id).is_in_use
        assert fresh(Licence, second.id).is_in_use

    def test_an_expired_one_is_asked_about_first(self, tree, clerk):
        row = make_licence(
            tree.hospital, valid_from=dt.date(2010, 1, 1), valid_until=dt.date(2011, 1, 1)
        )
        (question,) = questions(clerk)
        assert "已于2011-01-01到期" in question["use"]["question"]
        assert "请再次单击" in clerk.told(clerk.act("licences", "use", row))
        assert not fresh(Licence, row.id).is_in_use
        clerk.told(press(clerk, row, question["use"]["answer"]))
        assert fresh(Licence, row.id).is_in_use

    def test_one_that_has_not_begun_is_asked_about(self, tree, clerk):
        begins = clock.today() + dt.timedelta(days=1)
        row = make_licence(tree.hospital, valid_from=begins)
        (question,) = questions(clerk)
        assert f"自{begins}起才有效" in question["use"]["question"]
        for answer in ("", "expired"):
            assert "请再次单击" in clerk.told(press(clerk, row, answer))
        clerk.told(press(clerk, row, question["use"]["answer"]))
        assert fresh(Licence, row.id).is_in_use

    def test_the_one_in_use_is_taken_out_of_use(self, tree, clerk):
        row, other = make_licence(tree.hospital, is_in_use=True), make_licence(tree.hospital)
        (question,) = questions(clerk)
        assert question["use"]["label"] == "取消使用"
        assert "已取消使用" in clerk.told(press(clerk, row, question["use"]["answer"]))
        assert not fresh(Licence, row.id).is_in_use
        (entry,) = entries("licence:unuse")
        assert entry.object_id == row.id
        # Pressed again, from a page that shows it as in use: it does not go back to use.
        assert "没有在使用" in clerk.told(press(clerk, row, "cancel"))
        assert not fresh(Licence, row.id).is_in_use
        assert not fresh(Licence, other.id).is_in_use

    def test_deleting(self, tree, clerk):
        row = make_licence(tree.hospital)
        assert "许可证已删除" in clerk.told(clerk.act("licences", "delete", row))
        assert count(Licence) == 0

    @pytest.mark.parametrize("name", ["use", "delete"])
    def test_foreign_ones(self, tree, clerk, name):
        row = make_licence(tree.other_hospital)
        assert clerk.act("licences", name, row).status_code == 404
        assert not fresh(Licence, row.id).is_in_use

    def test_unknown_action_and_get(self, tree, clerk):
        assert clerk.act("licences", "absurd", make_licence(tree.hospital)).status_code == 404
        assert clerk.get(f"{GRID}action/").status_code == 405

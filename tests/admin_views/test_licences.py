"""The grid of licences: what it lists, says and colours, and the acts of its toolbar."""

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
from services import clock
from services.licence_checks import seen_of
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


def questions(worker):
    """Return what the rows of the grid ask of the buttons, row by row."""
    found = re.findall(r"data-asks='([^']*)'", worker.get(GRID).text)
    return [json.loads(one) for one in found]


def press(worker, row, answer="", seen=None):
    """Press 设为使用 on a licence as it is now, and confirm with the answer that the row gave."""
    seen = seen_of(fresh(Licence, row.id)) if seen is None else seen
    return worker.act("licences", "use", row, answer=answer, seen=seen)


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
        clerk.told(press(clerk, new))
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


class TestActions:
    def test_one_is_in_use(self, tree, clerk):
        first, second = make_licence(tree.hospital), make_licence(tree.hospital)
        for row in (first, second):
            assert "已设为使用" in clerk.told(press(clerk, row))
        assert not fresh(Licence, first.id).is_in_use
        assert fresh(Licence, second.id).is_in_use

    def test_an_expired_one_is_asked_about_first(self, tree, clerk):
        row = make_licence(
            tree.hospital, valid_from=dt.date(2010, 1, 1), valid_until=dt.date(2011, 1, 1)
        )
        (question,) = questions(clerk)
        assert "已于2011-01-01到期" in question["use"]["question"]
        assert "请再次单击" in clerk.told(press(clerk, row))
        assert not fresh(Licence, row.id).is_in_use
        clerk.told(press(clerk, row, question["use"]["answer"], question["use"]["seen"]))
        assert fresh(Licence, row.id).is_in_use

    def test_one_that_has_not_begun_is_asked_about(self, tree, clerk):
        begins = clock.today() + dt.timedelta(days=1)
        row = make_licence(tree.hospital, valid_from=begins)
        (question,) = questions(clerk)
        assert f"自{begins}起才有效" in question["use"]["question"]
        for answer in ("", "expired"):
            assert "请再次单击" in clerk.told(press(clerk, row, answer))
        clerk.told(press(clerk, row, question["use"]["answer"], question["use"]["seen"]))
        assert fresh(Licence, row.id).is_in_use

    def test_the_one_in_use_is_taken_out_of_use(self, tree, clerk):
        row, other = make_licence(tree.hospital, is_in_use=True), make_licence(tree.hospital)
        (use,) = (one["use"] for one in questions(clerk) if "label" in one["use"])
        assert use["label"] == "取消使用"
        assert "已取消使用" in clerk.told(press(clerk, row, use["answer"], use["seen"]))
        assert not fresh(Licence, row.id).is_in_use
        (entry,) = entries("licence:unuse")
        assert entry.object_id == row.id
        # Pressed again, from a page that shows it as in use: it does not go back to use.
        assert "没有在使用" in clerk.told(press(clerk, row, "cancel"))
        assert not fresh(Licence, row.id).is_in_use
        assert not fresh(Licence, other.id).is_in_use

    @pytest.mark.parametrize("who", ["city", "hospital"])
    def test_what_changed_since_it_was_shown_is_not_put_to_use(self, tree, clerk, who):
        """Nobody has seen it: neither the superior nor, of somebody else's change, the clerk."""
        row, worker = make_licence(tree.hospital), tree.worker(getattr(tree, who))
        (question,) = questions(worker)
        form = f"{GRID}edit/?id={row.id}"
        clerk.told(clerk.submit(form, legal_representative="后换的人", valid_until="2098-12-31"))
        for seen in (question["use"]["seen"], ""):
            told = worker.told(press(worker, row, seen=seen))
            assert "刚刚又有更新，请查看最新内容后再设为使用" in told
            assert not fresh(Licence, row.id).is_in_use
        (question,) = questions(worker)
        assert "已设为使用" in worker.told(press(worker, row, seen=question["use"]["seen"]))

    def test_what_changed_since_it_was_shown_stays_in_use(self, tree, clerk, city):
        row = make_licence(tree.hospital, is_in_use=True)
        (question,) = questions(city)
        clerk.told(clerk.submit(f"{GRID}edit/?id={row.id}", legal_representative="后换的人"))
        told = city.told(press(city, row, "cancel", question["use"]["seen"]))
        assert "请查看最新内容后再取消使用" in told
        assert fresh(Licence, row.id).is_in_use

    def test_a_row_of_a_locked_record_offers_no_act(self, tree, province, session):
        """The browser offers 修改 and the acts for the rows that bear their names."""
        locked, free = make_licence(tree.hospital), make_licence(tree.other_hospital)
        with unscoped(Reason.MAINTENANCE):
            tree.hospital.locked_at = utc_now()
            session.commit()
        page = province.get(GRID).text
        none = {
            row.id: 'data-acts=""' in line
            for row in (locked, free)
            for line in page.splitlines()
            if f'data-key="{row.id}"' in line
        }
        assert none == {locked.id: True, free.id: False}
        assert re.search(r'data-act="edit" data-link="[^"]*"[^>]*>修改<', page)
        assert re.search(r'data-needs="one" data-link="[^"]*"[^>]*>证照上传<', page)

    def test_deleting(self, tree, clerk):
        row = make_licence(tree.hospital)
        assert "刚刚又有更新" in clerk.told(clerk.act("licences", "delete", row))
        (asked,) = questions(clerk)
        response = clerk.act("licences", "delete", row, seen=asked["delete"]["seen"])
        assert "许可证已删除" in clerk.told(response)
        assert count(Licence) == 0

    @pytest.mark.parametrize("name", ["use", "delete"])
    def test_foreign_ones(self, tree, clerk, name):
        row = make_licence(tree.other_hospital)
        assert clerk.act("licences", name, row).status_code == 404
        assert not fresh(Licence, row.id).is_in_use

    def test_unknown_action_and_get(self, tree, clerk):
        assert clerk.act("licences", "absurd", make_licence(tree.hospital)).status_code == 404
        assert clerk.get(f"{GRID}action/").status_code == 405

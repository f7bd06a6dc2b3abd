from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine

from admin_views.audit import AuditView
from extensions import db
from models import AuditEntry, AuditResult
from services import audit
from services.audit import AuditTag
from services.permissions import Permission
from services.trail import reading
from tests.admin_views.screen_cases import (
    auditor,
    cells_of,
    city,
    clerk,
    count,
    entries,
    other_clerk,
    province,
    tree,
)
from tests.factories.institutions import make_institution
from tests.factories.trail import make_entry

__all__ = ["auditor", "city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/audit/"
UPDATES = "/admin/audit/?tag=institution:update"
EXPORT = "/admin/audit/export/xlsx/"
STORY = "/admin/audit/story/"
#: The last minutes of three days in China.
AT = [dt.datetime(2018, 1, day, 15, 59, tzinfo=dt.UTC) for day in (9, 10, 11)]


def names(worker, address=GRID, /, **arguments):
    """Return the objects of the entries that the grid shows."""
    return [name.partition(" ")[2] for name in worker.rows(address, **arguments)]


def at_places(tree, **values):
    """Leave an entry at the city, at its hospital and in the other city."""
    for node in (tree.city, tree.hospital, tree.other_hospital):
        make_entry(
            owner_path=node.path,
            institution_id=node.id,
            object_label=node.name,
            object_type="Institution",
            object_id=node.id,
            **values,
        )


class TestGrid:
    def test_acts_of_the_own_subtree(self, tree, city, auditor, other_clerk):
        city.act("institutions", "lock", tree.hospital)
        other_clerk.submit("/admin/my-institution/?tab=former", name="夷陵旧院")
        page = auditor.get(GRID).text
        assert "锁定机构" in page
        assert "汉口医院" in page
        assert city.account.username in page
        assert "夷陵旧院" not in page
        assert "夷陵旧院" in other_clerk.get(GRID).text

    def test_of_superiors_the_office_alone_is_known(self, tree, city, clerk):
        city.act("institutions", "lock", tree.hospital)
        for page in (clerk.get(GRID).text, cells_text(clerk.get(EXPORT))):
            assert "武汉市卫生局" in page
            assert city.account.username not in page
        assert clerk.rows(GRID, search=city.account.username) == []

    def test_filters(self, tree, city, auditor):
        city.act("institutions", "lock", tree.hospital)
        city.get(f"/admin/institutions/edit/?id={tree.other_hospital.id}")
        auditor.get("/admin/institutions/")
        assert len(auditor.rows(GRID, tag="institution:lock")) == 1
        assert len(auditor.rows(GRID, result="denied")) == 2
        assert len(auditor.rows(GRID, object="Institution")) == 1
        for unknown in ({"tag": "absurd"}, {"result": "x"}, {"object": "?"}):
            assert auditor.rows(GRID, **unknown) == []

    def test_a_person_is_found_by_a_part_of_the_name_and_an_object_by_the_whole(
        self, tree, city, auditor
    ):
        city.act("institutions", "lock", tree.hospital)
        auditor.get("/admin/institutions/")
        for words in ("市某", city.account.username.upper(), "汉口医院"):
            assert "锁定机构 汉口医院" in auditor.rows(GRID, search=words), words
        for words in ("没有", "汉口", "%"):
            assert auditor.rows(GRID, search=words) == [], words

    def test_a_name_that_many_have_is_looked_for_in_the_entries(
        self, tree, city, auditor, monkeypatch
    ):
        monkeypatch.setattr(reading, "_MOST_PEOPLE", 1)
        city.act("institutions", "lock", tree.hospital)
        assert names(auditor, search="某", tag="institution:lock") == ["汉口医院"]

    def test_days_are_chinas_and_both_are_included(self, tree, city):
        for number, moment in enumerate(AT):
            make_entry(owner_path=tree.city.path, object_label=f"第{number}件", at=moment)
            make_entry(
                owner_path=tree.city.path,
                object_label=f"第{number}件之后",
                at=moment + dt.timedelta(minutes=1),
            )
        wanted = {"tag": "institution:update"}
        assert names(city, at_from="2018-01-10", at_to="2018-01-10", **wanted) == [
            "第1件",
            "第0件之后",
        ]
        assert names(city, at_to="2018-01-09", **wanted) == ["第0件"]
        assert names(city, at_from="2018-01-12", **wanted) == ["第2件之后"]
        assert "filter is-wrong" in city.get(GRID, at_from="2018-13-01").text
        assert names(city, at_from="2018-13-01") == []

    def test_an_act_that_took_hours_is_found_on_its_day(self, tree, city):
        """Its entry has the moment of the act, and a key behind those that were quicker."""
        noon = AT[1] - dt.timedelta(hours=12)
        make_entry(owner_path=tree.city.path, object_label="quick", at=noon)
        make_entry(owner_path=tree.city.path, object_label="slow", at=AT[0])
        make_entry(owner_path=tree.city.path, object_label="later", at=AT[2] + dt.timedelta(days=9))
        found = names(city, at_from="2018-01-10", at_to="2018-01-10", tag="institution:update")
        assert found == ["quick"]
        found = names(city, at_to="2018-01-09", tag="institution:update")
        assert found == ["slow"]

    def test_an_institution_alone_or_with_all_below_it(self, tree, province):
        at_places(tree)
        wanted = {"tag": "institution:update"}
        place = tree.city.id
        assert names(province, place=place, **wanted) == ["武汉市卫生局"]
        assert names(province, place=place, place_below="1", **wanted) == [
            "汉口医院",
            "武汉市卫生局",
        ]
        assert len(province.rows(GRID, place_below="1", **wanted)) == 3

    def test_an_institution_elsewhere_is_not_there(self, tree, city):
        assert city.get(GRID, place=tree.other_city.id).status_code == 404

    def test_auditors_can_pick_an_institution(self, tree, auditor):
        picker = "/admin/institutions/ajax/lookup/"
        assert auditor.get(picker, query="汉口").json == [[str(tree.hospital.id), "汉口医院"]]
        assert auditor.get(picker, query="夷陵").json == []
        assert f'data-lookup="{picker}' in auditor.get(GRID).text

    def test_a_sign_in_belongs_to_the_institution_of_the_account(self, tree, province, city):
        city.client.get("/admin/institutions/new/?parent_id=9")
        city.get("/admin/audit/new/")
        (found,) = province.rows(GRID, place=tree.city.id, result="denied")
        assert found == "越权访问 操作日志（查看）"


def test_guessing_at_names_is_seen_by_those_who_see_everything(tree, province, city):
    audit.record_stranger(
        AuditTag.SESSION_SIGN_IN,
        result=AuditResult.FAILED,
        changes=[{"label": "原因", "old": "", "new": "用户名不存在"}],
        address="198.51.100.7",
        request_id="r",
    )
    db.session.commit()
    watcher = tree.worker(tree.province, role="audit_admin")
    for worker, sees in ((province, True), (watcher, True), (city, False)):
        assert ("198.51.100.7" in worker.get(GRID).text) is sees


class TestPages:
    """By key, newest first; nothing is counted."""

    @pytest.fixture
    def many(self, tree):
        for number in range(50):
            make_entry(owner_path=tree.city.path, object_label=f"{number}号")

    def link(self, worker, address, relation):
        found = re.search(rf'<a href="([^"]+)" rel="{relation}"', worker.get(address).text)
        return found and found[1].replace("&amp;", "&")

    def test_there_and_back(self, many, city):
        second = self.link(city, UPDATES, "next")
        third = self.link(city, second, "next")
        assert names(city, UPDATES) == [f"{n}号" for n in range(49, 29, -1)]
        assert names(city, second) == [f"{n}号" for n in range(29, 9, -1)]
        assert names(city, third) == [f"{n}号" for n in range(9, -1, -1)]
        assert self.link(city, third, "next") is None
        assert self.link(city, UPDATES, "prev") is None
        assert city.rows(self.link(city, third, "prev")) == city.rows(second)
        assert city.rows(self.link(city, second, "prev")) == city.rows(UPDATES)

    def test_the_filter_goes_along(self, many, city):
        address = self.link(city, f"{UPDATES}&page_size=20", "next")
        assert "tag=institution" in address
        assert "page_size=20" in address

    def test_it_is_said_how_many_are_shown_and_not_how_many_there_are(self, many, city):
        page = city.get(GRID).text
        assert "本页 20 条" in page
        assert "共 " not in page

    @pytest.mark.parametrize(
        "place", ["&before=x", "&after=-1", "&after=2000000000", "&before=99999999999", "&page=7"]
    )
    def test_a_place_that_is_none_is_the_beginning(self, many, city, place):
        assert names(city, UPDATES + place)[0] == "49号"

    def test_behind_the_last_there_is_nothing(self, many, city):
        assert city.rows(GRID, before=1) == []
        assert "没有符合条件的操作记录" in city.get(GRID, before=1).text

    def test_the_next_page_is_that_of_the_same_list_when_new_entries_come(self, many, tree, city):
        second = self.link(city, UPDATES, "next")
        make_entry(owner_path=tree.city.path, object_label="新的")
        assert names(city, second)[0] == "29号"


def test_moments_are_shown_to_the_second(tree, city):
    at_places(tree, at=dt.datetime(2018, 1, 9, 15, 59, 7, tzinfo=dt.UTC))
    assert "2018-01-09 23:59:07" in city.get(UPDATES).text
    key = re.search(r'data-key="(\d+)"', city.get(UPDATES).text)[1]
    assert "2018-01-09 23:59:07" in city.get(STORY, id=key).text
    assert "2018-01-09 23:59:07" in cells_text(city.get(EXPORT))


def test_days_that_are_turned_around_are_told(city):
    page = city.get(GRID, at_from="2018-01-10", at_to="2018-01-09").text
    assert "截止日期早于开始日期" in page


class TestExport:
    def test_the_rows_of_the_filter_as_the_page_shows_them(self, tree, city):
        at_places(tree)
        rows = cells_of(city.get(EXPORT, tag="institution:update", search="汉口医院"))
        assert [row for row in rows if "汉口医院" in row]
        assert not [row for row in rows if "夷陵医院" in row or "武汉市卫生局" in row[5:6]]

    def test_its_entry_says_by_what_the_list_was_narrowed(self, tree, city):
        city.get(
            f"{EXPORT}?tag=institution:lock&at_from=2018-01-01&result=x&search=某&at_to=1234567890"
            f"&place={tree.hospital.id}&place_below=1"
        )
        (entry,) = entries("audit:export")
        assert [(one["label"], one["new"]) for one in entry.changes] == [
            ("时间", "2018-01-01至"),
            ("操作", "锁定机构"),
            ("机构", "汉口医院（含所有下级）"),
            ("关键字", "某"),
        ]

    def test_it_leaves_an_entry(self, city):
        city.get(EXPORT)
        (entry,) = entries(AuditTag.AUDIT_EXPORT)
        assert (entry.actor_id, entry.object_label) == (city.account.id, "操作日志")

    def test_too_many_rows_become_a_job(self, tree, city, monkeypatch):
        monkeypatch.setattr(AuditView, "largest_export", 2)
        at_places(tree)
        make_entry(owner_path=tree.city.path)
        assert "提交后台任务" in city.told(city.get(EXPORT))
        assert entries(AuditTag.AUDIT_EXPORT) == []
        assert city.get(EXPORT, object="Institution").status_code == 200


class TestStory:
    def test_all_that_happened_to_an_object_oldest_first(self, tree, city):
        values = {"object_type": "Institution", "object_id": tree.hospital.id}
        for old, new in (("旧址", "新址1号"), ("新址1号", "新址2号")):
            changes = [{"label": "机构地址", "old": old, "new": new}]
            make_entry(owner_path=tree.hospital.path, changes=changes, **values)
        city.act("institutions", "lock", tree.hospital)
        city.act("institutions", "lock", make_institution(tree.city, name="另一家"))
        entry = entries(AuditTag.INSTITUTION_LOCK)[0]
        page = city.get(STORY, id=entry.id).text
        assert "机构：汉口医院" in page
        assert "另一家" not in page
        marks = [page.index(words) for words in ("新址1号", "新址2号", "锁定机构")]
        assert marks == sorted(marks)
        assert "<del>新址1号</del>" in page
        assert "<ins>新址2号</ins>" in page
        assert city.account.username in page

    def test_of_superiors_the_office_alone_is_known(self, tree, city, clerk):
        city.act("institutions", "lock", tree.hospital)
        (entry,) = entries(AuditTag.INSTITUTION_LOCK)
        page = clerk.get(STORY, id=entry.id).text
        assert "武汉市卫生局" in page
        assert city.account.username not in page
        assert entry.address not in page

    def test_what_happened_elsewhere_is_no_part_of_it(self, tree, city):
        """An institution that moved here had another superior before."""
        values = {"object_type": "Institution", "object_id": tree.hospital.id}
        make_entry(owner_path=tree.other_hospital.path, object_label="从前", **values)
        entry = make_entry(owner_path=tree.hospital.path, object_label="现在", **values)
        make_entry(owner_path=tree.hospital.path, changes=[change("从前的事")], **values)
        page = city.get(STORY, id=entry.id).text
        assert page.count('<td class="moment">') == 2

    def test_a_long_story_has_parts(self, tree, city, monkeypatch):
        monkeypatch.setattr(reading, "PAGE_SIZE", 2)
        values = {"object_type": "Institution", "object_id": tree.hospital.id}
        made = [
            make_entry(owner_path=tree.hospital.path, changes=[change(f"{n}号")], **values)
            for n in range(3)
        ]
        page = city.get(STORY, id=made[2].id).text
        assert "1号" in page
        assert "2号" not in page
        after = re.search(r'href="([^"]+)" rel="next"', page)[1].replace("&amp;", "&")
        assert "2号" in city.get(after).text
        assert "从头查看" in city.get(after).text

    def test_an_act_without_an_object_is_told_alone(self, tree, city, auditor):
        auditor.get("/admin/institutions/")
        auditor.get("/admin/licences/")
        first, _ = entries(AuditTag.REQUEST_DENIED)
        page = city.get(STORY, id=first.id).text
        assert page.count('<td class="moment">') == 1
        assert Permission.INSTITUTION_READ.label in page

    def test_outside_there_is_none(self, tree, city):
        entry = make_entry(owner_path=tree.other_hospital.path)
        assert city.get(STORY, id=entry.id).status_code == 404
        assert city.get(STORY).status_code == 404


@pytest.mark.parametrize(
    ("page", "status"),
    [("new/", 403), ("edit/?id=1", 403), ("delete/", 403), ("action/", 403), ("export/xlsx/", 405)],
)
def test_trail_is_never_changed(tree, city, page, status):
    city.act("institutions", "lock", tree.hospital)
    city.get(GRID + page)
    answer = city.post(GRID + page, action="delete", rowid="1", id="1")
    assert answer.status_code == status
    assert count(AuditEntry, AuditEntry.tag == "institution:lock") == 1


def test_every_object_of_the_trail_has_a_name(tree, city):
    with time_machine.travel(AT[0], tick=False):
        at_places(tree)
    assert "机构" in cells_text(city.get(EXPORT, object="Institution"))


def change(new):
    return {"label": "名称", "old": "", "new": new}


def cells_text(response):
    return " ".join(str(cell) for row in cells_of(response) for cell in row)

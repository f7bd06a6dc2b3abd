"""The page of one roster: stations, what changed, return, receipt, the next one."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
import time_machine

from extensions import db
from models import Roster, RosterState
from services import institutions, rosters
from tests.admin_views.screen_cases import (
    city,
    clerk,
    entries,
    fresh,
    other_clerk,
    province,
    text_of,
    tree,
)
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.rosters import make_roster

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/rosters/"


def details(row):
    return f"{GRID}details/?id={row.id}"


def returning(row):
    return f"{GRID}{row.id}/return/"


def receipt(row):
    return f"{GRID}{row.id}/receipt.pdf"


def state(row):
    return fresh(Roster, row.id).state


def stations(worker, row):
    found = worker.get(details(row)).text.partition('class="stations"')[2].partition("</ol>")[0]
    return re.findall(r'<li class="([\w -]+)"[^>]*><b>(.+?)</b><span>(.*?)</span>', found)


@pytest.fixture(autouse=True)
def cycle(app):
    return make_exam_cycle()


class TestStations:
    def test_those_behind_have_their_times(self, clerk):
        row = make_roster(clerk.actor, state=RosterState.PRINTED)
        draft, printed, submitted, filed = stations(clerk, row)
        assert draft[:2] == ("is-done", "草稿")
        assert printed[:2] == ("is-done is-now", "已打印")
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", printed[2])
        assert submitted == ("is-ahead", "已报送", "待办理")
        assert filed == ("is-ahead", "已备案", "待办理")

    @pytest.mark.parametrize(
        ("last", "words"),
        [
            (RosterState.FILED, ("is-done is-now", "已备案")),
            (RosterState.RETURNED, ("is-done is-now is-bad", "退回")),
            (RosterState.VOIDED, ("is-ahead is-now is-bad", "已作废")),
        ],
    )
    def test_the_end(self, clerk, city, last, words):
        row = make_roster(clerk.actor, state=last, bureau=city.actor)
        assert stations(clerk, row)[-1][:2] == words


class TestQueue:
    def test_the_list_tells_age_deadline_and_doubts(self, clerk, city):
        make_roster(clerk.actor, state=RosterState.SUBMITTED)
        page = city.get(GRID).text
        assert "今天报送" in page
        assert re.search(r"还有\d+天|已过\d+天|今天截止", page)
        assert re.search(r"\d+项（1人）", page)
        # Beside the name in the question before filing.
        assert "风险提示" in json.loads(re.search(r"data-asks='([^']+)'", page)[1])["file"]["aside"]

    def test_it_is_narrowed_to_what_waits_long(self, clerk, city):
        with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(days=8), tick=True):
            make_roster(clerk.actor, state=RosterState.SUBMITTED)
        make_roster(clerk.actor, state=RosterState.SUBMITTED)
        assert city.rows(GRID, waits="7") == ["汉口医院 2018年第1批"]
        assert city.rows(GRID, waits="15") == []
        assert city.rows(GRID, waits="x") == []
        assert city.rows(GRID, desk="mine") == ["汉口医院 2018年第1批", "汉口医院 2018年第2批"]

    def test_the_page_leads_on_to_the_next(self, clerk, city, province):
        first, second = (make_roster(clerk.actor, state=RosterState.SUBMITTED) for _ in range(2))
        assert "下一份待办：汉口医院 2018年第2批" in city.get(details(first)).text
        city.act("rosters", "file", first)
        assert f"id={second.id}" in city.get(details(first)).text
        city.act("rosters", "file", second)
        for worker in (city, province, clerk):
            assert "下一份待办" not in worker.get(details(second)).text

    def test_several_are_filed_together_or_none(self, clerk, city):
        rows = [make_roster(clerk.actor, state=RosterState.SUBMITTED) for _ in range(2)]
        done = make_roster(clerk.actor, state=RosterState.FILED, bureau=city.actor)
        answer = city.act("rosters", "file", *rows, done)
        assert "已经是“已备案”状态" in city.told(answer)
        assert [state(row) for row in rows] == [RosterState.SUBMITTED] * 2
        assert "已备案 2 份" in city.told(city.act("rosters", "file", *rows))


class TestReturning:
    def test_what_is_wrong_with_whom_reaches_the_clerk(self, clerk, city):
        people = [make_certificate(clerk.actor, name=name) for name in ("安一", "白二")]
        row = make_roster(clerk.actor, people, state=RosterState.SUBMITTED)
        page = city.get(returning(row)).text
        assert 'name="remark-1"' in page
        assert 'name="remark-2"' in page
        answer = city.post(returning(row), **{"reason": "见各人", "remark-1": "学历不符"})
        assert "花名册已退回" in city.told(answer)
        page = clerk.get(details(row)).text
        assert "退回意见" in page
        assert "学历不符" in page
        edit = "/admin/certificates/edit/?id={}"
        assert "学历不符" in clerk.get(edit.format(people[0].id)).text
        assert "退回花名册时对该人员的意见" not in clerk.get(edit.format(people[1].id)).text

    def test_what_was_written_stays_in_the_form(self, clerk, city):
        row = make_roster(clerk.actor, state=RosterState.SUBMITTED)
        answer = city.post(returning(row), **{"reason": "有误", "remark-1": "电话13800138000"})
        assert answer.status_code == 422
        assert "不能写证件号码" in answer.text
        assert ">有误</textarea>" in answer.text
        assert state(row) is RosterState.SUBMITTED

    @pytest.mark.parametrize("name", ["remark-9", "remark-x", "remark-"])
    def test_nobody_else_is_remarked_on(self, clerk, city, name):
        row = make_roster(clerk.actor, state=RosterState.SUBMITTED)
        answer = city.post(returning(row), **{"reason": "有误", name: "谁"})
        assert answer.status_code == 404
        assert state(row) is RosterState.SUBMITTED

    def test_only_its_bureau_and_only_while_it_waits(self, clerk, city, province, other_clerk):
        row = make_roster(clerk.actor, state=RosterState.SUBMITTED)
        for worker, status in ((province, 403), (clerk, 403), (other_clerk, 403)):
            assert worker.get(returning(row)).status_code == status
            assert worker.post(returning(row), reason="有误").status_code == status
        city.act("rosters", "file", row)
        assert "不能退回" in city.told(city.get(returning(row)))
        assert "不能退回" in city.told(city.post(returning(row), reason="有误"))
        assert state(row) is RosterState.FILED


class TestComparison:
    def test_old_and_new_stand_side_by_side(self, clerk, city):
        person = make_certificate(clerk.actor, major="临床医学")
        row = make_roster(clerk.actor, [person], state=RosterState.SUBMITTED)
        city.post(returning(row), reason="专业有误")
        clerk.submit(f"/admin/certificates/edit/?id={person.id}", major="全科医学")
        clerk.act("rosters", "remake", row)
        with acting(clerk.actor):
            anew = fresh(Roster, row.id + 1)
            rosters.mark_printed(clerk.actor, anew)
            rosters.submit(clerk.actor, anew)
        page = city.get(details(anew)).text
        assert "与退回前的2018年第1批比较" in page
        assert "<del>临床医学</del>" in page
        assert "<ins>全科医学</ins>" in page
        assert "比较" not in city.get(details(row)).text


class TestReceipt:
    def test_while_it_is_on_file(self, clerk, city, other_clerk):
        person = make_certificate(clerk.actor, name="周晓燕")
        row = make_roster(clerk.actor, [person], state=RosterState.SUBMITTED)
        assert receipt(row) not in clerk.get(details(row)).text
        assert "没有备案回执" in clerk.get(receipt(row)).text
        city.act("rosters", "file", row)
        assert receipt(row) in clerk.get(details(row)).text
        first = clerk.get(receipt(row))
        assert "周晓燕" in text_of(first)
        assert len(entries("roster:receipt")) == 1
        with time_machine.travel(dt.timedelta(minutes=2), tick=True):
            again = city.get(receipt(row))

        assert again.data == first.data
        assert other_clerk.get(receipt(row)).status_code == 404
        city.act("rosters", "revoke", row, reason="有误")
        answer = clerk.get(receipt(row))
        assert answer.status_code == 400
        assert "撤销备案后回执作废" in answer.text

    def test_the_roster_itself_prints_the_same_another_day(self, clerk, city):
        row = make_roster(clerk.actor, state=RosterState.FILED, bureau=city.actor)
        first = clerk.get(f"{GRID}{row.id}/print.pdf").data
        assert clerk.get(f"{GRID}{row.id}/print.pdf").data == first


def test_the_bureau_under_which_an_institution_has_come_may_revoke(tree, clerk, city, province):
    roster = make_roster(clerk.actor, state=RosterState.FILED, bureau=city.actor)
    with acting(province.actor):
        institutions.move(province.actor, tree.hospital, tree.other_city)
        db.session.commit()
    officer = tree.worker(tree.other_city)
    assert "撤销备案" in officer.get(details(roster)).text
    assert "撤销备案" not in province.get(details(roster)).text
    assert "revoke" in re.search(r'data-acts="([^"]*)"', officer.get(GRID).text)[1]
    assert "revoke" not in re.search(r'data-acts="([^"]*)"', province.get(GRID).text)[1]
    officer.told(officer.act("rosters", "revoke", roster, reason="带教老师有误"))
    assert state(roster) is RosterState.RETURNED

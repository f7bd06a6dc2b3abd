from __future__ import annotations

import datetime as dt

from models import RosterState
from services.clock import today
from tests.admin_views.screen_cases import auditor, city, clerk, tree
from tests.factories.exam_cycles import make_exam_cycle, make_extension
from tests.factories.rosters import make_roster

__all__ = ["auditor", "city", "clerk", "tree"]


def test_bureau_sees_what_waits(city, clerk):
    make_exam_cycle()
    make_roster(clerk.actor, state=RosterState.SUBMITTED)
    page = city.get("/admin/").text
    assert "<b>1</b>待办理的花名册" in page
    assert "<b>1</b>下级机构" in page
    assert "2018 考试年度" in page


def test_institution_sees_its_steps(clerk):
    page = clerk.get("/admin/").text
    assert "武汉市卫生局" in page
    assert "目前没有开放填报的考试年度" in page
    assert "被退回的花名册" in page


def test_the_days_are_counted(clerk):
    make_exam_cycle()
    page = clerk.get("/admin/").text
    assert "（还有 60 天）" in page
    assert "（还有 70 天）" in page
    make_exam_cycle(entry_closes_on=today(), roster_due_on=today())
    assert clerk.get("/admin/").text.count("（今天截止）") == 2


def test_after_the_deadlines_it_is_said_what_to_do(clerk, city):
    yesterday = today() - dt.timedelta(days=1)
    make_exam_cycle(entry_closes_on=yesterday)
    assert "请尽快生成、打印并报送花名册" in clerk.get("/admin/").text
    make_exam_cycle(roster_due_on=yesterday)
    assert (
        "均已截止。确需补录或补报的，请联系武汉市卫生局申请填报延期。" in clerk.get("/admin/").text
    )
    assert "可在“医学考试 › 填报延期”中办理" in city.get("/admin/").text


def test_an_extension_is_told(clerk, tree):
    make_exam_cycle(entry_closes_on=today() - dt.timedelta(days=1))
    extension = make_extension(tree.hospital, tree.city)
    page = clerk.get("/admin/").text
    assert f"本机构已获准延期，延至 {extension.until}" in page
    assert "（还有 90 天）" in page


def test_auditor_sees_no_numbers(auditor):
    page = auditor.get("/admin/")
    assert page.status_code == 200
    assert '<a class="tile' not in page.text


def test_root_leads_home(clerk):
    assert clerk.get("/").location == "/admin/"

from __future__ import annotations

from models import RosterState
from tests.admin_views.screen_cases import auditor, city, clerk, tree
from tests.factories.exam_cycles import make_exam_cycle
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


def test_auditor_sees_no_numbers(auditor):
    page = auditor.get("/admin/")
    assert page.status_code == 200
    assert '<a class="tile' not in page.text


def test_root_leads_home(clerk):
    assert clerk.get("/").location == "/admin/"

"""The screen 考试年度: the province keeps the years, and is shown first what a change does."""

from __future__ import annotations

import datetime as dt

import pytest

from models import ExamCycle, RosterState
from services.clock import today
from tests.admin_views.screen_cases import (
    Worker,
    auditor,
    city,
    clerk,
    count,
    entries,
    fields_of,
    fresh,
    province,
    text_of,
    tree,
)
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.rosters import make_roster

__all__ = ["auditor", "city", "clerk", "province", "tree"]

PAGE = "/admin/exam-years/"
EDIT = f"{PAGE}edit/?id=2018"
DAY = dt.timedelta(days=1)


@pytest.fixture
def cycle(app):
    return make_exam_cycle()


def test_the_grid_says_how_each_year_stands(city, cycle):
    make_exam_cycle(2017, entry_opens_on=today() - 9 * DAY, entry_closes_on=today() - DAY)
    make_exam_cycle(2019, entry_opens_on=today() + DAY, entry_closes_on=today() + 2 * DAY)
    page = city.get(PAGE)
    assert "执业医师法（1998年）" in page.text
    for word in ("未开始", "填报中", "已截止"):
        assert page.text.count(f">{word}<") == 1
    assert city.rows(PAGE) == ["2019考试年度", "2018考试年度", "2017考试年度"]


def test_the_province_alone_is_offered_to_write(province, city, clerk, auditor, cycle):
    assert ">新增</a>" in province.get(PAGE).text
    for reader in (city, clerk):
        page = reader.get(PAGE).text
        assert ">新增</a>" not in page
        assert ">修改</" not in page
        assert ">查看</" in page
        form = reader.get(EDIT).text
        assert "查看：2018考试年度" in form
        assert "<fieldset" in form
        assert "disabled" in form
        assert ">保存</button>" not in form
        assert reader.get(f"{PAGE}new/").status_code == 403
        answer = reader.post(EDIT, **reader.fields(EDIT))
        assert answer.status_code == 403
    assert auditor.get(PAGE).status_code == 403
    assert fresh(ExamCycle, 2018).version == 1


def test_without_a_year_it_is_said_what_to_do(province, clerk):
    assert "还没有考试年度，机构不能填报。单击“新增”建立。" in province.get(PAGE).text
    assert "请联系考区办公室" in clerk.get(PAGE).text


def test_a_new_year_is_proposed_from_the_latest(province):
    make_exam_cycle(
        entry_opens_on=dt.date(2017, 9, 1),
        entry_closes_on=dt.date(2018, 1, 20),
        roster_due_on=dt.date(2018, 1, 31),
        roster_notes="甲。\n乙。",
    )
    fields = province.fields(f"{PAGE}new/")
    assert fields["year"] == "2019"
    assert fields["entry_closes_on"] == "2019-01-20"
    assert fields["roster_notes"].replace("\r\n", "\n") == "甲。\n乙。"
    answer = province.post(f"{PAGE}new/", **fields)
    assert "已保存" in province.told(answer)
    made = fresh(ExamCycle, 2019)
    assert (made.trial_cutoff_on, made.roster_notes) == (dt.date(2019, 8, 31), "甲。\n乙。")
    assert len(entries("exam_year:create")) == 1


def test_errors_stand_beside_their_fields(province, cycle):
    answer = province.submit(EDIT, entry_closes_on="2001-01-01", most_trainees="x")
    assert answer.status_code == 422
    assert "填报截止与考试年度相差太远" in answer.text
    assert "请填写1至99之间的人数。" in answer.text
    days = {**_days(), "trial_cutoff_on": "2018-08-31"}
    page = province.submit(f"{PAGE}new/", year="2018", **days)
    assert "这个考试年度已经有了" in page.text


def test_what_is_not_posted_stays(province, cycle):
    answer = province.post(EDIT, **_days(), trial_cutoff_on="2018-08-31", version="1")
    assert "已保存" in province.told(answer)
    kept = fresh(ExamCycle, 2018)
    assert (kept.most_trainees, str(kept.entry_closes_on)) == (3, "2018-01-20")


def test_what_touches_nothing_is_saved_at_once(province, cycle):
    # The factory's days are those of today's season, far from 2018.
    answer = province.submit(EDIT, **_days(), most_trainees="5")
    assert "已保存" in province.told(answer)
    assert fresh(ExamCycle, 2018).most_trainees == 5


def test_what_touches_records_is_shown_and_confirmed_for_this_content(province, clerk, cycle):
    make_roster(clerk.actor, [make_certificate(clerk.actor)], state=RosterState.PRINTED)
    page = province.submit(EDIT, **_days(), roster_notes="新的。")
    assert page.status_code == 422
    told, fields, _ = page.text.partition('name="entry_opens_on"')
    # Above the fields, which are longer than the screen.
    assert "尚未保存：请核对改动对已有记录的影响" in told
    assert fields
    assert "有未报送人员、填报随即关闭的机构：<strong>1</strong> 家" in page.text
    assert "未报送、随即过期不能报送的花名册：<strong>1</strong> 份" in page.text
    assert "已生成、仍按原内容打印的花名册：<strong>1</strong> 份" in page.text
    fields = fields_of(page)
    choice = page.text.split('name="confirmed" value="')[1].split('"')[0]
    # Other content than that of which the effects were read asks again.
    other = province.post(EDIT, **{**fields, "roster_notes": "别的。", "confirmed": choice})
    assert other.status_code == 422
    assert fresh(ExamCycle, 2018).version == 1
    answer = province.post(EDIT, **{**fields, "confirmed": choice})
    assert "已保存" in province.told(answer)
    assert fresh(ExamCycle, 2018).roster_notes == "新的。"
    (entry,) = entries("exam_year:update")
    assert {"花名册的注", "填报截止"} <= {change["label"] for change in entry.changes}


def test_somebody_elses_change_is_not_overwritten(province, cycle):
    fields = {**province.fields(EDIT), **_days()}
    assert province.post(EDIT, **{**fields, "most_trainees": "4"}).status_code == 302
    answer = province.post(EDIT, **{**fields, "most_trainees": "6"})
    assert answer.status_code == 409
    assert "每名带教老师同时带教人数" in answer.text
    assert fresh(ExamCycle, 2018).most_trainees == 4


def test_a_text_that_no_paper_could_show_is_refused(province, cycle):
    answer = province.submit(EDIT, **_days(), certificate_notes="加盖公章\U0001f600")
    assert answer.status_code == 422
    assert "打印字库中没有字符" in answer.text


def test_papers_print_the_texts_of_the_year(clerk, cycle):
    made = make_certificate(clerk.actor)
    make_exam_cycle(certificate_notes="本年度的第一条。\n本年度的第二条。")
    printed = text_of(clerk.get(f"/admin/certificates/{made.id}/print.pdf"))
    assert "本年度的第一条。" in printed
    assert "本年度的第二条。" in printed


def test_the_province_operator_is_meant_not_its_others(app, tree, cycle):
    system = Worker(app, tree.province, role="system_admin", phone="13912345678")
    assert system.get(PAGE).status_code == 403
    assert count(ExamCycle) == 1


def _days():
    """Return days of the season of 2018, which is over."""
    return {
        "entry_opens_on": "2017-09-01",
        "entry_closes_on": "2018-01-20",
        "roster_due_on": "2018-01-31",
    }


@pytest.mark.parametrize(("few", "is_told"), [(500, False), (0, True)])
def test_many_certificates_are_counted_later(province, clerk, cycle, monkeypatch, few, is_told):
    monkeypatch.setattr("services.certificates.doubts.keeping.FEW", few)
    make_certificate(clerk.actor)
    days = {**_days(), "trial_cutoff_on": "2018-08-31"}
    answer = province.submit(EDIT, most_trainees="5", **days)
    if answer.status_code == 422:
        choice = answer.text.split('name="confirmed" value="')[1].split('"')[0]
        answer = province.post(EDIT, **{**fields_of(answer), "confirmed": choice})
    told = province.told(answer)
    assert "已保存" in told
    assert ("后台重新核算" in told) is is_told

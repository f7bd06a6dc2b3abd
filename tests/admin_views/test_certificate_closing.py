"""What a clerk sees when entry for an exam year is closed, and what a bureau has given back."""

from __future__ import annotations

import datetime as dt

import pytest

from extensions import db
from models import RosterState, TrialCertificate
from services.clock import today
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import city, clerk, count, entries, fresh, province, tree
from tests.admin_views.test_certificate_drafts import stored
from tests.factories.certificates import make_certificate
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle, make_extension
from tests.factories.rosters import make_roster

__all__ = ["city", "clerk", "province", "tree"]

GRID = "/admin/certificates/"
NEW = f"{GRID}new/"
YESTERDAY = today() - dt.timedelta(days=1)


@pytest.fixture
def row(clerk, tree):
    complete(tree.hospital)
    return make_certificate(clerk.actor)


def close(**values):
    make_exam_cycle(entry_closes_on=YESTERDAY, **values)
    db.session.commit()


def edit(row):
    return f"{GRID}edit/?id={row.id}"


def is_offered(page, row):
    (line,) = [one for one in page.splitlines() if f'data-key="{row.id}"' in one]
    return 'data-acts="print"' not in line


def test_a_closed_year_is_only_looked_at(clerk, row):
    close()
    page = clerk.get(edit(row)).text
    assert f"2018年度的填报已于{YESTERDAY}截止" in page
    assert "请联系武汉市卫生局申请填报延期" in page
    assert "查看：" in page
    assert "保存修改" not in page
    assert row.id_number not in page
    assert entries("certificate:reveal") == []
    assert not is_offered(clerk.get(GRID).text, row)


def test_a_form_that_was_open_is_refused_with_the_sentence(clerk, row):
    fields = {**clerk.fields(edit(row)), "school": "华中科技大学"}
    close()
    answer = clerk.post(edit(row), **fields)
    assert answer.status_code == 422
    assert f"2018年度的填报已于{YESTERDAY}截止" in answer.text
    told = clerk.told(clerk.act("certificates", "delete", row, reason="误录"))
    assert f"2018年度的填报已于{YESTERDAY}截止" in told
    kept = fresh(TrialCertificate, row.id)
    assert (kept.school, kept.deleted_at) == (row.school, None)


def test_the_bureau_is_not_told_of_it(city, row):
    close()
    page = city.get(edit(row)).text
    assert "只能查看：由录入机构负责修改。" in page
    assert "截止，不能" not in page


def test_what_was_given_back_is_still_corrected(clerk, city, row):
    make_roster(clerk.actor, [row], state=RosterState.RETURNED, bureau=city.actor)
    close()
    assert is_offered(clerk.get(GRID).text, row)
    answer = clerk.submit(edit(row), school="华中科技大学")
    assert answer.status_code == 302
    assert fresh(TrialCertificate, row.id).school == "华中科技大学"


def test_without_an_open_year_it_is_said_when_and_whom_to_ask(clerk, row):
    close()
    make_exam_cycle(
        2019,
        entry_opens_on=today() + dt.timedelta(days=9),
        entry_closes_on=today() + dt.timedelta(days=99),
    )
    page = clerk.get(NEW).text
    assert f"2019年度自{today() + dt.timedelta(days=9)}起填报" in page
    assert f"2018年度的填报已于{YESTERDAY}截止" in page
    assert "请联系武汉市卫生局申请填报延期" in page
    assert "<fieldset" not in page
    answer = clerk.post(NEW, exam_year="2018")
    assert answer.status_code == 422
    assert count(TrialCertificate) == 1


def test_an_extension_opens_the_year_for_this_institution(clerk, tree, row):
    close(roster_due_on=YESTERDAY)
    make_extension(tree.hospital, tree.city)
    assert clerk.fields(NEW)["exam_year"] == "2018"
    assert "保存修改" in clerk.get(edit(row)).text
    assert is_offered(clerk.get(GRID).text, row)


def test_only_open_years_are_offered(clerk, row):
    make_exam_cycle(2017, entry_closes_on=YESTERDAY)
    make_exam_cycle(2019)
    page = clerk.get(NEW).text
    assert '<option selected value="2019">' in page
    assert '<option value="2018">' in page
    assert 'value="2017"' not in page


def test_the_roster_that_comes_too_late_says_so(clerk, row):
    roster = make_roster(clerk.actor, [row], state=RosterState.PRINTED)
    close(roster_due_on=YESTERDAY)
    late = f"2018年度的花名册报送已于{YESTERDAY}截止，不能报送。"
    assert late in clerk.get(f"/admin/rosters/details/?id={roster.id}").text
    assert late in clerk.get("/admin/rosters/new/?year=2018").text
    assert late in clerk.told(clerk.act("rosters", "submit", roster))


def test_a_returned_roster_says_that_it_keeps_its_time(clerk, city, row):
    roster = make_roster(clerk.actor, [row], state=RosterState.RETURNED, bureau=city.actor)
    address = f"/admin/rosters/details/?id={roster.id}"
    assert "重新生成的花名册仍可报送" not in clerk.get(address).text
    close(roster_due_on=YESTERDAY)
    assert "重新生成的花名册仍可报送；如单击“作废”，就不能再报送了" in clerk.get(address).text


def test_a_draft_of_a_new_person_is_read_while_entry_is_closed(clerk, tree):
    complete(tree.hospital)
    make_exam_cycle()
    typed = {**clerk.fields(NEW), "name": "周晓燕", "id_number": "4222221985"}
    clerk.post(f"{GRID}drafts/", **typed)
    close()
    (draft,) = stored()
    link = f"{NEW}?draft={draft.id}"
    page = clerk.get(link).text
    assert f"2018年度的填报已于{YESTERDAY}截止" in page
    fields = clerk.fields(link)
    assert (fields["name"], fields["id_number"]) == ("周晓燕", "4222221985")
    assert fields["exam_year"] == "2018"
    assert len(entries("certificate:draft_open")) == 2
    # It is kept on as a draft, and becomes no certificate.
    assert clerk.post(f"{GRID}drafts/", **{**fields, "school": "武汉大学"}).status_code == 302
    refused = clerk.post(NEW, **fields)
    assert refused.status_code == 422
    assert f"2018年度的填报已于{YESTERDAY}截止" in refused.text
    assert count(TrialCertificate) == 0
    # An incomplete record hinders no more.
    with unscoped(Reason.MAINTENANCE):
        tree.hospital.address = None
        db.session.commit()
    assert clerk.fields(link)["school"] == "武汉大学"


def test_a_draft_of_a_change_is_read_while_entry_is_closed(clerk, row):
    make_exam_cycle()
    clerk.post(f"{GRID}{row.id}/draft/", **{**clerk.fields(edit(row)), "school": "华中科技大学"})
    close()
    (draft,) = stored()
    page = clerk.get(f"{edit(row)}&draft={draft.id}").text
    assert "华中科技大学" in page
    assert "尚未保存，现在也不能保存" in page
    assert f"2018年度的填报已于{YESTERDAY}截止" in page
    assert '<fieldset class="bare-fieldset" disabled>' in page
    assert len(entries("certificate:draft_open")) == 1


def test_a_draft_of_a_change_is_read_after_the_person_was_handed_in(clerk, city, row):
    make_exam_cycle()
    clerk.post(f"{GRID}{row.id}/draft/", **{**clerk.fields(edit(row)), "school": "华中科技大学"})
    make_roster(clerk.actor, [row], state=RosterState.SUBMITTED)
    db.session.commit()
    (draft,) = stored()
    page = clerk.get(f"{edit(row)}&draft={draft.id}").text
    assert "华中科技大学" in page
    assert "该信息已上报，不能修改。" in page
    assert "华中科技大学" not in city.get(f"{edit(row)}&draft={draft.id}").text

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from extensions import db
from models import CertificateState, Conclusion, Roster, RosterState, TrialCertificate
from services.masking import masked_id_number
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
    text_of,
    tree,
)
from tests.factories.certificates import make_certificate, period_input
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.rosters import make_roster

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/rosters/"
NEW = "/admin/rosters/new/"


def details(row):
    return f"{GRID}details/?id={row.id}"


def returning(row):
    return f"{GRID}{row.id}/return/"


def paper(row, name="print.pdf"):
    return f"{GRID}{row.id}/{name}"


def ticked(page):
    return re.findall(r'name="certificate" value="(\d+)"[^>]* checked', page)


def state(row):
    return fresh(Roster, row.id).state


@pytest.fixture(autouse=True)
def cycle(app):
    return make_exam_cycle()


class TestGrid:
    def test_only_the_own_subtree(self, province, city, clerk, other_clerk):
        make_roster(clerk.actor)
        make_roster(other_clerk.actor)
        assert len(province.rows(GRID)) == 2
        assert city.rows(GRID) == clerk.rows(GRID) == ["汉口医院 2018年第1批"]
        assert other_clerk.rows(GRID) == ["夷陵医院 2018年第1批"]

    def test_filters_and_keyword(self, province, clerk, other_clerk):
        row = make_roster(clerk.actor, state=RosterState.SUBMITTED)
        make_roster(other_clerk.actor)
        assert province.rows(GRID, state="submitted") == ["汉口医院 2018年第1批"]
        assert province.rows(GRID, search="夷陵") == ["夷陵医院 2018年第1批"]
        assert province.rows(GRID, search=row.code) == ["汉口医院 2018年第1批"]
        assert province.rows(GRID, year="2018", state="filed") == []

    def test_what_waits_for_a_bureau_is_its_own_and_the_oldest_first(self, tree, city, clerk):
        county = tree.worker(make_bureau(tree.city))
        below = tree.worker(make_institution(county.institution))
        make_roster(below.actor, state=RosterState.SUBMITTED)
        for _ in range(2):
            make_roster(clerk.actor, state=RosterState.SUBMITTED)
        make_roster(clerk.actor, state=RosterState.PRINTED)
        waiting = ["汉口医院 2018年第1批", "汉口医院 2018年第2批"]
        assert city.rows(GRID, desk="mine") == waiting
        assert city.rows(GRID, desk="mine", sort="0", desc="1")[0] in waiting
        assert clerk.rows(GRID, desk="mine") == ["汉口医院 2018年第3批"]

    def test_an_empty_list_says_what_this_account_can_do(self, city, clerk):
        assert "单击“生成花名册”" in clerk.get(GRID).text
        assert "单击“生成花名册”" not in city.get(GRID).text

    def test_tools_by_permission(self, city, clerk):
        own, above = clerk.get(GRID).text, city.get(GRID).text
        for label in ("生成花名册", 'data-action="submit"', 'data-action="void"'):
            assert label in own
            assert label not in above.split("<form")[0]
        for label in ('data-action="file"', 'data-act="return"', 'data-action="revoke"'):
            assert label in above
            assert label not in own


class TestMaking:
    def test_qualified_people_are_offered(self, clerk):
        make_certificate(clerk.actor, name="合某")
        make_certificate(clerk.actor, name="未某", conclusion=Conclusion.UNQUALIFIED)
        page = clerk.get(NEW).text
        assert "合某" in page
        assert "未某" not in page

    def test_who_served_less_than_a_year_is_marked_and_left_to_the_clerk(self, clerk, city):
        full = make_certificate(clerk.actor, name="满某")
        short = make_certificate(
            clerk.actor,
            name="短某",
            periods=(period_input(started_on=dt.date(2017, 8, 1), ended_on=dt.date(2017, 8, 31)),),
        )
        page = clerk.get(NEW).text
        assert "31天，不满一年" in page
        assert ticked(page) == [str(full.id)]
        roster = make_roster(clerk.actor, [full, short], state=RosterState.SUBMITTED)
        for worker in (clerk, city):
            told = worker.get(details(roster)).text
            assert "累计时间不满一年：短某（31天）。" in told
        assert "不满一年" not in clerk.get(details(make_roster(clerk.actor))).text

    def test_who_was_not_ticked_stays_so(self, clerk):
        make_certificate(clerk.actor)
        answer = clerk.post(NEW, year="2018", form_key="a" * 32)
        assert "请至少选择一人" in answer.text
        assert ticked(answer.text) == []

    def test_roster_is_made(self, clerk):
        row = make_certificate(clerk.actor, name="合某")
        answer = clerk.post(NEW, certificate=str(row.id), year="2018", form_key="a" * 32)
        page = clerk.told(answer)
        assert "花名册已生成" in page
        assert "合某" in page
        assert count(Roster) == 1

    def test_same_form_sent_twice_makes_one(self, clerk):
        row = make_certificate(clerk.actor)
        for _ in range(2):
            clerk.post(NEW, certificate=str(row.id), year="2018", form_key="a" * 32)
        assert count(Roster) == 1

    @pytest.mark.parametrize("keys", [[], ["0"], ["x"], ["99999999999999"]])
    def test_nobody_or_nonsense(self, clerk, keys):
        answer = clerk.post(NEW, certificate=keys, year="2018", form_key="a" * 32)
        assert answer.status_code == 422
        assert count(Roster) == 0

    def test_an_overlong_key_of_a_form(self, clerk):
        row = make_certificate(clerk.actor)
        answer = clerk.post(NEW, certificate=str(row.id), year="2018", form_key="a" * 200)
        assert answer.status_code == 422
        assert "这张表单已失效" in answer.text
        assert count(Roster) == 0

    def test_people_outside_are_not_taken(self, clerk, other_clerk):
        row = make_certificate(other_clerk.actor)
        answer = clerk.post(NEW, certificate=str(row.id), year="2018", form_key="a" * 32)
        assert answer.status_code == 422
        assert count(Roster) == 0

    def test_people_of_an_institution_below_are_refused_in_words_and_on_record(self, tree, clerk):
        below = tree.worker(make_institution(tree.hospital))
        row = make_certificate(below.actor)
        answer = clerk.post(NEW, certificate=str(row.id), year="2018", form_key="a" * 32)
        assert answer.status_code == 422
        assert "只能列入本机构的人员" in answer.text
        assert len(entries("request:denied")) == 1
        assert count(Roster) == 0

    @pytest.mark.parametrize("year", ["1", "x", "99999999999"])
    def test_an_unknown_year_is_not_taken_for_another(self, clerk, year):
        row = make_certificate(clerk.actor)
        assert clerk.get(NEW, year="").status_code == 200
        assert clerk.get(NEW, year=year).status_code == 404
        assert clerk.post(NEW, certificate=str(row.id), year=year).status_code == 404
        assert count(Roster) == 0

    def test_bureaux_make_none(self, city):
        assert city.get(NEW).status_code == 403


class TestStory:
    def test_from_printing_to_filing(self, clerk, city):
        person = make_certificate(clerk.actor)
        row = make_roster(clerk.actor, [person])
        answer = clerk.act("rosters", "print", row)
        assert answer.location == paper(row)
        assert state(row) is RosterState.PRINTED
        assert "已报送至武汉市卫生局" in clerk.told(clerk.act("rosters", "submit", row))
        assert fresh(TrialCertificate, person.id).state is CertificateState.SUBMITTED
        assert "已备案 1 份" in city.told(city.act("rosters", "file", row))
        assert state(row) is RosterState.FILED
        assert fresh(TrialCertificate, person.id).state is CertificateState.FILED

    def test_submitting_needs_printing(self, clerk):
        row = make_roster(clerk.actor)
        assert "尚未打印" in clerk.told(clerk.act("rosters", "submit", row))
        assert state(row) is RosterState.DRAFT

    def test_returning_needs_a_reason(self, clerk, city):
        row = make_roster(clerk.actor, state=RosterState.SUBMITTED)
        for reason, sentence in (
            ("", "请填写退回原因"),
            (" ", "请填写退回原因"),
            ("甲" * 501, "退回原因不能超过500个字，现在是501个字"),
        ):
            answer = city.post(returning(row), reason=reason)
            assert answer.status_code == 422
            assert sentence in answer.text
        assert state(row) is RosterState.SUBMITTED
        assert "花名册已退回" in city.told(city.post(returning(row), reason="第1行有误"))
        assert state(row) is RosterState.RETURNED
        assert "第1行有误" in clerk.get(details(row)).text

    def test_a_wrong_filing_is_mended(self, clerk, city):
        person = make_certificate(clerk.actor)
        row = make_roster(clerk.actor, [person], state=RosterState.FILED, bureau=city.actor)
        address = f"/admin/certificates/edit/?id={person.id}"
        assert "撤销备案" in clerk.submit(address, school="别处大学").text
        assert "请填写撤销原因" in city.told(city.act("rosters", "revoke", row))
        told = city.told(city.act("rosters", "revoke", row, reason="毕业学校有误"))
        assert "备案已撤销" in told
        assert "毕业学校有误" in clerk.get(details(row)).text
        assert clerk.submit(address, school="别处大学").status_code == 302
        assert "已重新生成" in clerk.told(clerk.act("rosters", "remake", row))

    def test_returned_one_is_made_anew(self, clerk, city):
        row = first = make_roster(clerk.actor, state=RosterState.SUBMITTED, bureau=city.actor)
        city.told(city.post(returning(row), reason="第1行有误"))
        for _ in range(2):
            assert "已重新生成" in clerk.told(clerk.act("rosters", "remake", row))
            with unscoped(Reason.MAINTENANCE):
                (anew,) = db.session.scalars(
                    select(Roster).where(Roster.state == RosterState.DRAFT)
                )
            assert "当时的退回原因：第1行有误。" in clerk.get(details(anew)).text
            assert "作废前曾被退回，原因：第1行有误。" in clerk.get(details(first)).text
            row = anew

    def test_voiding(self, clerk):
        row = make_roster(clerk.actor, state=RosterState.PRINTED)
        assert "花名册已作废" in clerk.told(clerk.act("rosters", "void", row))
        assert state(row) is RosterState.VOIDED

    def test_illegal_moves_are_told(self, clerk, city):
        row = make_roster(clerk.actor, state=RosterState.FILED, bureau=city.actor)
        for worker, name in ((clerk, "void"), (clerk, "submit"), (city, "file")):
            assert 'class="message' in worker.told(worker.act("rosters", name, row))
        assert state(row) is RosterState.FILED

    def test_only_the_receiver_decides(self, clerk, province, other_clerk):
        row = make_roster(clerk.actor, state=RosterState.SUBMITTED)
        page = province.told(province.act("rosters", "file", row))
        assert "汉口医院的花名册由接收单位武汉市卫生局备案或退回" in page
        assert clerk.act("rosters", "file", row).status_code == 403
        assert other_clerk.act("rosters", "void", row).status_code == 404
        assert state(row) is RosterState.SUBMITTED
        told, forbidden, _hidden = entries("request:denied")
        assert "接收单位" in told.changes[0]["new"]
        assert forbidden.changes[0]["new"] == "您没有执行此操作的权限。"

    def test_changed_people_are_named(self, clerk):
        person = make_certificate(clerk.actor, name="改某")
        row = make_roster(clerk.actor, [person], state=RosterState.PRINTED)
        clerk.submit(f"/admin/certificates/edit/?id={person.id}", school="别处大学")
        assert "改某" in clerk.told(clerk.act("rosters", "submit", row))
        page = clerk.get(details(row)).text
        assert "请单击“重新生成”" in page
        assert 'data-action="remake"' in page
        assert 'data-action="submit"' not in page
        assert state(row) is RosterState.PRINTED
        assert "已打印，须重新生成" in clerk.get(GRID).text

    def test_unknown_action_and_get(self, clerk):
        row = make_roster(clerk.actor)
        assert clerk.act("rosters", "absurd", row).status_code == 404
        assert clerk.get(f"{GRID}action/").status_code == 405


class TestPapers:
    def test_paper(self, clerk):
        people = [make_certificate(clerk.actor, name="周晓燕")]
        row = make_roster(clerk.actor, people, state=RosterState.PRINTED)
        before = len(entries("roster:print"))
        text = text_of(clerk.get(paper(row)))
        assert "周晓燕" in text
        assert row.code in text
        assert len(entries("roster:print")) == before + 1

    def test_there_is_no_paper_before_the_printing(self, clerk, city):
        row = make_roster(clerk.actor)
        for worker in (clerk, city):
            answer = worker.get(paper(row))
            assert answer.status_code == 400
            assert "尚未打印" in answer.text
            assert paper(row) not in worker.get(details(row)).text
        assert entries("roster:print") == []
        assert state(row) is RosterState.DRAFT

    def test_an_empty_registration_number_is_pointed_out(self, tree, clerk):
        with_number = make_roster(clerk.actor)
        assert "“登记号”是空的" not in clerk.get(details(with_number)).text
        person = make_certificate(clerk.actor)
        with unscoped(Reason.MAINTENANCE):
            tree.hospital.licence_in_use.is_in_use = False
            tree.hospital.registration_number = None
            db.session.commit()
        without = make_roster(clerk.actor, [person])
        assert "“登记号”是空的" in clerk.get(details(without)).text

    def test_sheet_holds_the_numbers_as_texts(self, clerk):
        person = make_certificate(clerk.actor)
        row = make_roster(clerk.actor, [person])
        values = [v for line in cells_of(clerk.get(paper(row, "roster.xlsx"))) for v in line]
        assert person.id_number in values
        assert len(entries("roster:export")) == 1

    def test_the_page_masks_them(self, clerk, city):
        person = make_certificate(clerk.actor)
        row = make_roster(clerk.actor, [person])
        for worker in (clerk, city):
            page = worker.get(details(row)).text
            assert masked_id_number(person.id_number) in page
            assert person.id_number not in page

    def test_foreign_ones(self, clerk, other_clerk):
        row = make_roster(clerk.actor)
        for address in (paper(row), paper(row, "roster.xlsx"), details(row)):
            assert other_clerk.get(address).status_code == 404
        assert entries("roster:print") == []

    @pytest.mark.parametrize("key", ["0", "-1", "x", "99999999999999999999"])
    def test_absurd_keys(self, clerk, key):
        for page in (f"{key}/print.pdf", f"{key}/roster.xlsx", f"details/?id={key}"):
            assert clerk.get(GRID + page).status_code == 404


@pytest.mark.parametrize(
    ("present", "offered"),
    [
        (RosterState.DRAFT, {"print", "remake", "void"}),
        (RosterState.PRINTED, {"print", "submit", "remake", "void"}),
        (RosterState.SUBMITTED, set()),
        (RosterState.RETURNED, {"remake", "void"}),
        (RosterState.VOIDED, set()),
        (RosterState.FILED, set()),
    ],
)
def test_a_roster_offers_the_clerk_what_its_state_allows(city, clerk, present, offered):
    row = make_roster(clerk.actor, state=present, bureau=city.actor)
    page = clerk.get(details(row)).text

    assert set(re.findall(r'data-action="(\w+)"', page)) == offered


def test_only_the_receiving_bureau_is_offered_the_decision(province, city, clerk):
    row = make_roster(clerk.actor, state=RosterState.SUBMITTED)

    page = city.get(details(row)).text
    assert re.findall(r'data-action="(\w+)"', page) == ["file"]
    assert returning(row) in page
    page = province.get(details(row)).text
    assert 'data-action="' not in page
    assert returning(row) not in page
    city.act("rosters", "file", row)
    assert re.findall(r'data-action="(\w+)"', city.get(details(row)).text) == ["revoke"]


def test_the_list_says_what_each_row_allows(province, city, clerk):
    """The browser offers a button of the list for the rows that bear its name."""
    for state in (RosterState.SUBMITTED, RosterState.FILED, RosterState.VOIDED):
        make_roster(clerk.actor, state=state, bureau=city.actor)

    def allowed(worker):
        page = worker.get(GRID).text
        return re.findall(r'<tr data-key="\d+"[^>]* data-acts="([^"]*)"', page)

    assert allowed(city) == ["", "revoke", "file return"]
    assert allowed(clerk) == allowed(province) == ["", "", ""]
    assert 'data-action="file"' in city.get(GRID).text

"""The form of a licence: what it demands, keeps and says."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from models import Licence, utc_now
from services import licences
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    city,
    clerk,
    count,
    entries,
    fresh,
    other_clerk,
    province,
    tree,
)
from tests.factories.licences import make_licence

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


def edit(row):
    return f"{GRID}edit/?id={row.id}"


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

    def test_institution_outside_is_not_taken(self, tree, city, clerk):
        key = str(tree.other_hospital.id)
        for worker, form in ((clerk, ENTERED), (city, NAMED)):
            answer = worker.submit(NEW, **form, institution_id=key)
            assert answer.status_code == 422
            assert "不在您的管理范围内" in answer.text
            # Nothing that was typed is lost.
            assert form["legal_representative"] in answer.text
            entry = entries("request:denied")[-1]
            assert [one["new"] for one in entry.changes if one["label"] == "编号"] == [key]
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

    def test_the_lock_is_said_before_what_is_wrong_in_the_form(self, tree, clerk, city, session):
        row = make_licence(tree.hospital)
        wrong = {**clerk.fields(edit(row)), "registration_number": "x", "valid_until": "never"}
        with unscoped(Reason.MAINTENANCE):
            tree.hospital.locked_at = utc_now()
            session.commit()
        for worker in (clerk, city):
            answer = worker.post(edit(row), **wrong)
            assert (answer.status_code, "已锁定" in answer.text) == (403, True)
            assert "这不是日期" not in answer.text
            assert "never" in answer.text
        answer = clerk.submit(NEW, **{**ENTERED, "valid_until": "never"})
        assert (answer.status_code, "这不是日期" in answer.text) == (403, False)
        assert len(entries("request:denied")) == 3

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


@pytest.mark.parametrize("valid_until", ["never", "2099-12-01"])
def test_a_foreign_institution_is_said_and_recorded_whatever_else_is_wrong(tree, city, valid_until):
    foreign = str(tree.other_hospital.id)
    named = {**NAMED, "owner_name": "x", "institution_id": foreign, "valid_until": valid_until}
    answer = city.submit(NEW, **named)
    assert answer.status_code == 422
    assert "不在您的管理范围内" in answer.text
    (entry,) = entries("request:denied")
    assert [one["new"] for one in entry.changes if one["label"] == "编号"] == [foreign]

from __future__ import annotations

import datetime as dt

import pytest

from models import Licence
from tests.admin_views.screen_cases import (
    city,
    clerk,
    count,
    entries,
    fresh,
    other_clerk,
    tree,
)
from tests.factories.licences import make_licence

__all__ = ["city", "clerk", "other_clerk", "tree"]

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

    def test_institution_outside_is_not_taken(self, tree, clerk):
        answer = clerk.submit(NEW, **ENTERED, institution_id=str(tree.other_hospital.id))
        assert answer.status_code == 404
        assert clerk.get(NEW, institution=str(tree.other_hospital.id)).status_code == 404
        assert count(Licence) == 0

    def test_bureaux_have_none(self, city):
        answer = city.submit(NEW, **ENTERED)
        assert answer.status_code == 422
        assert "没有医疗机构执业许可证" in answer.text

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

    def test_expired_one_needs_its_own_button(self, tree, clerk):
        row = make_licence(
            tree.hospital, valid_from=dt.date(2010, 1, 1), valid_until=dt.date(2011, 1, 1)
        )
        clerk.told(clerk.act("licences", "use", row))
        assert not fresh(Licence, row.id).is_in_use
        clerk.told(clerk.act("licences", "use_expired", row))
        assert fresh(Licence, row.id).is_in_use

    def test_deleting(self, tree, clerk):
        row = make_licence(tree.hospital)
        assert "许可证已删除" in clerk.told(clerk.act("licences", "delete", row))
        assert count(Licence) == 0

    @pytest.mark.parametrize("name", ["use", "use_expired", "delete"])
    def test_foreign_ones(self, tree, clerk, name):
        row = make_licence(tree.other_hospital)
        assert clerk.act("licences", name, row).status_code == 404
        assert not fresh(Licence, row.id).is_in_use

    def test_unknown_action_and_get(self, tree, clerk):
        assert clerk.act("licences", "absurd", make_licence(tree.hospital)).status_code == 404
        assert clerk.get(f"{GRID}action/").status_code == 405

"""What suits a place in the tree: the category of a bureau, and 行政区划."""

from __future__ import annotations

import pytest

from models import InstitutionKind
from services import institutions
from services.errors import DomainError
from services.institutions import moves
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.services.institution_cases import (
    actor,
    city,
    errors_of,
    form,
    hospital,
    new_form,
    province,
)

__all__ = ["actor", "city", "hospital", "province"]


@pytest.fixture
def county(city):
    return make_bureau(city, name="丙县卫生局", division_code="420116")


@pytest.fixture
def places(province, city, county):
    return {"province": province, "city": city, "county": county}


#: Category and where it stands → a part of what is said; nothing where it suits.
CASES = [
    ("Z", "province", "是类别的总称"),
    ("Z1", "province", "只用于考区"),
    ("Z1", "county", "只用于考区"),
    ("Z2", "province", ""),
    ("Z2", "city", "“市州卫计委”不能上报到“甲市卫生局”"),
    ("Z2", "county", "“市州卫计委”不能上报到“丙县卫生局”"),
    ("Z3", "province", ""),
    ("Z3", "city", ""),
    ("Z3", "county", "不能上报到“丙县卫生局”"),
    ("A1", "province", ""),
    ("D600", "county", ""),
]


@pytest.mark.parametrize(("category", "where", "sentence"), CASES)
def test_a_new_bureau_suits_its_place(places, category, where, sentence):
    parent = places[where]
    with acting(make_actor(parent)) as actor:
        typed = new_form(parent, category_code=category)
        verdict = institutions.check_field(
            actor, None, "category_code", category, {"parent_id": str(parent.id)}
        )
        if sentence:
            errors = errors_of(lambda: institutions.create(actor, typed))
            assert set(errors) == {"category_code"}
            assert sentence in errors["category_code"]
            assert sentence in verdict.error
        else:
            assert verdict.error == ""
            assert institutions.create(actor, typed).category_code == category


def test_the_parent_is_judged_beside_the_category(city, county, actor):
    def verdict(parent):
        beside = {"category_code": "Z3"}
        return institutions.check_field(actor, None, "parent_id", str(parent.id), beside)

    assert verdict(city).error == ""
    assert "不能上报到“丙县卫生局”" in verdict(county).error
    assert "考试管理机构只能上报到" in verdict(make_institution(city)).error


def test_a_move_keeps_the_ranks(province, city, county):
    other = make_bureau(province)
    lower = make_bureau(other)
    with acting(make_actor(province)) as actor:

        def refuse(node, parent):
            with pytest.raises(DomainError, match="不能上报到"):
                moves.preview(actor, node, parent)
            typed = form(node, parent_id=parent.id)
            errors = errors_of(
                lambda: institutions.update(
                    actor, node, typed, node.version, confirmed_parent_id=parent.id
                )
            )
            assert set(errors) == {"parent_id"}

        refuse(city, other)
        refuse(lower, county)
        institutions.move(actor, county, other)
        institutions.move(actor, county, province)


def test_another_category_suits_the_place_and_those_below(province, city, county):
    with acting(make_actor(province)) as actor:
        errors = errors_of(
            lambda: institutions.update(actor, city, form(city, category_code="Z3"), city.version)
        )
        assert errors["category_code"].startswith("其下级“丙县卫生局”不能上报到“区县卫计委")
        verdict = institutions.check_field(actor, city, "category_code", "Z3")
        assert verdict.error == errors["category_code"]
        errors = errors_of(
            lambda: institutions.update(actor, county, form(county, category_code="Z2"), 1)
        )
        assert "不能上报到“甲市卫生局”" in errors["category_code"]
        lonely = make_bureau(province)
        institutions.update(actor, lonely, form(lonely, category_code="Z3"), lonely.version)
        assert lonely.category_code == "Z3"


def test_what_stands_wrong_already_can_still_be_corrected_otherwise(city, county):
    wrong = make_bureau(county, category_code="Z1")
    with acting(make_actor(city)) as actor:
        typed = form(wrong, name="改名的卫生局")
        institutions.update(actor, wrong, typed, wrong.version)
        assert wrong.name == "改名的卫生局"
        assert institutions.check_field(actor, wrong, "category_code", "Z1").error == ""


def test_only_what_can_be_below_is_offered(places, hospital):
    offered = {"province": {"Z", "Z2", "Z3"}, "city": {"Z", "Z3"}, "county": set()}
    for name, expected in offered.items():
        with acting(make_actor(places[name])) as actor:
            found = {code for code, _name, _above in institutions.offered_categories(actor)}
            assert {code for code in found if code[0] == "Z"} == expected
            assert "A1" in found
    with acting(make_actor(hospital)) as actor:
        assert actor.kind is InstitutionKind.HEALTHCARE
        found = institutions.offered_categories(actor, "Z3")
        assert [code for code, _name, _above in found if code[0] == "Z"] == ["Z", "Z3"]


class TestDivision:
    def test_outside_of_the_bureaus_own_is_a_doubt_and_no_error(self, city, county):
        with acting(make_actor(county)) as actor:
            beside = {"parent_id": str(county.id)}
            (doubt,) = institutions.check_field(
                actor, None, "division_code", "420500", beside
            ).doubts
            assert doubt == "所选行政区划不在“丙县卫生局”所辖的黄陂区之内，请核对。"
            made = institutions.create(actor, new_form(county, division_code="420500"))
            assert doubt in institutions.doubts(made)
            inside = institutions.check_field(actor, None, "division_code", "420116", beside)
            assert inside == institutions.Verdict()

    def test_what_lies_below_a_citys_own_is_none(self, province):
        city = make_bureau(province, division_code="420100")
        clinic = make_institution(make_institution(city), division_code="420116")
        with acting(make_actor(city)) as actor:
            assert institutions.doubts(clinic) == []
            (doubt,) = institutions.check_field(actor, clinic, "division_code", "420500").doubts
        assert "武汉市" in doubt

    def test_a_bureau_above_the_reader_is_not_looked_at(self, county):
        hospital = make_institution(county)
        clinic = make_institution(hospital, division_code="420500")
        with acting(make_actor(hospital)):
            assert institutions.doubts(clinic) == []


def test_none_is_restored_below_what_has_become_a_bureau_of_its_own_rank(session, province):
    city = make_bureau(province, category_code="Z2")
    county = make_bureau(city, category_code="Z3")
    key, name, wanted = county.id, county.name, new_form(city, category_code="Z3")
    with acting(make_actor(province)) as actor:
        institutions.delete(actor, county)
        with unscoped(Reason.MAINTENANCE):
            city.category_code = "Z3"
            session.flush()
        sentence = errors_of(lambda: institutions.create(actor, wanted))["category_code"]
        with pytest.raises(DomainError) as refused:
            institutions.restore(actor, key)
        assert refused.value.message == sentence
        with unscoped(Reason.MAINTENANCE):
            city.category_code = "Z2"
            session.flush()
        assert institutions.restore(actor, key).name == name

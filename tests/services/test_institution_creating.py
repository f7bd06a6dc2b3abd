"""Adding institutions to the library, and the names that they may bear."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import AccountRole, FormerName, Institution, InstitutionKind
from models.institution import LONGEST_PATH
from services import institutions
from services.audit import AuditTag
from services.errors import NotAllowedError
from services.institutions.names import NAME_TAKEN, taken
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_former_name
from tests.services.institution_cases import (
    actor,
    city,
    entries,
    errors_of,
    form,
    hospital,
    neighbour,
    new_form,
    province,
)

__all__ = ["actor", "city", "hospital", "neighbour", "province"]


class TestCreating:
    def test_a_hospital_below_the_own_bureau(self, session, city, actor):
        made = institutions.create(actor, new_form(city, address=" 中山路1号 "))
        assert (made.name, made.kind) == ("新医院", InstitutionKind.HEALTHCARE)
        assert made.address == "中山路1号"
        assert made.parent_id == city.id
        assert made.path == city.path + "0001"
        assert 30001 <= made.unit_number <= 39999
        (entry,) = entries(session, AuditTag.INSTITUTION_CREATE)
        assert entry.object_id == made.id
        assert entry.owner_path == made.path
        told = {change["label"]: change["new"] for change in entry.changes}
        assert told["机构名称"] == "新医院"
        # As people read it: no codes, no keys.
        assert (told["机构类别"], told["信息上报"]) == ("综合医院", city.name)
        assert "机构层级" not in told

    def test_the_kind_follows_the_category(self, city, actor):
        bureau = institutions.create(actor, new_form(city, name="丙县卫生局", category_code="Z3"))
        assert bureau.kind is InstitutionKind.BUREAU
        assert 20001 <= bureau.unit_number <= 29999

    def test_a_bureau_does_not_report_to_a_hospital(self, hospital, actor):
        errors = errors_of(
            lambda: institutions.create(
                actor, new_form(hospital, name="丙县卫生局", category_code="Z3")
            )
        )
        assert set(errors) == {"parent_id"}

    def test_a_hospital_may_have_places_of_practice_below_it(self, hospital, actor):
        made = institutions.create(actor, new_form(hospital, name="村卫生室", category_code="C100"))
        assert made.path.startswith(hospital.path)

    def test_all_that_is_wrong_is_said_at_once(self, actor):
        errors = errors_of(
            lambda: institutions.create(
                actor,
                institutions.InstitutionInput(
                    name="",
                    category_code="QQ",
                    parent_id="",
                    division_code="999999",
                    organisation_code="123",
                    registration_number="1",
                    address="\x00",
                    postcode="12",
                ),
            )
        )
        assert set(errors) == {
            "name",
            "category_code",
            "parent_id",
            "division_code",
            "organisation_code",
            "registration_number",
            "address",
            "postcode",
        }

    @pytest.mark.parametrize("key", ["abc", "-1", "99999999999999999999", 2**31 - 1, "\x00", True])
    def test_a_parent_that_is_no_key_is_an_error_of_the_field(self, city, actor, key):
        errors = errors_of(lambda: institutions.create(actor, new_form(city, parent_id=key)))
        assert set(errors) == {"parent_id"}

    @pytest.mark.parametrize("place", ["province", "neighbour"])
    def test_a_parent_outside_of_the_scope_is_an_error_of_the_field(
        self, request, session, city, actor, place
    ):
        outside = request.getfixturevalue(place)
        errors = errors_of(lambda: institutions.create(actor, new_form(city, parent_id=outside.id)))
        assert set(errors) == {"parent_id"}
        assert outside.name not in errors["parent_id"]

    @pytest.mark.parametrize("code", ["\x00", "A1\x00", "长" * 50, "A1'--"])
    def test_a_code_that_is_none_is_an_error_of_the_field(self, city, actor, code):
        errors = errors_of(lambda: institutions.create(actor, new_form(city, category_code=code)))
        assert set(errors) == {"category_code"}

    def test_the_tree_has_a_greatest_depth(self, city, actor):
        node = city
        while len(node.path) < LONGEST_PATH:
            node = institutions.create(actor, new_form(node, name=f"第{len(node.path)}级"))
        errors = errors_of(lambda: institutions.create(actor, new_form(node)))
        assert set(errors) == {"parent_id"}

    def test_an_auditor_may_not(self, city):
        auditor = make_actor(city, role=AccountRole.AUDITOR)
        with acting(auditor), pytest.raises(NotAllowedError):
            institutions.create(auditor, new_form(city))


class TestNames:
    @pytest.mark.parametrize("owner", ["hospital", "neighbour", "province"])
    @pytest.mark.parametrize("former", [True, False])
    def test_a_name_stands_once_in_the_whole_tree(self, request, city, owner, former):
        bearer = request.getfixturevalue(owner)
        name = make_former_name(bearer).name if former else bearer.name
        with acting(make_actor(city)) as actor:
            errors = errors_of(lambda: institutions.create(actor, new_form(city, name=f" {name} ")))
        # It is named within the scope only.
        assert errors == {"name": taken(name, bearer.name if owner == "hospital" else None)}

    def test_renaming_to_a_taken_name_is_refused(self, hospital, neighbour, actor):
        errors = errors_of(
            lambda: institutions.update(actor, hospital, form(hospital, name=neighbour.name), 1)
        )
        assert errors == {"name": NAME_TAKEN}

    def test_an_institution_may_go_back_to_its_own_former_name(self, hospital, city):
        former = make_former_name(hospital)
        with acting(make_actor(city)) as actor:
            institutions.update(actor, hospital, form(hospital, name=former.name), 1)
        assert hospital.name == former.name

    def test_the_database_decides_when_the_check_was_passed_by_two(
        self, session, city, neighbour, actor, monkeypatch
    ):
        monkeypatch.setattr("services.institutions.names.require_free", lambda *_a, **_k: None)
        errors = errors_of(lambda: institutions.create(actor, new_form(city, name=neighbour.name)))
        assert errors == {"name": NAME_TAKEN}
        assert session.scalar(select(Institution.name).where(Institution.id == city.id))

    def test_the_old_name_is_kept_only_when_asked(self, session, hospital, actor):
        institutions.update(actor, hospital, form(hospital, name="甲市中心医院"), 1)
        assert session.scalars(select(FormerName)).all() == []
        institutions.update(
            actor,
            hospital,
            form(hospital, name="甲市人民医院"),
            hospital.version,
            renaming=institutions.Renaming(),
        )
        (former,) = session.scalars(select(FormerName))
        assert former.name == "甲市中心医院"
        assert former.owner_path == hospital.path
        assert former.used_until is not None

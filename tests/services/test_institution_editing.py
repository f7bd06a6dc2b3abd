"""Correcting and completing the record of an institution."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import FormerName, Institution
from services import clock, institutions
from services.audit import AuditTag
from services.errors import NotAllowedError, NotFoundError, StaleVersionError
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import DETAILS, make_bureau, make_former_name, make_institution
from tests.services.institution_cases import (
    actor,
    city,
    details,
    entries,
    errors_of,
    form,
    hospital,
    neighbour,
    province,
    update_details,
)

__all__ = ["actor", "city", "hospital", "neighbour", "province"]


class TestCorrecting:
    def test_name_and_category_by_the_superior(self, session, hospital, actor):
        institutions.update(
            actor, hospital, form(hospital, name="甲市中医院", category_code="A2"), 1
        )
        assert (hospital.name, hospital.category_code) == ("甲市中医院", "A2")
        assert hospital.category.name == "中医医院"
        assert hospital.version == 2
        (entry,) = entries(session, AuditTag.INSTITUTION_UPDATE)
        assert {"label": "机构名称", "old": "甲市第一医院", "new": "甲市中医院"} in entry.changes

    def test_what_the_form_does_not_hold_stays(self, city):
        hospital = make_institution(city, registration_number="1" * 22, postcode="430000")
        with acting(make_actor(city)) as actor:
            institutions.update(actor, hospital, form(hospital, postcode="430001"), 1)
        assert hospital.registration_number == "1" * 22
        assert hospital.postcode == "430001"

    def test_a_detail_that_the_notice_demands_is_not_emptied(self, city):
        hospital = make_institution(city, **DETAILS)
        with acting(make_actor(city)) as actor:
            errors = errors_of(
                lambda: institutions.update(
                    actor,
                    hospital,
                    form(hospital, address=" ", postcode="", organisation_code=""),
                    1,
                )
            )
        assert set(errors) == {"address", "postcode", "organisation_code"}

    @pytest.mark.parametrize(
        ("node", "code"), [("hospital", "Z3"), ("lower_bureau", "A1"), ("hospital", "")]
    )
    def test_a_category_of_the_other_kind_is_refused(self, city, hospital, node, code):
        row = hospital if node == "hospital" else make_bureau(city)
        with acting(make_actor(city)) as actor:
            errors = errors_of(
                lambda: institutions.update(actor, row, form(row, category_code=code), 1)
            )
        assert set(errors) == {"category_code"}

    def test_the_own_name_is_the_superiors_to_change(self, city, actor):
        with pytest.raises(NotAllowedError):
            institutions.update(actor, city, form(city, name="别的名字"), city.version)
        assert city.name == "甲市卫生局"

    def test_another_parent_moves_the_node(self, city, hospital, session):
        county = make_bureau(city)
        with acting(make_actor(city)) as actor:
            typed = form(hospital, name="丙县医院", parent_id=county.id)
            errors = errors_of(lambda: institutions.update(actor, hospital, typed, 1))
            assert set(errors) == {"confirmed_parent_id"}
            assert (hospital.name, hospital.parent_id) == ("甲市第一医院", city.id)
            institutions.update(actor, hospital, typed, 1, confirmed_parent_id=str(county.id))
            assert hospital.name == "丙县医院"
            assert hospital.path == county.path + "0001"
            assert len(entries(session, AuditTag.INSTITUTION_UPDATE)) == 1
            assert len(entries(session, AuditTag.INSTITUTION_MOVE)) == 1

    def test_what_was_confirmed_is_one_parent_and_no_other(self, city, hospital):
        county, other = make_bureau(city), make_bureau(city)
        with acting(make_actor(city)) as actor:
            errors = errors_of(
                lambda: institutions.update(
                    actor,
                    hospital,
                    form(hospital, parent_id=county.id),
                    1,
                    confirmed_parent_id=other.id,
                )
            )
        assert set(errors) == {"confirmed_parent_id"}
        assert hospital.parent_id == city.id

    def test_the_old_name_becomes_a_former_one_until_a_day(self, session, city, hospital):
        last_day = dt.date(2017, 6, 30)
        with acting(make_actor(city)) as actor:
            for name, renaming in (
                ("甲市中心医院", institutions.Renaming(last_day)),
                ("甲市人民医院", None),
            ):
                institutions.update(
                    actor,
                    hospital,
                    form(hospital, name=name),
                    hospital.version,
                    renaming=renaming,
                )
            former = session.execute(select(FormerName.name, FormerName.used_until)).all()
        assert former == [("甲市第一医院", last_day)]

    def test_a_last_day_that_has_not_come_is_refused(self, session, city, hospital):
        tomorrow = clock.today() + dt.timedelta(days=1)
        with acting(make_actor(city)) as actor:
            errors = errors_of(
                lambda: institutions.update(
                    actor,
                    hospital,
                    form(hospital, name="甲市中心医院"),
                    1,
                    renaming=institutions.Renaming(tomorrow),
                )
            )
            assert set(errors) == {"former_name_until"}
            # Without a new name there is no last day of the old one.
            institutions.update(
                actor, hospital, form(hospital), 1, renaming=institutions.Renaming(tomorrow)
            )

    @pytest.mark.parametrize(("days", "is_refused"), [(-1, True), (0, False), (1, False)])
    def test_a_name_was_borne_after_the_one_before_it(self, city, hospital, days, is_refused):
        given_up = dt.date(2016, 3, 1)
        make_former_name(hospital, name="更早的名称", used_until=given_up)
        make_former_name(hospital, name="无日期的名称", used_until=None)
        renaming = institutions.Renaming(given_up + dt.timedelta(days=days))
        with acting(make_actor(city)) as actor:

            def rename():
                data = form(hospital, name="甲市中心医院")
                institutions.update(actor, hospital, data, 1, renaming=renaming)

            if is_refused:
                assert str(given_up) in errors_of(rename)["former_name_until"]
            else:
                rename()

    def test_the_trail_tells_names_instead_of_codes(self, session, hospital, actor):
        institutions.update(actor, hospital, form(hospital, category_code="A2"), 1)
        (entry,) = entries(session, AuditTag.INSTITUTION_UPDATE)
        assert entry.changes == [{"label": "机构类别", "old": "综合医院", "new": "中医医院"}]

    def test_errors_of_the_move_stand_beside_those_of_the_fields(self, hospital, actor):
        errors = errors_of(
            lambda: institutions.update(
                actor, hospital, form(hospital, name="", parent_id=hospital.id), 1
            )
        )
        assert set(errors) == {"name", "parent_id"}

    def test_saving_what_is_there_changes_and_records_nothing(self, session, hospital, actor):
        institutions.update(actor, hospital, form(hospital), 1)
        assert hospital.version == 1
        assert entries(session, AuditTag.INSTITUTION_UPDATE) == []

    @pytest.mark.parametrize("version", [0, 2])
    def test_a_stale_form_is_refused(self, hospital, actor, version):
        with pytest.raises(StaleVersionError):
            institutions.update(actor, hospital, form(hospital, name="丁"), version)

    def test_a_form_saved_by_another_in_between_is_refused(self, session, hospital, actor):
        with unscoped(Reason.MAINTENANCE):
            session.execute(
                Institution.__table__.update()
                .where(Institution.id == hospital.id)
                .values(version=Institution.version + 1)
            )
        with pytest.raises(StaleVersionError):
            institutions.update(actor, hospital, form(hospital, name="丁"), 1)


class TestDetails:
    def test_the_own_record_and_a_lower_one(self, session, city, hospital, actor):
        for row in (city, hospital):
            update_details(actor, row, details(service_target="社会人群"), 1)
            assert row.organisation_code == DETAILS["organisation_code"]
            assert row.service_target == "社会人群"
        assert [entry.object_id for entry in entries(session, AuditTag.INSTITUTION_UPDATE)] == [
            city.id,
            hospital.id,
        ]

    def test_what_the_notice_demands(self, hospital, actor):
        empty = institutions.InstitutionInput(
            organisation_code="",
            address=" ",
            postcode="",
            level_code="",
            grade_code="",
            rank_code="",
        )
        errors = errors_of(lambda: update_details(actor, hospital, empty, 1))
        assert errors == {
            "organisation_code": "请填写机构代码。",
            "address": "请填写机构地址。",
            "postcode": "请填写邮政编码。",
            "level_code": "请选择机构级别。",
            "grade_code": "请选择机构等次。",
            "rank_code": "请选择业务定级。",
        }

    def test_codes_are_normalised(self, hospital, actor):
        typed = details(organisation_code="１２４２０１００-441626842y", postcode=" ４３００１４ ")
        update_details(actor, hospital, typed, 1)
        assert hospital.organisation_code == DETAILS["organisation_code"]
        assert hospital.postcode == "430014"

    def test_doubts_do_not_hinder_saving(self, hospital, actor):
        typed = details(postcode="100000", registration_number="5" * 22)
        update_details(actor, hospital, typed, 1)
        assert any("邮政编码" in doubt for doubt in institutions.doubts(hospital))
        assert len(institutions.doubts(hospital)) > 1

    def test_a_superior_above_is_out_of_reach(self, province, city):
        with acting(make_actor(city)) as actor, pytest.raises(NotFoundError):
            update_details(actor, province, details(), 1)

    def test_a_stale_form_is_refused(self, hospital, actor):
        with pytest.raises(StaleVersionError):
            update_details(actor, hospital, details(), 2)

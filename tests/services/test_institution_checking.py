"""A field is checked as the user leaves it; nothing is changed by it."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from extensions import db
from models import FormerName
from services import institutions
from services.errors import LockedError, NotAllowedError, NotFoundError
from services.institutions.field_rules import FIELDS
from services.institutions.names import NAME_TAKEN, taken
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import (
    DETAILS,
    make_bureau,
    make_former_name,
    make_institution,
)
from tests.services.institution_cases import actor, city, hospital, neighbour, province

__all__ = ["actor", "city", "hospital", "neighbour", "province"]


def test_what_is_wrong_is_a_sentence(hospital, actor):
    verdict = institutions.check_field(actor, hospital, "organisation_code", "12420100441626842X")
    assert "第18位" in verdict.error
    assert not verdict.doubts


def test_what_is_right_needs_no_words(hospital, actor):
    for name, value in (
        *DETAILS.items(),
        ("name", hospital.name),
        ("name", "新名字"),
        ("name", ""),
    ):
        assert institutions.check_field(actor, hospital, name, str(value)) == institutions.Verdict()


@pytest.mark.parametrize("place", ["neighbour", "city"])
@pytest.mark.parametrize("as_former", [False, True])
def test_a_taken_name_names_its_bearer_within_the_scope_only(
    request, session, city, hospital, place, as_former
):
    bearer = request.getfixturevalue(place)
    name = make_former_name(bearer).name if as_former else bearer.name
    with acting(make_actor(city)) as who:
        for row in (None, hospital):
            said = institutions.check_field(who, row, "name", f" {name} ").error
            assert said == taken(name, bearer.name if place == "city" else None)
            assert (said == NAME_TAKEN) == (place == "neighbour")


def test_the_same_code_is_a_doubt_that_names_the_other_within_the_scope_only(
    province, city, hospital, neighbour
):
    code = DETAILS["organisation_code"]
    make_institution(neighbour, organisation_code=code)
    with acting(make_actor(city)) as who:
        (doubt,) = institutions.check_field(who, hospital, "organisation_code", code).doubts
        assert doubt == "该机构代码已登记在其他机构名下，请核对。"
    make_institution(city, name="甲市分院", organisation_code=code)
    with acting(make_actor(city)) as who:
        (doubt,) = institutions.check_field(who, hospital, "organisation_code", code).doubts
        assert doubt == "该机构代码已登记在“甲市分院”名下，请核对。"
        hospital.organisation_code = code
        assert doubt in institutions.doubts(hospital)


def test_another_parent_tells_what_moves_along(city, hospital):
    county = make_bureau(city, name="丙县卫生局")
    make_institution(hospital)
    with acting(make_actor(city)) as who:
        (told,) = institutions.check_field(who, hospital, "parent_id", str(county.id)).doubts
        assert "“甲市卫生局”改为上报到“丙县卫生局”" in told
        assert "机构（含本身） 2" in told
        own = institutions.check_field(who, hospital, "parent_id", str(city.id))
        assert own == institutions.Verdict()
        itself = institutions.check_field(who, hospital, "parent_id", str(hospital.id))
        assert "自身或其下级" in itself.error


def test_a_parent_outside_is_not_known(hospital, neighbour, actor):
    for key in (str(neighbour.id), "1999999999", "abc"):
        with pytest.raises(NotFoundError):
            institutions.check_field(actor, hospital, "parent_id", key)


def test_only_who_may_change_a_field_is_told(city, hospital):
    clerk = make_actor(hospital)
    with acting(clerk):
        assert institutions.check_field(clerk, hospital, "postcode", "430014").error == ""
        with pytest.raises(NotAllowedError):
            institutions.check_field(clerk, hospital, "name", "任何名字")
        with pytest.raises(NotFoundError):
            institutions.check_field(clerk, city, "postcode", "430014")
    boss = make_actor(city)
    with acting(boss):
        institutions.lock(boss, [hospital])
        with pytest.raises(LockedError):
            institutions.check_field(boss, hospital, "postcode", "430014")


@pytest.mark.parametrize("name", ["", "path", "locked_at", "id", "\x00"])
def test_other_fields_are_not_found(hospital, actor, name):
    with pytest.raises(NotFoundError):
        institutions.check_field(actor, hospital, name, "1")


def test_nothing_is_written(session, hospital, actor):
    session.flush()
    written = []

    def note(_connection, _cursor, statement, *_):
        if not statement.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE")):
            written.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    for one in FIELDS:
        value = str(hospital.parent_id) if one.name == "parent_id" else "1"
        institutions.check_field(actor, hospital, one.name, value)
    event.remove(db.engine, "before_cursor_execute", note)
    assert written == []
    assert session.query(FormerName).count() == 0

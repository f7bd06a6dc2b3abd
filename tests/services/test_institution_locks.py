"""Whose lock it is: only the office that locked a record, or one above it, unlocks."""

from __future__ import annotations

import pytest

from services import institutions
from services.audit import AuditTag
from services.errors import LockedError, NotAllowedError
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.services.institution_cases import city, entries, hospital, province

__all__ = ["city", "hospital", "province"]

REASON = "地址有误"


@pytest.fixture
def clinic(hospital):
    return make_institution(hospital, name="甲市第一医院门诊部")


def lock(office, *rows):
    with acting(make_actor(office)) as actor:
        institutions.lock(actor, rows)


def unlock(office, *rows):
    with acting(make_actor(office)) as actor:
        institutions.unlock(actor, rows, reason=REASON)


@pytest.mark.parametrize("who", ["city", "province"])
def test_the_office_itself_and_one_above_unlock(province, city, clinic, who):
    lock(city, clinic)
    assert clinic.locked_by_id == city.id
    unlock({"city": city, "province": province}[who], clinic)
    assert (clinic.is_locked, clinic.locked_by_id) == (False, None)


def test_one_below_does_not_and_is_told_whose_lock_it_is(session, city, hospital, clinic):
    other = make_institution(hospital)
    lock(hospital, other)
    lock(city, clinic)
    with pytest.raises(NotAllowedError) as caught:
        unlock(hospital, other, clinic)
    assert caught.value.message == (
        "“甲市第一医院门诊部”由“甲市卫生局”锁定，只能由“甲市卫生局”或其上级解锁。"
    )
    assert clinic.is_locked
    assert other.is_locked
    with acting(make_actor(city)):
        assert entries(session, AuditTag.INSTITUTION_UNLOCK) == []


def test_the_refusal_to_change_a_record_names_the_office(city, hospital, clinic):
    lock(city, clinic)
    with acting(make_actor(hospital)) as actor, pytest.raises(LockedError) as caught:
        institutions.update(actor, clinic, institutions.InstitutionInput(address="新址"), 2)
    assert "请先由“甲市卫生局”或其上级解锁" in caught.value.message


def test_which_of_many_somebody_may_unlock(province, city, hospital, clinic):
    own, open_one = make_institution(hospital), make_institution(hospital)
    lock(city, clinic)
    lock(hospital, own)
    rows = [clinic, own, open_one]
    expected = {"province": {clinic.id, own.id}, "city": {clinic.id, own.id}, "hospital": {own.id}}
    offices = {"province": province, "city": city, "hospital": hospital}
    for name, keys in expected.items():
        with acting(make_actor(offices[name])) as actor:
            assert institutions.unlockable(actor, rows) == keys, name
    with acting(make_actor(clinic)) as actor:
        assert institutions.unlockable(actor, [clinic]) == set()


def test_moving_hands_locks_of_offices_left_behind_to_the_new_parent(province, city):
    other, county = make_bureau(province), make_bureau(city)
    by_province, by_city, by_county = (make_institution(county) for _ in range(3))
    lock(province, by_province)
    lock(city, by_city)
    lock(county, by_county)
    with acting(make_actor(province)) as actor:
        institutions.move(actor, county, other)
    assert by_city.path.startswith(other.path)
    assert by_province.locked_by_id == province.id
    assert by_city.locked_by_id == other.id
    assert by_county.locked_by_id == county.id
    unlock(other, by_city, by_county)

"""Names that are the same name however they are written, and former names after a renaming."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from models import FormerName, Institution
from models.search_text import name_key_of
from services import former_names, institutions
from services.audit import AuditTag
from services.former_names import FormerNameInput
from services.institutions import Renaming, names
from services.institutions.names import NAME_TAKEN, taken
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_former_name, make_institution
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

#: How one name is written.
WRITTEN = (
    "甲市测试（一）诊所·AB",
    "甲市测试(一)诊所·AB",
    "甲市测试〔一〕诊所·ＡＢ",
    "甲市测试【一】诊所•ab",
    "甲市 测试\u3000（一） 诊所・Ab",
    "甲市测试[一]诊所･ab",
)


@pytest.mark.parametrize("written", WRITTEN)
def test_one_key_for_all_ways_to_write_a_name(written):
    assert name_key_of(written) == name_key_of(WRITTEN[0])
    assert name_key_of(name_key_of(written)) == name_key_of(written)


@pytest.mark.parametrize(
    "other", ["甲市测试（二）诊所·AB", "甲市测试一诊所·AB", "甲市测试（一）诊所AB"]
)
def test_other_names_have_other_keys(other):
    assert name_key_of(other) != name_key_of(WRITTEN[0])


class TestTheSameNameWrittenOtherwise:
    @pytest.mark.parametrize("written", WRITTEN[1:])
    @pytest.mark.parametrize("where", ["city", "neighbour"])
    def test_is_taken(self, city, neighbour, where, written):
        make_institution(city if where == "city" else neighbour, name=WRITTEN[0])
        with acting(make_actor(city)) as actor:
            errors = errors_of(lambda: institutions.create(actor, new_form(city, name=written)))
            verdict = institutions.check_field(actor, None, "name", written)
        said = taken(written, WRITTEN[0] if where == "city" else None)
        assert errors == {"name": said}
        assert verdict.error == said

    def test_is_taken_by_a_former_name_of_another(self, city, neighbour, hospital):
        make_former_name(neighbour, name=WRITTEN[0])
        with acting(make_actor(city)) as actor:
            errors = errors_of(
                lambda: institutions.update(actor, hospital, form(hospital, name=WRITTEN[1]), 1)
            )
            former = errors_of(
                lambda: former_names.create(actor, hospital, FormerNameInput(WRITTEN[2]))
            )
        assert errors == {"name": NAME_TAKEN}
        assert former == {"name": NAME_TAKEN}

    def test_is_refused_by_the_database_too(self, city, actor, monkeypatch):
        make_institution(city, name=WRITTEN[0])
        monkeypatch.setattr("services.institutions.names.require_free", lambda *_a, **_k: None)
        errors = errors_of(lambda: institutions.create(actor, new_form(city, name=WRITTEN[1])))
        assert errors == {"name": NAME_TAKEN}

    def test_of_the_own_institution_is_a_correction_and_no_former_name(
        self, session, city, hospital
    ):
        hospital = make_institution(city, name=WRITTEN[0])
        with acting(make_actor(city)) as actor:
            typed = form(hospital, name=WRITTEN[1])
            institutions.update(actor, hospital, typed, 1, renaming=Renaming())
            assert hospital.name == WRITTEN[1]
            assert session.scalars(select(FormerName)).all() == []
            errors = errors_of(
                lambda: former_names.create(actor, hospital, FormerNameInput(WRITTEN[0]))
            )
        assert set(errors) == {"name"}

    def test_is_free_again_when_its_bearer_is_deleted(self, city, actor):
        institutions.delete(actor, make_institution(city, name=WRITTEN[0]))
        assert institutions.create(actor, new_form(city, name=WRITTEN[1])).id


def test_an_old_twin_without_a_key_may_be_changed_and_keeps_its_name_from_others(
    session, city, actor
):
    first = make_institution(city, name=WRITTEN[0], postcode="430000")
    second = make_institution(city, name="甲市第二诊所", postcode="430000")
    with unscoped(Reason.MAINTENANCE):
        session.execute(
            update(Institution)
            .where(Institution.id == second.id)
            .values(name=WRITTEN[1], name_key=None)
        )
        session.expire(second)
    institutions.update(actor, second, form(second, postcode="430001"), second.version)
    assert (second.postcode, second.name_key) == ("430001", None)
    institutions.update(actor, first, form(first, name="甲市新名诊所"), first.version)
    errors = errors_of(lambda: institutions.create(actor, new_form(city, name=WRITTEN[3])))
    assert errors == {"name": taken(WRITTEN[3], WRITTEN[1])}
    institutions.update(actor, second, form(second, name="甲市另名诊所"), second.version)
    assert second.name_key == "甲市另名诊所"


class TestRenaming:
    def test_back_takes_the_present_name_out_of_the_former_ones(self, session, hospital, actor):
        a, b = hospital.name, "甲市中医院"
        for name, until in ((b, dt.date(2016, 1, 1)), (a, dt.date(2016, 6, 1))):
            typed = form(hospital, name=name)
            institutions.update(actor, hospital, typed, hospital.version, renaming=Renaming(until))
        (former,) = session.scalars(select(FormerName))
        assert (former.name, former.used_until) == (b, dt.date(2016, 6, 1))
        _first, entry = entries(session, AuditTag.INSTITUTION_UPDATE)
        told = {(one["old"], one["new"]) for one in entry.changes if one["label"] == "机构曾用名"}
        assert told == {
            (f"{a}（停用日期：2016-01-01）", ""),
            ("", f"{b}（停用日期：2016-06-01）"),
        }

    def test_a_second_time_keeps_the_second_last_day(self, session, hospital, actor):
        a = hospital.name
        for name, until in (("乙", 1), (a, 2), ("丙", 3)):
            typed = form(hospital, name=name)
            day = Renaming(dt.date(2016, until, 1))
            institutions.update(actor, hospital, typed, hospital.version, renaming=day)
        days = {one.name: one.used_until for one in session.scalars(select(FormerName))}
        assert days == {a: dt.date(2016, 3, 1), "乙": dt.date(2016, 2, 1)}

    def test_a_former_name_that_stands_there_already_gets_the_last_day(
        self, session, hospital, actor
    ):
        former = make_former_name(hospital, name=hospital.name)
        typed = form(hospital, name="乙")
        institutions.update(
            actor, hospital, typed, hospital.version, renaming=Renaming(dt.date(2016, 3, 1))
        )
        assert session.scalars(select(FormerName)).all() == [former]
        assert former.used_until == dt.date(2016, 3, 1)


def test_many_names_are_asked_for_at_once_however_they_are_written(city, neighbour):
    former = make_former_name(neighbour, name=WRITTEN[0])
    with acting(make_actor(make_bureau())):
        found = names.bearers({WRITTEN[1], WRITTEN[2], "没有的名称"})
    assert found == {one: {former.institution_id} for one in WRITTEN[1:3]}
    assert Institution.name_key.info["internal"]

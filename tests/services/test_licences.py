"""Licences: entered truthfully, one in use, none deleted while it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from models import AccountRole, AuditEntry, Licence
from services import clock, institutions, licences
from services.errors import (
    DomainError,
    FieldErrors,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from services.licence_checks import seen_of
from services.licence_validity import Validity, stands, validity_of
from services.licences import LicenceInput
from services.scope import find
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.licences import make_licence

FORM = LicenceInput(
    institution_name="甲市第一医院",
    registration_number="44162684242010211A1001",
    legal_representative="蒋某",
    person_in_charge="张某",
    issued_by="甲市卫生局",
    issued_on=dt.date(2017, 12, 2),
    valid_from=dt.date(2017, 12, 2),
    valid_until=dt.date(2099, 12, 1),
    address="中山大道215号",
    department_codes=("03.01", "02"),
)


@pytest.fixture
def city(session):
    return make_bureau(make_bureau())


@pytest.fixture
def hospital(city):
    return make_institution(city)


@pytest.fixture
def licence(hospital):
    return make_licence(hospital)


@pytest.fixture
def actor(hospital):
    with acting(make_actor(hospital)) as acts:
        yield acts


def errors_of(act):
    with pytest.raises(FieldErrors) as caught:
        act()
    return caught.value.errors


def in_use(session):
    return session.scalars(select(Licence.id).where(Licence.is_in_use)).all()


def last_entry(session):
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


class TestEntering:
    def test_a_licence_with_its_departments(self, session, hospital, actor):
        made = licences.create(actor, hospital, FORM)
        assert made.owner_path == hospital.path
        assert not made.is_in_use
        assert made.department_names == "全科医疗科、呼吸内科专业"
        entry = last_entry(session)
        assert entry.tag == "licence:create"
        assert {"label": "诊疗科目", "old": "", "new": "全科医疗科、呼吸内科专业"} in entry.changes

    def test_the_superior_may_as_well(self, city, hospital):
        with acting(make_actor(city)) as superior:
            assert licences.create(superior, hospital, FORM).institution is hospital

    def test_bureaux_have_none(self, city):
        with acting(make_actor(city)) as superior, pytest.raises(DomainError):
            licences.create(superior, city, FORM)

    def test_an_auditor_may_not(self, hospital):
        auditor = make_actor(hospital, role=AccountRole.AUDITOR)
        with acting(auditor), pytest.raises(NotAllowedError):
            licences.create(auditor, hospital, FORM)

    def test_an_institution_out_of_reach(self, city, actor):
        with pytest.raises(NotFoundError):
            licences.create(actor, make_institution(city), FORM)

    def test_all_that_is_wrong_is_said_at_once(self, hospital, actor):
        empty = LicenceInput(
            institution_name=" ",
            registration_number="",
            issued_on=None,
            valid_from=None,
            valid_until=None,
            department_codes=("99.99", "\x00"),
        )
        assert set(errors_of(lambda: licences.create(actor, hospital, empty))) == {
            "institution_name",
            "registration_number",
            "issued_on",
            "valid_from",
            "valid_until",
            "department_codes",
        }

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("registration_number", "1" * 21),
            ("registration_number", "1" * 21 + "号"),
            ("valid_until", dt.date(2017, 12, 2)),
            ("valid_until", dt.date(2017, 12, 1)),
            ("issued_on", dt.date(2999, 1, 1)),
            ("legal_representative", "长" * 29),
            ("address", "长" * 201),
            ("issued_by", "\x00"),
        ],
    )
    def test_what_cannot_be(self, hospital, actor, field, value):
        typed = replace(FORM, **{field: value})
        assert set(errors_of(lambda: licences.create(actor, hospital, typed))) == {field}

    def test_the_number_is_normalised(self, hospital, actor):
        typed = replace(FORM, registration_number="４4162684-2 42010211a1001")
        assert licences.create(actor, hospital, typed).registration_number == (
            FORM.registration_number
        )


class TestCorrecting:
    def test_values_and_departments(self, session, licence, actor):
        licences.update(
            actor, licence, replace(FORM, address="新址", department_codes=("02", "03")), 1
        )
        assert licence.address == "新址"
        session.expire_all()
        assert sorted(row.department_code for row in licence.departments) == ["02", "03"]
        assert licence.version == 2

    def test_departments_alone_count_as_a_new_version(self, session, licence, actor):
        same = LicenceInput(
            **{
                name: getattr(licence, name)
                for name in LicenceInput.__dataclass_fields__
                if name != "department_codes"
            },
            department_codes=("03",),
        )
        licences.update(actor, licence, same, 1)
        assert licence.version == 2
        assert last_entry(session).changes == [
            {"label": "诊疗科目", "old": "全科医疗科", "new": "内科"}
        ]
        licences.update(actor, licence, same, 2)
        assert licence.version == 2

    def test_a_stale_form_is_refused(self, licence, actor):
        with pytest.raises(StaleVersionError):
            licences.update(actor, licence, FORM, 2)


class TestUse:
    def test_the_former_one_goes_in_the_same_moment(self, session, hospital, licence, actor):
        other = make_licence(hospital)
        licences.set_in_use(actor, licence, seen_of(licence))
        assert in_use(session) == [licence.id]
        licences.set_in_use(actor, other, seen_of(other))
        assert in_use(session) == [other.id]
        unused = session.scalars(select(AuditEntry).where(AuditEntry.tag == "licence:unuse")).one()
        assert unused.object_id == licence.id
        assert unused.changes == [{"label": "是否使用", "old": "是", "new": "否"}]
        entry = last_entry(session)
        assert entry.tag == "licence:use"
        assert entry.object_id == other.id
        assert licences.departments_in_use(hospital) == "全科医疗科"

    def test_one_in_use_already(self, licence, actor):
        licences.set_in_use(actor, licence, seen_of(licence))
        with pytest.raises(DomainError, match="使用中"):
            licences.set_in_use(actor, licence, seen_of(licence))

    def test_the_database_allows_one(self, session, hospital, licence, actor, monkeypatch):
        """Somebody else's switch, which the select did not see, is met by the index."""
        make_licence(hospital, is_in_use=True)

        class Nothing:
            def all(self):
                return []

        monkeypatch.setattr("services.licences.db.session.scalars", lambda *_a, **_k: Nothing())
        with pytest.raises(StaleVersionError):
            licences.set_in_use(actor, licence, seen_of(licence))

    def test_other_institutions_keep_theirs(self, session, city, licence):
        elsewhere = make_licence(make_institution(city), is_in_use=True)
        with acting(make_actor(city)) as superior:
            licences.set_in_use(superior, licence, seen_of(licence))
            assert sorted(in_use(session)) == sorted([elsewhere.id, licence.id])

    def test_an_expired_one_must_be_confirmed(self, session, hospital):
        expired = make_licence(
            hospital, valid_from=dt.date(2010, 1, 1), valid_until=dt.date(2015, 1, 1)
        )
        with acting(make_actor(hospital)) as actor:
            with pytest.raises(DomainError, match="已过期"):
                licences.set_in_use(actor, expired, seen_of(expired))
            assert in_use(session) == []
            licences.set_in_use(actor, expired, seen_of(expired), confirm_invalid=True)
            assert in_use(session) == [expired.id]

    def test_one_that_has_not_begun_must_be_confirmed(self, session, hospital):
        begins = clock.today() + dt.timedelta(days=1)
        future = make_licence(hospital, valid_from=begins)
        with acting(make_actor(hospital)) as actor:
            with pytest.raises(DomainError, match="未生效"):
                licences.set_in_use(actor, future, seen_of(future))
            licences.set_in_use(actor, future, seen_of(future), confirm_invalid=True)
            assert in_use(session) == [future.id]

    def test_the_terms_of_one_and_of_many_agree(self, session, city, hospital):
        today, day = clock.today(), dt.timedelta(days=1)
        for first, last in ((-9, -1), (-9, 0), (0, 9), (1, 9)):
            make_licence(hospital, valid_from=today + first * day, valid_until=today + last * day)
        with acting(make_actor(city)):
            found = {
                validity: session.scalars(select(Licence).where(stands(validity))).all()
                for validity in Validity
            }
            assert [len(rows) for rows in found.values()] == [2, 1, 1]
            for validity, rows in found.items():
                assert {validity_of(row) for row in rows} == {validity}

    def test_the_last_day_counts_in_china(self, hospital):
        licence = make_licence(hospital, valid_until=dt.date(2018, 3, 1))
        with time_machine.travel(dt.datetime(2018, 3, 1, 15, 59, tzinfo=dt.UTC), tick=False):
            assert validity_of(licence) is Validity.VALID
        with time_machine.travel(dt.datetime(2018, 3, 1, 16, 0, tzinfo=dt.UTC), tick=False):
            assert validity_of(licence) is Validity.EXPIRED


class TestDeletingAndLocking:
    def test_deleting(self, session, licence, actor):
        key = licence.id
        licences.delete(actor, licence, seen_of(licence))
        with pytest.raises(NotFoundError):
            find(Licence, key)
        assert last_entry(session).object_id == key

    def test_only_what_was_seen_is_deleted(self, session, city, licence, actor):
        seen = seen_of(licence)
        with acting(make_actor(city)) as superior:
            licences.update(superior, licence, replace(FORM, address="新址"), licence.version)
        for stale in (seen, ""):
            with pytest.raises(DomainError, match="刚刚又有更新，请查看最新内容后再删除"):
                licences.delete(actor, licence, stale)
        assert find(Licence, licence.id) is licence

    def test_one_in_use_stays(self, session, hospital, actor):
        used = make_licence(hospital, is_in_use=True)
        with pytest.raises(DomainError, match="正在使用"):
            licences.delete(actor, used, seen_of(used))
        assert find(Licence, used.id) is used

    @pytest.mark.parametrize("who", ["superior", "own"])
    def test_a_locked_record_is_read_only_for_everybody(
        self, session, city, hospital, licence, who
    ):
        superior = make_actor(city)
        with acting(superior):
            institutions.lock(superior, [hospital])
        with acting(superior if who == "superior" else make_actor(hospital)) as actor:
            for act in (
                lambda: licences.create(actor, hospital, FORM),
                lambda: licences.update(actor, licence, FORM, 1),
                lambda: licences.set_in_use(actor, licence, seen_of(licence)),
                lambda: licences.delete(actor, licence, seen_of(licence)),
            ):
                with pytest.raises(NotAllowedError, match="锁定"):
                    act()
            session.expire_all()
            assert session.scalars(select(Licence.id)).all() == [licence.id]
            assert licence.version == 1

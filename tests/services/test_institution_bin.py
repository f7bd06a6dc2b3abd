"""The recycle bin: deleting, restoring, and removing for good."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, update

from extensions import db
from models import (
    Administrator,
    AuditEntry,
    FormerName,
    Institution,
    InstitutionName,
    Licence,
    LicenceScan,
    utc_now,
)
from models.institution import BIN
from services import institutions, scope
from services.audit import AuditTag
from services.errors import DomainError, LockedError, NotAllowedError, NotFoundError
from services.institutions import bin as recycle_bin
from services.institutions.bin import KEPT_FOR
from services.institutions.names import other_bearers
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_former_name, make_institution
from tests.factories.licences import make_licence, make_scan
from tests.factories.owned import make_plain_certificate, make_plain_roster
from tests.services.institution_cases import (
    city,
    entries,
    errors_of,
    form,
    hospital,
    neighbour,
    new_form,
    province,
)

__all__ = ["city", "hospital", "neighbour", "province"]


def stored(key):
    """Return place and state of an institution, wherever it lies."""
    with unscoped(Reason.MAINTENANCE):
        return db.session.execute(
            select(
                Institution.path,
                Institution.parent_id,
                Institution.deleted_at,
                Institution.deleted_by,
            ).where(Institution.id == key)
        ).one_or_none()


def deleted(actor, institution):
    key = institution.id
    institutions.delete(actor, institution)
    return key


def age(key, days):
    """Let an institution have been deleted so many days ago."""
    with unscoped(Reason.MAINTENANCE):
        db.session.execute(
            update(Institution)
            .where(Institution.id == key)
            .values(deleted_at=utc_now() - dt.timedelta(days=days))
        )


class TestDeleting:
    def test_it_leaves_the_tree_and_lies_in_the_bin(self, session, city, hospital):
        path = hospital.path
        with acting(make_actor(city, full_name="张科长")) as actor:
            key = deleted(actor, hospital)
            with pytest.raises(NotFoundError):
                scope.find(Institution, key)
            (entry,) = entries(session, AuditTag.INSTITUTION_DELETE)
            assert (entry.object_id, entry.object_label) == (key, "甲市第一医院")
            # Whoever keeps the place still finds what was done there.
            assert entry.owner_path == path
            with scope.in_bin(actor):
                row = scope.find(Institution, key)
                assert row.name == "甲市第一医院"
        row = stored(key)
        assert row.path == BIN + path
        assert row.deleted_at is not None
        assert row.deleted_by == "张科长"

    def test_what_belongs_to_it_rides_along(self, session, city, hospital):
        former, licence = make_former_name(hospital), make_licence(hospital)
        account = make_administrator(hospital, deleted_at=utc_now(), is_enabled=False)
        keys = {FormerName: former.id, Licence: licence.id, Administrator: account.id}
        path = hospital.path
        with acting(make_actor(city)) as actor:
            institutions.delete(actor, hospital)
            for model, key in keys.items():
                with pytest.raises(NotFoundError):
                    scope.find(model, key)
        with unscoped(Reason.MAINTENANCE):
            for model, key in keys.items():
                owner = session.scalar(select(model.owner_path).where(model.id == key))
                assert owner == BIN + path

    def test_what_hangs_on_it_is_named(self, session, province, city, hospital):
        make_institution(hospital)
        make_administrator(hospital)
        certificate = make_plain_certificate(hospital)
        make_plain_roster(hospital, city)
        elsewhere = make_plain_certificate(make_institution(make_bureau(province)))
        with unscoped(Reason.MAINTENANCE):
            elsewhere.periods[0].place_id = hospital.id
            certificate.periods[0].place_id = hospital.id
            session.flush()
        with acting(make_actor(city)) as actor:
            with pytest.raises(DomainError) as caught:
                institutions.delete(actor, hospital)
            assert entries(session, AuditTag.INSTITUTION_DELETE) == []
        for words in (
            "1个下级机构",
            "1个用户",
            "2条考核证明（含已删除的）",
            "1份花名册",
            "1条其他机构的考核证明以其为试用机构",
        ):
            assert words in caught.value.message
        assert stored(hospital.id).deleted_at is None

    def test_a_bureau_that_has_received_rosters_stays(self, city):
        county = make_bureau(city)
        make_plain_roster(make_institution(city), county)
        with acting(make_actor(city)) as actor, pytest.raises(DomainError, match="报送到该机构"):
            institutions.delete(actor, county)

    def test_never_the_own_one(self, city):
        with acting(make_actor(city)) as actor, pytest.raises(NotAllowedError):
            institutions.delete(actor, city)
        assert stored(city.id).deleted_at is None

    def test_never_a_locked_one(self, city, hospital):
        with acting(make_actor(city)) as actor:
            institutions.lock(actor, [hospital])
            with pytest.raises(LockedError):
                institutions.delete(actor, hospital)
        assert stored(hospital.id).deleted_at is None

    def test_a_lock_that_came_between_is_seen(self, session, city, hospital):
        with acting(make_actor(city)) as actor:
            session.execute(
                update(Institution)
                .where(Institution.id == hospital.id)
                .values(locked_at=utc_now())
                .execution_options(synchronize_session=False)
            )
            assert not hospital.is_locked
            with pytest.raises(LockedError):
                institutions.delete(actor, hospital)

    def test_its_name_is_free_again(self, city, hospital):
        former = make_former_name(hospital).name
        with acting(make_actor(city)) as actor:
            institutions.delete(actor, hospital)
            for name in ("甲市第一医院", former):
                assert not other_bearers(name)
                institutions.create(actor, new_form(city, name=name))

    def test_no_picker_offers_it(self, city, hospital, neighbour):
        with acting(make_actor(city)) as actor:
            institutions.delete(actor, hospital)
            assert institutions.lookup(actor, "第一医院") == []
        with acting(make_actor(neighbour)):
            assert institutions.lookup_names("第一医院") == []


class TestRestoring:
    def test_back_below_its_parent_with_all_that_rode_along(self, session, city, hospital):
        former, licence = make_former_name(hospital), make_licence(hospital)
        keys = {FormerName: former.id, Licence: licence.id}
        before = hospital.path
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
            restored = institutions.restore(actor, key)
            assert restored.path == city.path + "0002"
            assert restored.path != before
            assert (restored.deleted_at, restored.deleted_by) == (None, None)
            for model, one in keys.items():
                assert scope.find(model, one).owner_path == restored.path
            (entry,) = entries(session, AuditTag.INSTITUTION_RESTORE)
            assert entry.owner_path == restored.path

    def test_a_form_opened_before_the_deletion_is_stale(self, city, hospital):
        version = hospital.version
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
            assert institutions.restore(actor, key).version == version + 2

    @pytest.mark.parametrize(("days", "works"), [(29, True), (31, False)])
    def test_for_thirty_days(self, city, hospital, days, works):
        assert dt.timedelta(days=30) == KEPT_FOR
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
            age(key, days)
            if works:
                assert institutions.restore(actor, key).name == "甲市第一医院"
            else:
                with pytest.raises(DomainError, match="已超过30天"):
                    institutions.restore(actor, key)
                assert stored(key).deleted_at is not None

    def test_not_before_its_parent(self, city):
        county = make_bureau(city, name="丙县卫生局")
        clinic = make_institution(county)
        with acting(make_actor(city)) as actor:
            below, above = deleted(actor, clinic), deleted(actor, county)
            with pytest.raises(DomainError, match="请先恢复“丙县卫生局”"):
                institutions.restore(actor, below)
            parent = institutions.restore(actor, above)
            assert stored(below).path.startswith(BIN + parent.path)
            assert institutions.restore(actor, below).path == parent.path + "0002"

    @pytest.mark.parametrize("which", ["name", "former name"])
    @pytest.mark.parametrize("as_former", [False, True])
    def test_not_when_a_name_is_taken_meanwhile(self, city, hospital, neighbour, which, as_former):
        former = make_former_name(hospital).name
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
        name = "甲市第一医院" if which == "name" else former
        if as_former:
            make_former_name(neighbour, name=name)
        else:
            make_institution(neighbour, name=name)
        with acting(make_actor(city)) as actor:
            with pytest.raises(DomainError, match="已被其他机构使用") as caught:
                institutions.restore(actor, key)
            assert "乙市" not in caught.value.message
        assert stored(key).deleted_at is not None

    def test_who_has_the_name_is_said_within_the_scope(self, city, hospital):
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
            twin = make_institution(city)
            make_former_name(twin, name="甲市第一医院")
            with pytest.raises(DomainError, match=f"已被“{twin.name}”使用"):
                institutions.restore(actor, key)

    @pytest.mark.parametrize("who", ["neighbour", "below"])
    def test_by_its_own_bureaux_only(self, city, hospital, neighbour, who):
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
        stranger = neighbour if who == "neighbour" else make_institution(city)
        with acting(make_actor(stranger)) as actor, pytest.raises(NotFoundError):
            institutions.restore(actor, key)

    @pytest.mark.parametrize("key", ["", "abc", None, 0, "9" * 30, "\x00"])
    def test_absurd_keys(self, city, key):
        with acting(make_actor(city)) as actor, pytest.raises(NotFoundError):
            institutions.restore(actor, key)

    def test_a_living_one_is_not_in_the_bin(self, city, hospital):
        with acting(make_actor(city)) as actor, pytest.raises(NotFoundError):
            institutions.restore(actor, hospital.id)

    def test_the_bin_goes_with_its_bureau(self, province, city, hospital, neighbour):
        county = make_bureau(city)
        clinic = make_institution(county)
        with acting(make_actor(city)) as actor:
            key = deleted(actor, clinic)
        with acting(make_actor(province)) as actor:
            institutions.move(actor, county, neighbour)
        with acting(make_actor(city)) as actor, pytest.raises(NotFoundError):
            institutions.restore(actor, key)
        with acting(make_actor(neighbour)) as actor:
            assert institutions.restore(actor, key).path == county.path + "0002"


class TestKnowing:
    def test_days_left(self, city, hospital):
        with acting(make_actor(city)) as actor:
            assert recycle_bin.days_left(hospital) == 0
            key = deleted(actor, hospital)
            for days, left in ((0, 30), (29, 1), (31, 0)):
                age(key, days)
                with scope.in_bin(actor):
                    row = scope.find(Institution, key)
                    db.session.refresh(row)
                    assert recycle_bin.days_left(row) == left

    def test_who_deleted_it_as_far_as_one_may_know(self, province, city):
        county = make_bureau(city)
        own, above = make_institution(county), make_institution(county)
        with acting(make_actor(county, username="hb2000901", full_name="县某")) as actor:
            own_key = deleted(actor, own)
        with acting(make_actor(city, username="hb2000902", full_name="市某")) as actor:
            above_key = deleted(actor, above)
        keys = [own_key, above_key]
        with acting(make_actor(county)) as reader:
            assert recycle_bin.deleters(reader, keys) == {
                own_key: "hb2000901 县某",
                above_key: "甲市卫生局",
            }
        with acting(make_actor(province)) as reader:
            assert recycle_bin.deleters(reader, keys)[above_key] == "hb2000902 市某"


class TestPurging:
    def purged(self):
        result = institutions.purge()
        return result.removed, result.kept

    def test_only_what_is_older_than_thirty_days(self, city, hospital):
        young = make_institution(city)
        with acting(make_actor(city)) as actor:
            old_key, young_key = deleted(actor, hospital), deleted(actor, young)
        age(old_key, 31)
        assert self.purged() == (1, 0)
        assert stored(old_key) is None
        assert stored(young_key) is not None
        assert self.purged() == (0, 0)

    def test_nothing_of_it_stays_but_its_trail(self, session, city, hospital):
        make_former_name(hospital)
        make_scan(make_licence(hospital))
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
        age(key, 31)
        assert self.purged() == (1, 0)
        with unscoped(Reason.MAINTENANCE):
            for model in (FormerName, Licence, LicenceScan):
                assert session.scalar(select(func.count()).select_from(model)) == 0
            entry = session.scalars(
                select(AuditEntry).where(AuditEntry.tag == AuditTag.INSTITUTION_PURGE.value)
            ).one()
        assert (entry.owner_path, entry.object_label) == (city.path, "甲市第一医院")
        assert entry.institution_id == key

    def test_its_deleted_accounts_go_to_the_parent(self, session, city, hospital):
        username = make_administrator(hospital, deleted_at=utc_now(), is_enabled=False).username
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
        age(key, 31)
        assert self.purged() == (1, 0)
        with unscoped(Reason.MAINTENANCE):
            owner = session.execute(
                select(Administrator.institution_id, Administrator.owner_path).where(
                    Administrator.username == username
                )
            ).one()
        assert owner == (city.id, city.path)

    def test_a_whole_branch_from_below(self, city):
        county = make_bureau(city)
        clinic = make_institution(county)
        with acting(make_actor(city)) as actor:
            keys = [deleted(actor, clinic), deleted(actor, county)]
        for key in keys:
            age(key, 40)
        assert self.purged() == (2, 0)
        assert [stored(key) for key in keys] == [None, None]

    def test_what_is_referred_to_is_kept(self, session, city, hospital, neighbour):
        with acting(make_actor(city)) as actor:
            key = deleted(actor, hospital)
        certificate = make_plain_certificate(make_institution(neighbour))
        with unscoped(Reason.MAINTENANCE):
            certificate.periods[0].place_id = key
            session.flush()
        age(key, 31)
        assert self.purged() == (0, 1)
        assert stored(key) is not None
        name = session.scalar(select(InstitutionName.name).where(InstitutionName.id == key))
        assert name == "甲市第一医院"


def test_a_deleted_one_is_not_edited_from_an_open_form(city, hospital):
    typed, version = form(hospital, name="改名"), hospital.version
    with acting(make_actor(city)) as actor:
        institutions.delete(actor, hospital)
        with pytest.raises(NotFoundError):
            institutions.update(actor, hospital, typed, version)


def test_a_deleted_parent_is_no_place_for_a_new_one(city, hospital):
    with acting(make_actor(city)) as actor:
        key = deleted(actor, hospital)
        typed = institutions.InstitutionInput(name="新诊所", category_code="A1", parent_id=key)
        assert set(errors_of(lambda: institutions.create(actor, typed))) == {"parent_id"}

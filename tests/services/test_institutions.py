"""Creating, correcting, completing, locking and deleting institutions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from models import (
    AccountRole,
    Administrator,
    AuditEntry,
    FormerName,
    Institution,
    InstitutionKind,
    utc_now,
)
from models.institution import LONGEST_PATH
from services import clock, former_names, institutions, scope
from services.audit import AuditTag
from services.errors import (
    DomainError,
    FieldErrors,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from services.former_names import FormerNameInput
from services.institutions import LicenceTerm
from services.institutions.names import NAME_TAKEN
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import (
    DETAILS,
    make_bureau,
    make_former_name,
    make_institution,
)
from tests.factories.licences import make_licence


@pytest.fixture
def province(session):
    return make_bureau(name="省卫生厅")


@pytest.fixture
def city(province):
    return make_bureau(province, name="甲市卫生局")


@pytest.fixture
def hospital(city):
    return make_institution(city, name="甲市第一医院")


@pytest.fixture
def neighbour(province):
    return make_bureau(province, name="乙市卫生局")


@pytest.fixture
def actor(city):
    """An operator of the city, to whom the session is bound for the whole test."""
    with acting(make_actor(city)) as acts:
        yield acts


def form(institution, **changes):
    """The superior's form as it opens, with ``changes`` typed into it."""
    return replace(
        institutions.InstitutionInput(
            name=institution.name,
            category_code=institution.category_code,
            parent_id=institution.parent_id,
        ),
        **changes,
    )


def new_form(parent, **changes):
    return replace(
        institutions.InstitutionInput(name="新医院", category_code="A1", parent_id=parent.id),
        **changes,
    )


def errors_of(act):
    with pytest.raises(FieldErrors) as caught:
        act()
    return caught.value.errors


def entries(session, tag):
    statement = select(AuditEntry).where(AuditEntry.tag == tag.value).order_by(AuditEntry.id)
    return list(session.scalars(statement))


def details(**changes):
    return institutions.InstitutionDetails(**{**DETAILS, **changes})


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
        assert {"label": "机构名称", "old": "", "new": "新医院"} in entry.changes

    def test_the_kind_follows_the_category(self, city, actor):
        bureau = institutions.create(actor, new_form(city, name="丙县卫生局", category_code="Z3"))
        assert bureau.kind is InstitutionKind.BUREAU
        assert 20001 <= bureau.unit_number <= 29999
        assert not institutions.is_medical(bureau)

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
        taken = make_former_name(bearer).name if former else bearer.name
        with acting(make_actor(city)) as actor:
            errors = errors_of(
                lambda: institutions.create(actor, new_form(city, name=f" {taken} "))
            )
        assert errors == {"name": NAME_TAKEN}

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
            keep_former_name=True,
        )
        (former,) = session.scalars(select(FormerName))
        assert former.name == "甲市中心医院"
        assert former.owner_path == hospital.path
        assert former.used_until is not None


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
            institutions.update(
                actor, hospital, form(hospital, name="丙县医院", parent_id=county.id), 1
            )
            assert hospital.name == "丙县医院"
            assert hospital.path == county.path + "0001"
            assert len(entries(session, AuditTag.INSTITUTION_UPDATE)) == 1
            assert len(entries(session, AuditTag.INSTITUTION_MOVE)) == 1

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
            institutions.update_details(actor, row, details(service_target="社会人群"), 1)
            assert row.organisation_code == DETAILS["organisation_code"]
            assert row.service_target == "社会人群"
        assert [entry.object_id for entry in entries(session, AuditTag.INSTITUTION_UPDATE)] == [
            city.id,
            hospital.id,
        ]

    def test_what_the_notice_demands(self, hospital, actor):
        empty = institutions.InstitutionDetails(
            organisation_code="",
            address=" ",
            postcode="",
            level_code="",
            grade_code="",
            rank_code="",
        )
        errors = errors_of(lambda: institutions.update_details(actor, hospital, empty, 1))
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
        institutions.update_details(actor, hospital, typed, 1)
        assert hospital.organisation_code == DETAILS["organisation_code"]
        assert hospital.postcode == "430014"

    def test_doubts_do_not_hinder_saving(self, hospital, actor):
        typed = details(postcode="100000", registration_number="5" * 22)
        institutions.update_details(actor, hospital, typed, 1)
        assert any("邮政编码" in doubt for doubt in institutions.doubts(hospital))
        assert len(institutions.doubts(hospital)) > 1

    def test_a_superior_above_is_out_of_reach(self, province, city):
        with acting(make_actor(city)) as actor, pytest.raises(NotFoundError):
            institutions.update_details(actor, province, details(), 1)

    def test_a_stale_form_is_refused(self, hospital, actor):
        with pytest.raises(StaleVersionError):
            institutions.update_details(actor, hospital, details(), 2)


class TestLocking:
    def test_locking_and_unlocking(self, session, hospital, actor):
        institutions.lock(actor, [hospital])
        assert hospital.is_locked
        institutions.unlock(actor, [hospital], reason="地址有误")
        assert not hospital.is_locked
        assert len(entries(session, AuditTag.INSTITUTION_LOCK)) == 1
        assert len(entries(session, AuditTag.INSTITUTION_UNLOCK)) == 1

    def test_never_the_own_one_and_then_none(self, session, city, hospital, actor):
        with pytest.raises(NotAllowedError):
            institutions.lock(actor, [hospital, city])
        assert not hospital.is_locked
        assert entries(session, AuditTag.INSTITUTION_LOCK) == []

    def test_all_or_nothing(self, session, city, hospital, actor):
        other = make_institution(city)
        institutions.lock(actor, [other])
        with pytest.raises(DomainError, match="已锁定"):
            institutions.lock(actor, [hospital, other])
        assert not hospital.is_locked
        with pytest.raises(DomainError, match="未锁定"):
            institutions.unlock(actor, [other, hospital], reason="地址有误")
        assert other.is_locked

    @pytest.mark.parametrize("reason", ["", " \n", "长" * 501, "a\x00b"])
    def test_unlocking_needs_a_reason(self, hospital, actor, reason):
        institutions.lock(actor, [hospital])
        with pytest.raises(DomainError) as caught:
            institutions.unlock(actor, [hospital], reason=reason)
        assert caught.value.field == "reason"
        assert hospital.is_locked

    def test_the_trail_keeps_the_reason(self, session, hospital, actor):
        institutions.lock(actor, [hospital])
        institutions.unlock(actor, [hospital], reason=" 地址有误\n须更正 ")
        (entry,) = entries(session, AuditTag.INSTITUTION_UNLOCK)
        assert entry.changes == [{"label": "解锁原因", "old": "", "new": "地址有误\n须更正"}]

    def test_nothing_chosen(self, actor):
        with pytest.raises(DomainError):
            institutions.lock(actor, [])

    def test_a_form_opened_before_the_lock_is_stale_after_it(self, hospital, actor):
        version = hospital.version
        institutions.lock(actor, [hospital])
        institutions.unlock(actor, [hospital], reason="地址有误")
        with pytest.raises(StaleVersionError):
            institutions.update_details(actor, hospital, details(), version)

    @pytest.mark.parametrize("who", ["superior", "own"])
    def test_a_locked_record_is_read_only_for_everybody(self, session, city, hospital, who):
        former = make_former_name(hospital)
        boss = make_actor(city)
        with acting(boss):
            institutions.lock(boss, [hospital])
        actor = boss if who == "superior" else make_actor(hospital)
        version = hospital.version
        with acting(actor):
            acts = [
                lambda: institutions.update_details(actor, hospital, details(), version),
                lambda: former_names.create(actor, hospital, FormerNameInput("旧名")),
                lambda: former_names.update(actor, former, FormerNameInput("旧名")),
                lambda: former_names.delete(actor, former),
            ]
            if who == "superior":
                acts += [
                    lambda: institutions.update(
                        actor, hospital, form(hospital, name="丁"), version
                    ),
                    lambda: institutions.move(actor, hospital, make_bureau(city)),
                    lambda: institutions.delete(actor, hospital),
                ]
            for act in acts:
                with pytest.raises(NotAllowedError, match="锁定"):
                    act()
            session.flush()
            session.expire_all()
            assert hospital.version == version
            assert session.scalars(select(FormerName.name)).all() == [former.name]

    def test_a_lock_that_came_between_is_seen(self, session, hospital, actor):
        """The row that the session holds says open; the database knows better."""
        session.execute(
            Institution.__table__.update()
            .where(Institution.id == hospital.id)
            .values(locked_at=dt.datetime(2018, 1, 1, tzinfo=dt.UTC))
        )
        assert not hospital.is_locked
        with pytest.raises(NotAllowedError, match="锁定"):
            former_names.create(actor, hospital, FormerNameInput("旧名"))
        assert session.scalars(select(FormerName)).all() == []


class TestFormerNames:
    def test_the_own_institution_adds_and_removes_one(self, session, hospital):
        with acting(make_actor(hospital)) as actor:
            former = former_names.create(
                actor, hospital, FormerNameInput("甲市工人医院", dt.date(2001, 5, 1))
            )
            assert former.owner_path == hospital.path
            former_names.update(actor, former, FormerNameInput("甲市职工医院", dt.date(2001, 5, 1)))
            assert former.name == "甲市职工医院"
            former_names.delete(actor, former)
            assert session.scalars(select(FormerName)).all() == []
            tags = session.scalars(select(AuditEntry.tag).order_by(AuditEntry.id)).all()
        assert tags == ["former_name:create", "former_name:update", "former_name:delete"]

    def test_what_cannot_be_one(self, hospital, neighbour, actor):
        former_names.create(actor, hospital, FormerNameInput("旧名"))
        future = dt.date(2999, 1, 1)
        for typed, until, field in [
            ("", None, "name"),
            ("长" * 101, None, "name"),
            ("旧名", None, "name"),
            (hospital.name, None, "name"),
            (neighbour.name, None, "name"),
            ("新名", future, "used_until"),
        ]:
            assert set(
                errors_of(
                    lambda typed=typed, until=until: former_names.create(
                        actor, hospital, FormerNameInput(typed, until)
                    )
                )
            ) == {field}

    def test_a_record_above_is_out_of_reach(self, city, hospital):
        with acting(make_actor(hospital)) as actor, pytest.raises(NotFoundError):
            former_names.create(actor, city, FormerNameInput("旧名"))


class TestDeleting:
    def test_one_on_which_nothing_hangs(self, session, hospital, city):
        make_former_name(hospital)
        key = hospital.id
        with acting(make_actor(city)) as actor:
            institutions.delete(actor, hospital)
            (entry,) = entries(session, AuditTag.INSTITUTION_DELETE)
            assert (entry.object_id, entry.object_label) == (key, "甲市第一医院")
        with unscoped(Reason.MAINTENANCE):
            assert session.scalar(select(Institution.id).where(Institution.id == key)) is None
            assert session.scalars(select(FormerName)).all() == []

    def test_its_deleted_accounts_go_to_the_parent(self, session, hospital, city):
        account = make_administrator(
            hospital, deleted_at=dt.datetime(2018, 1, 1, tzinfo=dt.UTC), is_enabled=False
        )
        with acting(make_actor(city)) as actor:
            institutions.delete(actor, hospital)
        with unscoped(Reason.MAINTENANCE):
            row = session.scalars(
                select(Administrator).where(Administrator.username == account.username)
            ).one()
        assert (row.institution_id, row.owner_path) == (city.id, city.path)

    def test_what_hangs_on_it_is_named(self, session, hospital, city):
        make_institution(hospital)
        make_administrator(hospital)
        make_licence(hospital)
        with acting(make_actor(city)) as actor:
            with pytest.raises(DomainError) as caught:
                institutions.delete(actor, hospital)
            session.flush()
            assert entries(session, AuditTag.INSTITUTION_DELETE) == []
        for words in ("1个下级机构", "1个用户", "1个执业许可证"):
            assert words in caught.value.message

    def test_never_the_own_one(self, session, city, actor):
        with pytest.raises(NotAllowedError):
            institutions.delete(actor, city)
        assert scope.find(Institution, city.id) is city


class TestFinding:
    def test_a_category_and_all_below_it(self, province):
        found = institutions.category_and_below("A2")
        assert found[0] == "A2"
        assert {"A210", "A220", "A221"} <= set(found)
        assert "A100" not in found
        assert institutions.category_and_below("Z") == ["Z", "Z1", "Z2", "Z3"]

    def test_the_whole_of_a_first_level(self, province):
        assert set(institutions.category_and_below("A2")) < set(
            institutions.category_and_below("A")
        )

    @pytest.mark.parametrize("code", ["", "QQ", "\x00"])
    def test_an_unknown_category_holds_nothing(self, province, code):
        assert institutions.category_and_below(code) == []

    def search(self, session, keyword):
        statement = select(Institution.name).where(institutions.search_condition(keyword))
        return sorted(session.scalars(statement))

    def test_present_and_former_names(self, session, city, hospital, neighbour):
        make_former_name(hospital, name="工人医院")
        make_former_name(neighbour, name="工人疗养院")
        with acting(make_actor(city)):
            assert self.search(session, "第一") == [hospital.name]
            assert self.search(session, " 工人 ") == [hospital.name]
            assert self.search(session, "乙市") == []

    @pytest.mark.parametrize("keyword", ["hkyy", "HKYY", " ｈｋ", "00441626842", "684x4201"])
    def test_initials_and_codes(self, session, city, keyword):
        make_institution(city, name="夷陵医院")
        make_institution(
            city,
            name="汉口医院",
            organisation_code="12420100441626842Y",
            registration_number="44162684X42010211A1001",
        )
        with acting(make_actor(city)):
            assert self.search(session, keyword) == ["汉口医院"]

    def test_initials_of_former_names(self, session, city, hospital):
        make_former_name(hospital, name="工人医院")
        with acting(make_actor(city)):
            assert self.search(session, "gryy") == [hospital.name]

    @pytest.mark.parametrize("keyword", ["%", "_", "\\", "市_第", "甲%院"])
    def test_wildcards_are_ordinary_characters(self, session, hospital, actor, keyword):
        assert self.search(session, keyword) == []

    def test_a_name_with_a_wildcard_is_found_by_it(self, session, city):
        make_institution(city, name="百分之100%医院")
        with acting(make_actor(city)):
            assert self.search(session, "0%医") == ["百分之100%医院"]

    @pytest.mark.parametrize("keyword", ["长" * 65, "\x00", "a\nb"])
    def test_what_cannot_be_a_keyword_is_refused(self, session, keyword):
        with pytest.raises(DomainError) as caught:
            institutions.search_condition(keyword)
        assert caught.value.field == "keyword"

    def test_the_picker_shows_the_scope_only(self, city, hospital, neighbour, actor):
        assert institutions.lookup(actor, "市") == [
            (city.id, city.name),
            (hospital.id, hospital.name),
        ]
        assert institutions.lookup(actor, "市", kind=InstitutionKind.BUREAU) == [
            (city.id, city.name)
        ]
        assert institutions.lookup(actor, "") == [
            (city.id, city.name),
            (hospital.id, hospital.name),
        ]
        assert institutions.lookup(actor, "乙") == []

    def test_the_picker_puts_first_what_is_meant(self, session, city):
        names = ["北汉口骨科医院", "汉口中心医院", "汉口医院", "汉口区卫生局"]
        for name in names:
            make_institution(
                city, name=name, **({"kind": InstitutionKind.BUREAU} if "局" in name else {})
            )
        with acting(make_actor(city)) as actor:
            for keyword in ("汉口", "hk"):
                found = [name for _key, name in institutions.lookup(actor, keyword)]
                assert found == ["汉口区卫生局", "汉口医院", "汉口中心医院", "北汉口骨科医院"]

    def test_without_a_keyword_the_picker_shows_what_is_near(self, city):
        make_institution(city, name="汉口医院")
        county = make_bureau(city, name="黄陂区卫生局")
        make_institution(county, name="黄陂医院")
        with acting(make_actor(city)) as actor:
            found = [name for _key, name in institutions.lookup(actor, "")]
        assert found == [city.name, "黄陂区卫生局", "汉口医院"]

    @pytest.mark.parametrize(("asked", "given"), [(-5, 1), (0, 1), (3, 3), (10**9, 20)])
    def test_the_picker_has_a_limit_of_its_own(self, city, asked, given):
        for _ in range(25):
            make_institution(city)
        with acting(make_actor(city)) as actor:
            assert len(institutions.lookup(actor, "", limit=asked)) == given

    def test_names_of_the_whole_library(self, city, neighbour, actor):
        assert institutions.lookup_names("乙市") == [(neighbour.id, neighbour.name)]
        assert institutions.lookup_names(" ") == []

    def test_names_of_the_whole_library_by_initials_and_never_by_codes(self, neighbour, actor):
        found = make_institution(
            neighbour,
            name="夷陵医院",
            organisation_code="12420100MA4KXYBHK5",
            registration_number="MA4KXYBHK42010211A1001",
        )
        assert institutions.lookup_names("ylyy") == [(found.id, found.name)]
        for code in ("12420100MA4KXYBHK5", "KXYBHK", "1242"):
            assert institutions.lookup_names(code) == []

    def test_what_was_deleted_has_no_name_any_more(self, city, actor):
        hospital = make_institution(city, name="夷陵医院")
        institutions.delete(actor, hospital)
        assert institutions.lookup_names("夷陵") == []

    def test_accounts_are_counted_for_all_at_once(self, city, hospital, actor):
        make_administrator(hospital)
        make_administrator(hospital, is_enabled=False)
        make_administrator(hospital, deleted_at=utc_now())
        counts = institutions.administrator_counts([city.id, hospital.id])
        assert counts == {city.id: 1, hospital.id: 2}
        assert institutions.administrator_counts([]) == {}

    @pytest.mark.parametrize(
        ("days", "terms"),
        [
            (-1, {LicenceTerm.EXPIRED}),
            (0, {LicenceTerm.WITHIN_30, LicenceTerm.WITHIN_90}),
            (30, {LicenceTerm.WITHIN_30, LicenceTerm.WITHIN_90}),
            (31, {LicenceTerm.WITHIN_90}),
            (91, set()),
            (None, {LicenceTerm.NONE}),
        ],
    )
    def test_how_the_licence_in_use_stands(self, session, hospital, actor, days, terms):
        make_licence(hospital)
        if days is not None:
            until = clock.today() + dt.timedelta(days=days)
            make_licence(hospital, is_in_use=True, valid_until=until)
        found = {
            term
            for term in LicenceTerm
            if session.scalar(
                select(Institution.id).where(
                    institutions.licence_condition(term), Institution.id == hospital.id
                )
            )
        }
        assert found == terms

    def test_who_needs_no_licence_is_without_none(self, session, city, actor):
        condition = institutions.licence_condition(LicenceTerm.NONE)
        assert city.name not in session.scalars(select(Institution.name).where(condition)).all()

"""Locking institutions, and finding them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import FormerName, Institution, InstitutionCategory, InstitutionKind, utc_now
from services import clock, former_names, institutions, reference
from services.audit import AuditTag
from services.errors import DomainError, NotAllowedError, StaleVersionError
from services.former_names import FormerNameInput
from services.licence_terms import LicenceTerm, term_condition
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_former_name, make_institution
from tests.factories.licences import make_licence
from tests.services.institution_cases import (
    actor,
    city,
    details,
    entries,
    form,
    hospital,
    neighbour,
    province,
    update_details,
)

#: Terms in which a licence falls that expires today.
WITHIN = {LicenceTerm.WITHIN_30, LicenceTerm.WITHIN_60, LicenceTerm.WITHIN_90}

__all__ = ["actor", "city", "hospital", "neighbour", "province"]


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
            update_details(actor, hospital, details(), version)

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
                lambda: update_details(actor, hospital, details(), version),
                lambda: former_names.create(actor, hospital, FormerNameInput("旧名")),
                lambda: former_names.update(actor, former, FormerNameInput("旧名"), 1),
                lambda: former_names.delete(actor, former, 1),
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


class TestFinding:
    def test_a_category_and_all_below_it(self, province):
        found = reference.code_and_below(InstitutionCategory, "A2")
        assert found[0] == "A2"
        assert {"A210", "A220", "A221"} <= set(found)
        assert "A100" not in found
        assert reference.code_and_below(InstitutionCategory, "Z") == ["Z", "Z1", "Z2", "Z3"]

    def test_the_whole_of_a_first_level(self, province):
        assert set(reference.code_and_below(InstitutionCategory, "A2")) < set(
            reference.code_and_below(InstitutionCategory, "A")
        )

    @pytest.mark.parametrize("code", ["", "QQ", "\x00"])
    def test_an_unknown_category_holds_nothing(self, province, code):
        assert reference.code_and_below(InstitutionCategory, code) == []

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
            (0, WITHIN),
            (30, WITHIN),
            (31, WITHIN - {LicenceTerm.WITHIN_30}),
            (61, {LicenceTerm.WITHIN_90}),
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
                select(Institution.id).where(term_condition(term), Institution.id == hospital.id)
            )
        }
        assert found == terms

    def test_who_needs_no_licence_is_without_none(self, session, city, actor):
        condition = term_condition(LicenceTerm.NONE)
        assert city.name not in session.scalars(select(Institution.name).where(condition)).all()

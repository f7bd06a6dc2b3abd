"""The tree of the demo: the bureaux of Hubei, places of practice, records, accounts."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from sqlalchemy import func, select

from config import REFERENCE_DIR
from extensions import db
from models import (
    AccountRole,
    Administrator,
    AuthMethod,
    FormerName,
    Institution,
    InstitutionKind,
    Licence,
    LicenceScan,
    Owned,
)
from models.institution import SEGMENT_LENGTH
from services import clock, files, identifiers, institutions, numbering, passwords
from services import demo as demo_service
from services.administrators import propose_username
from services.demo.accounts import NAMED
from services.institutions import field_rules
from services.licence_checks import waiting_of
from services.scans.cleaned import LONGEST_THUMBNAIL

if TYPE_CHECKING:
    from tests.services.demo.conftest import Seeded

#: The table of the README: user name → institution, whom it reports to, 认证类型.
CONTRACT = {
    "hb1000001": ("湖北省卫生和计划生育委员会", None, AuthMethod.PASSWORD),
    "hb2000201": (
        "武汉市卫生和计划生育委员会",
        "湖北省卫生和计划生育委员会",
        AuthMethod.PASSWORD_SMS,
    ),
    "hb2000301": (
        "襄阳市卫生和计划生育委员会",
        "湖北省卫生和计划生育委员会",
        AuthMethod.PASSWORD,
    ),
    "hb2011601": (
        "黄陂区卫生和计划生育委员会",
        "武汉市卫生和计划生育委员会",
        AuthMethod.PASSWORD,
    ),
    "hb3017401": ("武汉市汉口医院", "武汉市卫生和计划生育委员会", AuthMethod.PASSWORD),
    "hb3116001": (
        "黄陂区前川街环城社区卫生服务中心",
        "黄陂区卫生和计划生育委员会",
        AuthMethod.PASSWORD,
    ),
    "hb3030001": ("襄阳市中心医院", "襄阳市卫生和计划生育委员会", AuthMethod.PASSWORD),
}


def everything() -> list[Institution]:
    return list(db.session.scalars(select(Institution)).unique())


def places() -> list[Institution]:
    return [one for one in everything() if one.kind is InstitutionKind.HEALTHCARE]


def called(name: str) -> Institution:
    return db.session.scalars(select(Institution).where(Institution.name == name)).unique().one()


def test_the_bureaux_are_those_of_hubei_in_their_true_order(seeded: Seeded) -> None:
    with (REFERENCE_DIR / "health_bureaus_hubei.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    expected = {
        row["division_code"]: (
            row["name"],
            row["parent_division_code"] or None,
            row["category_code"],
        )
        for row in rows
    }
    bureaux = {one.id: one for one in everything() if one.is_bureau}
    found = {
        one.division_code: (
            one.name,
            bureaux[one.parent_id].division_code if one.parent_id else None,
            one.category_code,
        )
        for one in bureaux.values()
    }
    assert len(found) == 117
    assert found == expected


def test_about_three_hundred_places_of_practice_stand_below_them(seeded: Seeded) -> None:
    found = places()
    assert 280 <= len(found) <= 320
    assert len(everything()) == seeded.counts.institutions
    above = {one.parent_id for one in found}
    assert all(one.id in above for one in everything() if one.is_bureau)
    categories = Counter(one.category_code for one in found)
    assert len(categories) >= 12
    assert {"A1", "A2", "B1", "C1", "C2", "D2", "D6", "G1", "J1"} <= set(categories)


def test_village_clinics_report_to_the_hospital_of_their_town(seeded: Seeded) -> None:
    by_id = {one.id: one for one in everything()}
    villages = [one for one in places() if one.category_code == "D6"]
    assert len(villages) >= 10
    assert {by_id[one.parent_id].category_code for one in villages} == {"C2"}
    assert {len(one.path) // SEGMENT_LENGTH for one in villages} == {4, 5}


def test_every_path_is_the_parents_path_and_one_segment(seeded: Seeded) -> None:
    by_id = {one.id: one for one in everything()}
    children: Counter[int] = Counter()
    for one in by_id.values():
        if one.parent_id is None:
            assert one.path == "0001"
            continue
        children[one.parent_id] += 1
        assert one.path[:-SEGMENT_LENGTH] == by_id[one.parent_id].path
    assert {key: by_id[key].children_numbered for key in by_id} == {
        key: children[key] for key in by_id
    }


@pytest.mark.parametrize("model", Owned.__subclasses__(), ids=lambda model: model.__name__)
def test_every_row_carries_the_path_of_its_institution(seeded: Seeded, model) -> None:
    elsewhere = (
        select(func.count())
        .select_from(model)
        .join(Institution, Institution.id == model.institution_id, isouter=True)
        .where((Institution.id.is_(None)) | (model.owner_path != Institution.path))
    )
    assert db.session.scalar(elsewhere) == 0
    # Nobody has signed in, uploaded a workbook, made many accounts at once or exported much yet.
    if model.__name__ not in {"SignInSession", "ImportBatch", "AccountBatch", "Job"}:
        assert db.session.scalar(select(func.count()).select_from(model))


def test_the_named_accounts_are_those_of_the_readme(seeded: Seeded) -> None:
    by_id = {one.id: one for one in everything()}
    assert set(NAMED) == set(CONTRACT)
    for username, (name, superior, method) in CONTRACT.items():
        account = db.session.scalars(
            select(Administrator).where(Administrator.username_folded == username)
        ).one()
        institution = by_id[account.institution_id]
        reports_to = by_id[institution.parent_id].name if institution.parent_id else None
        assert (institution.name, reports_to, account.auth_method) == (name, superior, method)
        assert account.username == username
        assert passwords.verify_password(account.password_hash, "Demo-2017-Hubei")
        assert not account.must_change_password
        assert account.is_enabled
        assert account.role is AccountRole.OPERATOR
    table = {row.username: row for row in demo_service.account_table()}
    assert list(table) == list(CONTRACT)
    assert table["hb2000201"].method == "用户名密码+手机验证码"
    assert table["hb1000001"].reports_to == "–"


def test_the_city_of_wuhan_signs_in_by_sms_on_the_phone_of_the_readme(seeded: Seeded) -> None:
    account = db.session.scalars(
        select(Administrator).where(Administrator.username_folded == "hb2000201")
    ).one()
    assert account.phone == "13800138000"
    others = db.session.scalars(select(Administrator).where(Administrator.id != account.id)).all()
    assert all((one.phone or "").startswith("160") for one in others)


def test_every_institution_has_an_account_and_the_bureaux_named_an_auditor(
    seeded: Seeded,
) -> None:
    owners = Counter(db.session.scalars(select(Administrator.institution_id)))
    assert set(owners) == {one.id for one in everything()}
    assert sum(owners.values()) == seeded.counts.administrators
    roles = Counter(db.session.scalars(select(Administrator.role)))
    assert roles[AccountRole.AUDITOR] == 4


def test_what_is_drawn_next_is_free(seeded: Seeded) -> None:
    units = {one.unit_number for one in everything()}
    paths = {one.path for one in everything()}
    names = set(db.session.scalars(select(Administrator.username_folded)))
    for kind in InstitutionKind:
        assert numbering.next_unit_number(kind) > max(
            unit
            for unit in units
            if str(unit)[0] == ("2" if kind is InstitutionKind.BUREAU else "3")
        )
    for name, *_ in CONTRACT.values():
        institution = called(name)
        assert numbering.next_path(institution) not in paths
        assert propose_username(institution) not in names
    assert numbering.next_path(None) not in paths


def test_most_records_are_complete_and_none_raises_a_doubt(seeded: Seeded) -> None:
    complete = [one for one in everything() if not gaps_of(one)]
    assert len(complete) > len(everything()) * 0.85
    for one in everything():
        assert institutions.doubts(one) == [], one.name
        assert one.division_code
        # A bureau has looked at what it has locked.
        assert not (one.is_locked and gaps_of(one)), one.name
    for one in complete:
        assert len(one.organisation_code) == 18
        if one.kind is InstitutionKind.HEALTHCARE:
            parts = identifiers.parse_institution_registration(one.registration_number)
            assert parts.org_code == one.organisation_code[8:17]
            assert parts.region == one.division_code == one.organisation_code[2:8]
            assert parts.category.startswith(one.category_code)
    assert len({one.organisation_code for one in complete}) == len(complete)


def gaps_of(one: Institution) -> list[str]:
    """Return the fields that the record of ``one`` still needs."""
    return [name for name in field_rules.required_for(one) if getattr(one, name) is None]


def test_medical_institutions_have_one_licence_in_use(seeded: Seeded) -> None:
    licences = db.session.scalars(select(Licence)).unique().all()
    used = Counter(one.institution_id for one in licences if one.is_in_use)
    medical = [one for one in places() if one.category_code != "J1"]
    assert used == dict.fromkeys([one.id for one in medical], 1)
    assert any(not one.is_in_use for one in licences)
    expired = [one for one in licences if one.is_in_use and one.valid_until < clock.today()]
    assert 0 < len(expired) < 20
    numbers = {one.id: one.registration_number for one in medical}
    assert all(one.registration_number == numbers[one.institution_id] for one in licences)
    assert all(one.departments for one in licences)
    assert all(one.issued_on <= clock.today() for one in licences)


def test_some_records_are_locked_but_none_that_is_named(seeded: Seeded) -> None:
    locked = [one for one in everything() if one.is_locked]
    assert 5 <= len(locked) <= 20
    assert not {one.name for one in locked} & set(NAMED.values())


def test_former_names_are_nobodys_present_name(seeded: Seeded) -> None:
    former = db.session.execute(select(FormerName.name, FormerName.used_until)).all()
    assert len(former) >= 20
    assert ("襄樊市中心医院", dt.date(2010, 12, 9)) in [tuple(row) for row in former]
    names = [row.name for row in former]
    assert len(set(names)) == len(names)
    assert not set(names) & {one.name for one in everything()}


def test_licences_have_scans_that_can_be_seen(seeded: Seeded) -> None:
    licences = db.session.scalars(select(Licence).where(Licence.is_in_use)).unique().all()
    scans = db.session.scalars(select(LicenceScan)).unique().all()
    for scan in scans[:: len(scans) // 8]:
        with Image.open(io.BytesIO(files.load(scan.storage_name, scan.digest))) as picture:
            assert picture.format == "JPEG"
        with Image.open(io.BytesIO(files.load_part(scan.storage_name, "thumb"))) as small:
            assert max(small.size) <= LONGEST_THUMBNAIL
        assert scan.uploaded_by
    owners = {scan.licence_id for scan in scans}
    assert 0 < sum(one.id not in owners for one in licences) < len(licences) / 10
    changed = [one for one in licences if waiting_of(one)]
    assert 0 < len(changed) < len(licences) / 10
    named = {
        one.institution.name: one for one in licences if one.institution.name in NAMED.values()
    }
    assert {len(one.scans) for one in named.values()} == {2}
    assert not [one for one in named.values() if waiting_of(one)]

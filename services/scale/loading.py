"""Writing a synthetic province by bulk statements, level by level: a child needs its parent's key.

The mapped classes' own events do not run here; what they keep (the search text, the owner's path)
is written out. Only an empty database is filled, by a command and never by a request.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from extensions import db
from models import (
    AccountRole,
    Administrator,
    AuthMethod,
    FormerName,
    Institution,
    InstitutionKind,
    Licence,
    LicenceDepartment,
    LicenceScan,
    ScanType,
    utc_now,
)
from models.administrator import fold_username
from models.encryption import blind_index
from models.search_text import name_key_of, search_text_of
from services import clock, numbering, passwords, reference
from services.audit import CHINA
from services.demo import PASSWORD
from services.demo.details import make_details
from services.demo.keys import draw_keys
from services.demo.people import MALE, make_mobile, make_name
from services.errors import DomainError
from services.founding import FOUNDING, ROOT_UNIT_NUMBER
from services.parts import in_parts
from services.scale import bulk
from services.scale.people import Home
from services.scale.plan import PER_COUNTY, Planned, Size, plan_province
from services.scale.years import Bureau, Clerk, Place, write_years
from services.scans.reading import digest_of_scans
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.scale.years import Progress

#: Rows of one statement; more only cost memory.
_BATCH: Final = 2000
_LOCKED_EVERY: Final = 25
_FORMER_EVERY: Final = 10
_SECOND_ACCOUNT_EVERY: Final = 9
#: What is missing in the record of every so many institutions.
_NO_CODE_EVERY: Final = 7
_NO_POSTCODE_EVERY: Final = 11
_NO_LICENCE_EVERY: Final = 12
_NO_SCAN_EVERY: Final = 13
_EXPIRED_EVERY: Final = 20
_PAGES: Final = 2

Row = dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """How much was written."""

    institutions: int
    administrators: int
    licences: int
    certificates: int = 0
    rosters: int = 0


@dataclass
class _Stored:
    """An institution that was written: what the rows that belong to it need."""

    planned: Planned
    values: Row
    key: int
    #: The bureau itself, or the nearest one above.
    bureau_key: int


def load_institutions(size: Size | int, *, seed: int = 1) -> Counts:
    """Fill an empty database with a province; a number for ``size`` means places per county.

    All accounts have the password of the demo. The caller announces writing and commits. Raises
    ``DomainError`` when there are institutions already.
    """
    return fill(PER_COUNTY[size] if isinstance(size, Size) else size, 0, seed=seed)


def fill(
    per_county: int, people: int, *, seed: int = 1, progress: Progress = lambda _more: None
) -> Counts:
    """Fill an empty database with a province and ``people`` certificates of ten exam years.

    ``progress`` is told how many more people were written; else as ``load_institutions``.
    """
    rng = Random(seed)  # noqa: S311 - the same data every time is the point
    with unscoped(Reason.MAINTENANCE):
        numbering.take_turn(FOUNDING)
        if db.session.scalar(select(Institution.id).limit(1)) is not None:
            raise DomainError("平台上已有机构，不能再写入。")
        reference.load_reference_tables()
        stored = _plant(rng, plan_province(rng, per_county))
        bulk.write(FormerName, _former_names(stored))
        licences = _license(rng, stored)
        accounts = list(_accounts(rng, stored))
        for row, key in zip(accounts, draw_keys(Administrator, len(accounts)), strict=True):
            row["id"] = key
        bulk.write(Administrator, accounts)
        rosters = 0
        if people:
            places = _places(stored, accounts)
            rosters = write_years(rng, places, people, clock.today(), progress)
        return Counts(len(stored), len(accounts), licences, people, rosters)


def _places(stored: list[_Stored], accounts: list[Row]) -> list[Place]:
    """Return the places of practice, each with its bureau and its first account."""
    names = {one.key: one.planned.name for one in stored}
    clerks: dict[int, Clerk] = {}
    for row in accounts:
        clerk = Clerk(row["id"], f"{row['username']} {row['full_name']}")
        clerks.setdefault(row["institution_id"], clerk)
    return [
        Place(
            Home(
                one.key,
                one.values["path"],
                one.planned.name,
                one.planned.division_code,
                one.planned.sort,
            ),
            one.values["registration_number"] or "",
            Bureau(one.bureau_key, names[one.bureau_key]),
            clerks[one.key],
        )
        for one in stored
        if one.planned.sort is not None
    ]


def _plant(rng: Random, root: Planned) -> list[_Stored]:
    moment = dt.datetime.combine(clock.today() - dt.timedelta(days=300), dt.time(9), tzinfo=CHINA)
    ordinals: dict[InstitutionKind, Iterator[int]] = {kind: count(1) for kind in InstitutionKind}
    numbers = count(1)
    stored: list[_Stored] = []
    level: list[tuple[Planned, _Stored | None, str]] = [(root, None, numbering.segment_of(1))]
    while level:
        rows = [
            _institution(rng, planned, above, path, ordinals, next(numbers), moment)
            for planned, above, path in level
        ]
        keys = _write_for_keys(Institution, rows)
        made = [
            _Stored(
                planned,
                row,
                key,
                key if above is None or planned.sort is None else above.bureau_key,
            )
            for (planned, above, _), row, key in zip(level, rows, keys, strict=True)
        ]
        stored += made
        level = [
            (child, one, one.values["path"] + numbering.segment_of(number))
            for one in made
            for number, child in enumerate(one.planned.children, start=1)
        ]
    numbering.advance("institution:roots", 1)
    for kind, ordinal in ordinals.items():
        numbering.advance(f"unit:{kind.value}", next(ordinal) - 1)
    return stored


def _institution(
    rng: Random,
    planned: Planned,
    above: _Stored | None,
    path: str,
    ordinals: dict[InstitutionKind, Iterator[int]],
    number: int,
    moment: dt.datetime,
) -> Row:
    sort = planned.sort
    is_locked = above is not None and sort is not None and number % _LOCKED_EVERY == 0
    kind = InstitutionKind.BUREAU if sort is None else InstitutionKind.HEALTHCARE
    unit_number = (
        ROOT_UNIT_NUMBER if above is None else numbering.unit_number(kind, next(ordinals[kind]))
    )
    details = make_details(
        rng, sort, planned.division_code, planned.area, planned.rank, unit_number
    )
    if sort is not None and number % _NO_CODE_EVERY == 0:
        details["organisation_code"] = None
    if sort is not None and number % _NO_POSTCODE_EVERY == 0:
        details["postcode"] = None
    return {
        "path": path,
        "children_numbered": len(planned.children),
        "parent_id": None if above is None else above.key,
        "kind": kind,
        "unit_number": unit_number,
        "name": planned.name,
        "name_key": name_key_of(planned.name),
        "search_text": search_text_of(
            planned.name, details["organisation_code"], details["registration_number"]
        ),
        "category_code": planned.category_code if sort is None else sort.category,
        "division_code": planned.division_code,
        "locked_at": moment if is_locked else None,
        "locked_by_id": above.bureau_key if above is not None and is_locked else None,
        "created_at": moment + dt.timedelta(minutes=number),
        "updated_at": moment + dt.timedelta(minutes=number),
        "version": 1,
        **details,
    }


def _former_names(stored: list[_Stored]) -> Iterator[Row]:
    for one in stored[::_FORMER_EVERY]:
        name = "原" + one.planned.name
        yield {
            **_owner(one),
            "name": name,
            "name_key": name_key_of(name),
            "search_text": search_text_of(name),
            "used_until": dt.date(2014, 6, 30),
        }


def _license(rng: Random, stored: list[_Stored]) -> int:
    """Give licences to those that practise medicine; return how many."""
    today = clock.today()
    owners = [
        one
        for number, one in enumerate(stored)
        if one.planned.sort is not None
        and one.planned.sort.is_medical
        and number % _NO_LICENCE_EVERY
    ]
    rows = []
    for number, one in enumerate(owners, start=1):
        left = -rng.randint(1, 60) if number % _EXPIRED_EVERY == 0 else rng.randint(10, 1500)
        valid_until = today + dt.timedelta(days=left)
        valid_from = valid_until.replace(day=1, year=valid_until.year - 5)
        person = make_name(rng, MALE)
        shown = digest_of_scans([LicenceScan(digest=one) for one in _digests(number)])
        rows.append(
            {
                **_owner(one),
                "institution_name": one.planned.name,
                "registration_number": one.values["registration_number"],
                "legal_representative": person,
                "person_in_charge": person,
                "issued_by": "湖北省卫生和计划生育委员会",
                "issued_on": valid_from,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "address": one.values["address"],
                "is_in_use": True,
                "scans_digest": shown,
                "approved_scans": shown,
                "version": 1,
            }
        )
    keys = _write_for_keys(Licence, rows)
    bulk.write(LicenceDepartment, _departments(owners, keys))
    bulk.write(LicenceScan, _scans(owners, keys))
    return len(keys)


def _departments(owners: list[_Stored], licences: list[int]) -> Iterator[Row]:
    for one, licence in zip(owners, licences, strict=True):
        assert one.planned.sort is not None
        for code in sorted(one.planned.sort.departments):
            yield {"licence_id": licence, "department_code": code, **_owner(one)}


def _scans(owners: list[_Stored], licences: list[int]) -> Iterator[Row]:
    """Yield the rows of scans; there are no files behind them."""
    for number, (one, licence) in enumerate(zip(owners, licences, strict=True), start=1):
        for page, digest in enumerate(_digests(number), start=1):
            yield {
                **_owner(one),
                "licence_id": licence,
                "position": page,
                "file_name": f"执业许可证{page}.jpg",
                "scan_type": ScanType.JPEG,
                "page_count": 1,
                "size": 204800,
                "digest": digest,
                "storage_name": digest,
                "uploaded_by": "scale",
            }


def _digests(number: int) -> list[str]:
    """Return what stands for the files of the ``number``-th licence; some have none."""
    if number % _NO_SCAN_EVERY == 0:
        return []
    return [f"{number * _PAGES + page:064x}" for page in range(_PAGES)]


def _accounts(rng: Random, stored: list[_Stored]) -> Iterator[Row]:
    password_hash = passwords.hash_password(PASSWORD)
    for number, one in enumerate(stored):
        for serial in ("01", "02") if number % _SECOND_ACCOUNT_EVERY == 0 else ("01",):
            username, phone = f"hb{one.values['unit_number']}{serial}", make_mobile(rng)
            yield {
                **_owner(one),
                "username": username,
                "username_folded": fold_username(username),
                "full_name": make_name(rng, MALE),
                "phone": phone,
                "phone_index": blind_index(phone, "administrators.phone"),
                "password_hash": password_hash,
                "must_change_password": False,
                "password_changed_at": utc_now(),
                "auth_method": AuthMethod.PASSWORD,
                "role": AccountRole.OPERATOR,
                "is_enabled": True,
                "version": 1,
            }


def _owner(one: _Stored) -> Row:
    return {"institution_id": one.key, "owner_path": one.values["path"]}


def _write_for_keys(model: Any, rows: list[Row]) -> list[int]:
    """Write rows and return their keys in the order given."""
    keys: list[int] = []
    statement = insert(model).returning(model.id, sort_by_parameter_order=True)
    for some in in_parts(rows, _BATCH):
        keys += db.session.scalars(statement, some)
    return keys

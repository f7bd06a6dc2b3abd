"""The records of the demo's institutions: codes, addresses, former names, licences."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from extensions import db
from models import FormerName, Institution, Licence, LicenceDepartment
from services.demo import catalogue
from services.demo.people import MALE, make_name
from services.identifiers import org_code_with_check_character, uscc_with_check_character

if TYPE_CHECKING:
    from random import Random

    from services.demo.catalogue import Sort
    from services.demo.tree import Place, Tree

#: Stands at the head of every organisation code of the demo; no authority gives out such codes.
_DEMO_CODE: Final = "DM"
#: Postcodes of the cities by the first four digits of the division.
_POSTCODES: Final = {
    "4200": 430070,
    "4201": 430000,
    "4202": 435000,
    "4203": 442000,
    "4205": 443000,
    "4206": 441000,
    "4207": 436000,
    "4208": 448000,
    "4209": 432000,
    "4210": 434000,
    "4211": 438000,
    "4212": 437000,
    "4213": 441300,
    "4228": 445000,
    "4290": 433000,
}
#: 襄樊市 became 襄阳市 on this day; health bureaux became 卫生和计划生育 in 2014 in Hubei.
_XIANGYANG_RENAMED: Final = dt.date(2010, 12, 9)
_BUREAUX_RENAMED: Final = dt.date(2014, 6, 30)
_FORMER_NAMES: Final = {
    "武汉市汉口医院": ("武汉市汉口铁路医院", dt.date(2004, 12, 31)),
    "黄陂区前川街环城社区卫生服务中心": ("黄陂区环城卫生院", dt.date(2008, 9, 30)),
    "武汉市精神卫生中心": ("武汉市精神病医院", dt.date(2006, 3, 31)),
    "武汉市妇幼保健院": ("武汉市妇幼保健所", dt.date(1998, 5, 31)),
}
_LOCKED_EVERY: Final = 25
_OLD_LICENCE_EVERY: Final = 5
_EXPIRED_EVERY: Final = 40
#: Some licences end soon, within so many days.
_EXPIRING_EVERY: Final = 19
_EXPIRING_WITHIN: Final = 85


def make_details(
    rng: Random, sort: Sort | None, division_code: str, area: str, rank: str, unit_number: int
) -> dict[str, Any]:
    """Return the columns of a complete record; the codes in it pass every check."""
    organisation = org_code_with_check_character(f"{_DEMO_CODE}{unit_number:06d}")
    # 11 机关, 12 事业单位, 92 个体工商户.
    registered = "11" if sort is None else "92" if sort.is_private else "12"
    road = f"{rng.choice(catalogue.ROADS)}{rng.randint(1, 399)}号"
    return {
        "organisation_code": uscc_with_check_character(registered + division_code + organisation),
        "registration_number": registration_number(sort, division_code, organisation),
        "address": "湖北省" + area + road,
        "postcode": f"{_POSTCODES[division_code[:4]] + int(division_code[4:]) % 20 * 10:06d}",
        "level_code": sort.level if sort else "0",
        "grade_code": sort.grade if sort else "0",
        "rank_code": rank,
        "service_target": "辖区医疗卫生计生单位" if sort is None else "社会公众",
    }


def registration_number(sort: Sort | None, division_code: str, organisation: str) -> str | None:
    """Return the 医疗机构登记号 of 22 characters, which bureaux do not have."""
    if sort is None:
        return None
    # 11 国有全资, 17 私有; 1 非营利性, 2 营利性, 9 其他卫生机构.
    economic = "17" if sort.is_private else "11"
    management = "2" if sort.is_private else "1" if sort.is_medical else "9"
    return f"{organisation}{division_code}{economic}{sort.registered_as}{management}"


def add_former_names(tree: Tree) -> None:
    """Add the names that some institutions bore before."""
    for institution in (*tree.bureaux, *(place.institution for place in tree.places)):
        former = _FORMER_NAMES.get(institution.name)
        if former is None and institution.category_code in {"Z1", "Z2"}:
            former = (institution.name.split("卫生和计划生育", 1)[0] + "卫生局", _BUREAUX_RENAMED)
            former = ("湖北省卫生厅", _BUREAUX_RENAMED) if institution is tree.root else former
        if former is None and institution.name.startswith("襄阳市"):
            former = (institution.name.replace("襄阳市", "襄樊市", 1), _XIANGYANG_RENAMED)
        if former is not None:
            name, used_until = former
            db.session.add(FormerName(institution=institution, name=name, used_until=used_until))


def add_licences(rng: Random, tree: Tree, today: dt.date) -> list[Licence]:
    """Give every medical institution a licence in use, and some an older one beside it."""
    licences = []
    for number, place in enumerate(tree.places, start=1):
        if not place.sort.is_medical:
            continue
        # Small institutions renew every five years, hospitals every fifteen.
        years = 15 if place.sort.level in {"2", "3"} else 5
        left = dt.timedelta(days=rng.randint(200, years * 300))
        if number % _EXPIRED_EVERY == 0:
            left = dt.timedelta(days=-rng.randint(5, 60))
        elif number % _EXPIRING_EVERY == 0:
            left = dt.timedelta(days=number % _EXPIRING_WITHIN)
        valid_until = today + left
        valid_from = valid_until.replace(day=1, year=valid_until.year - years)
        licences.append(_licence(rng, place, valid_from, valid_until, in_use=True))
        if number % _OLD_LICENCE_EVERY == 0:
            earlier = valid_from.replace(year=valid_from.year - years)
            ended = valid_from - dt.timedelta(days=1)
            licences.append(_licence(rng, place, earlier, ended, in_use=False))
    db.session.add_all(licences)
    return licences


def _licence(
    rng: Random, place: Place, valid_from: dt.date, valid_until: dt.date, *, in_use: bool
) -> Licence:
    institution = place.institution
    return Licence(
        institution=institution,
        institution_name=institution.name,
        registration_number=institution.registration_number,
        legal_representative=make_name(rng, MALE),
        person_in_charge=make_name(rng, MALE),
        issued_by=place.bureau.name,
        issued_on=valid_from,
        valid_from=valid_from,
        valid_until=valid_until,
        address=institution.address,
        is_in_use=in_use,
        departments=[
            LicenceDepartment(department_code=code) for code in sorted(place.sort.departments)
        ],
    )


def lock_some(tree: Tree, named: frozenset[str], moment: dt.datetime) -> None:
    """Lock the records of some institutions, but of none that the README names."""
    for number, place in enumerate(tree.places, start=1):
        if number % _LOCKED_EVERY == 0 and place.institution.name not in named:
            place.institution.locked_at = moment
            place.institution.locked_by_id = place.bureau.id


def all_institutions(tree: Tree) -> list[Institution]:
    """Return bureaux and places of practice, superiors before those below them."""
    return [*tree.bureaux, *(place.institution for place in tree.places)]

"""Institutions and their former names."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any, Final

from sqlalchemy import bindparam, update

from extensions import db
from models import FormerName, Institution, InstitutionKind
from models.institution import SEGMENT_LENGTH
from services import numbering
from services.scope import Reason, unscoped
from tests.factories.codes import load_codes

_numbers = count(1)
#: Unit numbers of five digits that the platform itself will not draw in any test, used in turn.
_UNITS: Final = range(5000, 9900)
_table = Institution.__table__
_COUNT_CHILD: Final = (
    update(_table)
    .where(_table.c.id == bindparam("parent"))
    .values(children_numbered=_table.c.children_numbered + 1, updated_at=_table.c.updated_at)
    .returning(_table.c.path, _table.c.children_numbered)
)

#: A code with a right check character, and the other details that the notice demands.
DETAILS: dict[str, Any] = {
    "organisation_code": "12420100441626842Y",
    "address": "武汉市江岸区江汉北路18号",
    "postcode": "430014",
    "level_code": "0",
    "grade_code": "0",
    "rank_code": "3",
}


def make_institution(parent: Institution | None = None, **values: Any) -> Institution:
    """Return a stored node below ``parent`` (a root without one); a hospital by default."""
    load_codes()
    number = next(_numbers)
    kind = values.pop("kind", InstitutionKind.HEALTHCARE)
    bureau = kind is InstitutionKind.BUREAU
    with unscoped(Reason.MAINTENANCE):
        if values.get("locked_at") is not None and parent is not None:
            values.setdefault("locked_by_id", parent.id)
        institution = Institution(
            **{
                "path": numbering.next_path(None) if parent is None else _path_below(parent),
                "parent_id": None if parent is None else parent.id,
                "kind": kind,
                "unit_number": numbering.unit_number(kind, _UNITS[number % len(_UNITS)]),
                "name": f"测试{'卫生局' if bureau else '医院'}{number:05d}",
                "category_code": _bureau_category(parent) if bureau else "A1",
                **values,
            }
        )
        db.session.add(institution)
        db.session.flush()
    return institution


def _path_below(parent: Institution) -> str:
    """Return what ``numbering.next_path`` would, in a quarter of the time."""
    drawn = db.session.connection().execute(_COUNT_CHILD, {"parent": parent.id}).one()
    return str(drawn.path) + numbering.segment_of(drawn.children_numbered)


def _bureau_category(parent: Institution | None) -> str:
    """Return 省、市州、区县卫计委 by the level at which a bureau stands."""
    level = 0 if parent is None else len(parent.path) // SEGMENT_LENGTH
    return ("Z1", "Z2", "Z3")[min(level, 2)]


def make_bureau(parent: Institution | None = None, **values: Any) -> Institution:
    """Return a stored bureau below ``parent``; a root without one."""
    return make_institution(parent, kind=InstitutionKind.BUREAU, **values)


def make_former_name(institution: Institution, **values: Any) -> FormerName:
    """Return a stored former name of ``institution``."""
    with unscoped(Reason.MAINTENANCE):
        former = FormerName(
            institution=institution,
            **{"name": f"原名{next(_numbers):05d}", "used_until": dt.date(2015, 6, 30), **values},
        )
        db.session.add(former)
        db.session.flush()
    return former

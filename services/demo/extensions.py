"""The extensions of entry of the demo: one in force, and one that is past."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from extensions import db
from models import EntryExtension, utc_now
from services.audit import CHINA

if TYPE_CHECKING:
    from models import ExamCycle
    from services.demo.tree import Tree

#: Who has it, in which year from the end, how many days after the closing, and why.
_GRANTED: Final = (
    ("黄陂区前川街环城社区卫生服务中心", -2, 14, "带教老师更换，考核材料需补正后录入。"),
    ("襄阳市中心医院", -1, 20, "新设规培基地，试用人员较多，需分批核对后录入。"),
)


def add_extensions(tree: Tree, cycles: list[ExamCycle]) -> list[EntryExtension]:
    """Store the extensions, each granted by the nearest bureau on the day after the closing."""
    by_name = {place.institution.name: place for place in tree.places}
    found = []
    for name, which, days, reason in _GRANTED:
        place, cycle = by_name[name], cycles[which]
        day = cycle.entry_closes_on + dt.timedelta(days=1)
        moment = min(dt.datetime.combine(day, dt.time(10), tzinfo=CHINA), utc_now())
        found.append(
            EntryExtension(
                institution=place.institution,
                exam_year=cycle.year,
                until=cycle.entry_closes_on + dt.timedelta(days=days),
                reason=reason,
                bureau_id=place.bureau.id,
                created_at=moment,
                updated_at=moment,
            )
        )
    db.session.add_all(found)
    db.session.flush()
    return found

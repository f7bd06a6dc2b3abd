"""What differs between two rosters: the one that was given back, and the one made anew from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import Roster, TrialCertificate, TrialPeriod, label_of
from services.masking import masked_id_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What is compared, as it is called on paper.
_LABELS: Final[Mapping[str, str]] = {
    "name": label_of(TrialCertificate.name),
    "gender": "性别",
    "id_number": label_of(TrialCertificate.id_number),
    "education": "学历",
    "major": label_of(TrialCertificate.major),
    "certificate_type": label_of(TrialCertificate.certificate_type),
    "exam_category": label_of(TrialCertificate.exam_category_code),
    "department": label_of(TrialPeriod.department),
    "period_text": "起止时间",
    "months": "累计时长",
    "mentor": label_of(TrialPeriod.mentor_name),
    "conclusion": label_of(TrialCertificate.conclusion),
    "remark": "备注",
}
_NUMBER: Final = "id_number"
_CHANGED_WITHIN: Final = "（中间数字有改动）"


@dataclass(frozen=True)
class Printed:
    """One person of a roster: whose certificate, where, and every printed value."""

    certificate_id: int
    position: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """One value that is another now, both as they may be shown."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Changed:
    """A person on both rosters with what is different; ``position`` is that on the later one."""

    position: int
    name: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Comparison:
    """What became of the people of an earlier roster; ``gone`` have their positions on that one."""

    new: tuple[Printed, ...]
    gone: tuple[Printed, ...]
    changed: tuple[Changed, ...]
    unchanged: int

    @property
    def is_same(self) -> bool:
        """Whether nobody is new, gone or changed."""
        return not (self.new or self.gone or self.changed)


def compare(before: Sequence[Printed], after: Sequence[Printed]) -> Comparison:
    """Return what differs between two lists of people, in the order of the lists.

    A person is known by the certificate; one that was deleted and entered anew, by the ID number.
    """
    earlier = _pairs(before, after)
    new, changed, unchanged = [], [], 0
    for one in after:
        old = earlier.get(one.position)
        if old is None:
            new.append(one)
        elif found := _differences(old.values, one.values):
            changed.append(Changed(one.position, one.values.get("name", ""), found))
        else:
            unchanged += 1
    met = {one.position for one in earlier.values()}
    gone = tuple(one for one in before if one.position not in met)
    return Comparison(tuple(new), gone, tuple(changed), unchanged)


def with_former(roster: Roster) -> tuple[Roster, Comparison] | None:
    """Return the last handed-in roster that this one was made anew from, and what differs."""
    former = _former(roster)
    return (former, compare(_printed(former), _printed(roster))) if former is not None else None


def _former(roster: Roster) -> Roster | None:
    """Follow a roster back to the last one before it that its bureau has seen."""
    code = roster.head.get("replaces")
    while code is not None:
        found = db.session.scalar(
            select(Roster).where(
                Roster.institution_id == roster.institution_id, Roster.code == code
            )
        )
        if found is None or found.submitted_at is not None:
            return found
        code = found.head.get("replaces")
    return None


def _printed(roster: Roster) -> list[Printed]:
    return [
        Printed(entry.certificate_id, entry.position, json.loads(entry.content))
        for entry in roster.entries
    ]


def _pairs(before: Sequence[Printed], after: Sequence[Printed]) -> dict[int, Printed]:
    """Return by position in ``after`` who it was in ``before``."""
    by_key = {one.certificate_id: one for one in before}
    found = {
        one.position: by_key.pop(one.certificate_id)
        for one in after
        if one.certificate_id in by_key
    }
    by_number = {one.values.get(_NUMBER): one for one in by_key.values()}
    for one in after:
        number = one.values.get(_NUMBER)
        if one.position not in found and number and number in by_number:
            found[one.position] = by_number.pop(number)
    return found


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Difference, ...]:
    return tuple(
        _shown(name, label, old.get(name, ""), new.get(name, ""))
        for name, label in _LABELS.items()
        if old.get(name, "") != new.get(name, "")
    )


def _shown(name: str, label: str, old: str, new: str) -> Difference:
    if name != _NUMBER:
        return Difference(label, old, new)
    before, after = masked_id_number(old), masked_id_number(new)
    return Difference(label, before, after if before != after else f"{after}{_CHANGED_WITHIN}")

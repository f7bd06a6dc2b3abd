"""Doubts that certificates would have if they were saved: for the preview of an import."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models import CertificateType
from services.certificates.doubts import across
from services.certificates.doubts.content import of_content
from services.certificates.doubts.finding import Stretch
from services.certificates.doubts.grounds import Grounds
from services.certificates.doubts.practice import of_practice
from services.certificates.doubts.turns import ties_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from services.certificates.doubts.finding import Finding
    from services.certificates.inputs import CertificateInput


class Foreseen(NamedTuple):
    """A certificate as it would be saved, checked by the rules; ``key`` where it is stored."""

    data: CertificateInput
    key: int | None


def foresee(
    entries: Sequence[Foreseen], institution_id: int, owner_path: str
) -> list[list[Finding]]:
    """Return the doubts that each of ``entries`` would have if an institution saved all of them.

    Whether another institution has a person at the same time is not among them: whoever only asks
    would learn by one table after the other when somebody is on trial elsewhere, and leave no
    record. It is told once the people are saved, and to both bureaux then.
    """
    grounds = Grounds()
    grounds.load([institution_id])
    # Numbers below nought stand for what has no key yet.
    guided: list[Stretch] = []
    for number, entry in enumerate(entries, start=1):
        if entry.data.certificate_type is CertificateType.TRIAL:
            guided += _stretches(-number, entry.data, institution_id, owner_path)
    replaced = {entry.key for entry in entries}
    mentors = {one.mentor for one in guided}
    guided += _others(across.of_mentors(mentors), replaced)
    busy = across.too_busy(guided, grounds.cycles)
    return [
        [
            *of_content(entry.data, grounds),
            *busy.get(-number, ()),
            *of_practice(entry.data, grounds, institution_id),
        ]
        for number, entry in enumerate(entries, start=1)
    ]


def _stretches(
    number: int, data: CertificateInput, institution_id: int, owner_path: str
) -> Iterator[Stretch]:
    ties = ties_of(data)
    for position, (mentor, start, end) in enumerate(ties.periods):
        if start is not None and end is not None and data.exam_year is not None:
            yield Stretch(
                number,
                institution_id,
                owner_path,
                data.exam_year,
                ties.person,
                position,
                mentor,
                start,
                end,
            )


def _others(stretches: Iterable[Stretch], replaced: set[int | None]) -> list[Stretch]:
    return [one for one in stretches if one.certificate_id not in replaced]

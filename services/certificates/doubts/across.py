"""Doubts that arise between certificates of the whole platform: mentors, and people entered twice.

What is read beyond the wall are times and blind numbers; what is told is that there is somebody
else, or how many there are, and nothing of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from extensions import db
from models import CertificateType, Doubt, TrialCertificate, TrialPeriod
from services.certificates.doubts.finding import Finding, Stretch
from services.certificates.spans import merged
from services.parts import in_parts
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    from models import ExamCycle
    from services.certificates.doubts.turns import Ties

#: What hangs on other certificates, and changes with them.
ACROSS: Final = frozenset({Doubt.TWO_PLACES, Doubt.MENTOR_BUSY})
#: Whoever reads it may be the other side's neighbour: no name, no day, no place stands in it.
ELSEWHERE: Final = (
    "另有其他机构录入了同一人员，试用（执业）时间与本证明有重叠，请报告接收单位核实。"
)


@dataclass(frozen=True)
class Others:
    """All periods, anywhere, of some people and under some mentors."""

    of_people: list[Stretch]
    of_mentors: list[Stretch]

    @classmethod
    def tied_by(cls, ties: Iterable[Ties]) -> Others:
        """Read what hangs together with certificates of these ties."""
        known = list(ties)
        return cls(
            of_people({one.person for one in known}),
            of_mentors({mentor for one in known for mentor in one.mentors}),
        )


def of_people(people: Iterable[str]) -> list[Stretch]:
    """Return all periods of living certificates of these people (blind indexes), anywhere."""
    return _stretches(TrialCertificate.id_number_index, people)


def of_mentors(mentors: Iterable[str]) -> list[Stretch]:
    """Return all periods of trial under these mentors (their numbers), anywhere.

    Whoever practises as an assistant already is guided by nobody in this sense.
    """
    return _stretches(
        TrialPeriod.mentor_practice_certificate_number,
        mentors,
        TrialCertificate.certificate_type == CertificateType.TRIAL,
    )


def _stretches(column: Any, values: Iterable[str], *conditions: Any) -> list[Stretch]:
    found = []
    for some in in_parts(sorted(set(values))):
        statement = (
            select(
                TrialCertificate.id,
                TrialCertificate.institution_id,
                TrialCertificate.owner_path,
                TrialCertificate.exam_year,
                TrialCertificate.id_number_index,
                TrialPeriod.position,
                TrialPeriod.mentor_practice_certificate_number,
                TrialPeriod.started_on,
                TrialPeriod.ended_on,
            )
            .join(TrialPeriod, TrialPeriod.certificate_id == TrialCertificate.id)
            .where(
                column.in_(some),
                TrialCertificate.deleted_at.is_(None),
                *conditions,
            )
            .order_by(TrialCertificate.id, TrialPeriod.position)
        )
        with unscoped(Reason.DOUBTS):
            found += [Stretch(*row) for row in db.session.execute(statement)]
    return found


def entered_twice(stretches: Collection[Stretch]) -> dict[int, list[Finding]]:
    """Return by certificate that another institution has the same person at the same time.

    ``stretches`` are all of the people concerned.
    """
    by_person: dict[str, list[Stretch]] = defaultdict(list)
    for one in stretches:
        by_person[one.person].append(one)
    doubted = {
        one.certificate_id
        for of_person in by_person.values()
        for one in of_person
        if any(
            one.institution_id != other.institution_id and share_a_day(one, other)
            for other in of_person
        )
    }
    return {key: [Finding(Doubt.TWO_PLACES, ELSEWHERE)] for key in doubted}


def too_busy(
    stretches: Collection[Stretch], cycles: Mapping[int, ExamCycle]
) -> dict[int, list[Finding]]:
    """Return by certificate which of its mentors guide too many at the same time for its year.

    ``stretches`` are all of the mentors concerned.
    """
    by_mentor: dict[str, list[Stretch]] = defaultdict(list)
    for one in stretches:
        by_mentor[one.mentor].append(one)
    found: dict[int, list[Finding]] = defaultdict(list)
    for one in stretches:
        cycle = cycles.get(one.exam_year)
        if cycle is None:
            continue
        count = most_at_once(one, by_mentor[one.mentor])
        if count > cycle.most_trainees:
            found[one.certificate_id].append(
                Finding(
                    Doubt.MENTOR_BUSY,
                    f"第{one.position + 1}段的带教老师同时带教{count}人（全平台合计），"
                    f"超过{cycle.most_trainees}人，请核对。",
                    one.position,
                )
            )
    return found


def trainees_at_once(year: int) -> dict[int, int]:
    """Return by certificate of an exam year how many any mentor of it guides at the same time."""
    mentors = db.session.scalars(
        select(TrialPeriod.mentor_practice_certificate_number)
        .join(TrialCertificate, TrialPeriod.certificate_id == TrialCertificate.id)
        .where(
            TrialCertificate.exam_year == year,
            TrialCertificate.certificate_type == CertificateType.TRIAL,
            TrialCertificate.deleted_at.is_(None),
        )
        .distinct()
    )
    by_mentor: dict[str, list[Stretch]] = defaultdict(list)
    for one in of_mentors(mentors):
        by_mentor[one.mentor].append(one)
    most: dict[int, int] = defaultdict(int)
    for others in by_mentor.values():
        for one in others:
            if one.exam_year == year:
                count = most_at_once(one, others)
                most[one.certificate_id] = max(most[one.certificate_id], count)
    return most


def share_a_day(one: Stretch, other: Stretch) -> bool:
    """Whether two stretches have a day in common; both ends count."""
    return one.started_on <= other.ended_on and other.started_on <= one.ended_on


def most_at_once(stretch: Stretch, others: Iterable[Stretch]) -> int:
    """Return how many people at the most have a day in common within ``stretch``.

    A person counts once, however many certificates there are; ``stretch`` itself is among
    ``others``.
    """
    by_person: dict[str, list[Stretch]] = defaultdict(list)
    for other in others:
        if share_a_day(stretch, other):
            by_person[other.person].append(other)
    # On one and the same day beginnings come before endings: both ends count.
    days: list[tuple[dt.date, int]] = []
    for of_person in by_person.values():
        for start, end in merged(of_person):
            if end >= stretch.started_on and start <= stretch.ended_on:
                days += [
                    (max(start, stretch.started_on), -1),
                    (min(end, stretch.ended_on), 1),
                ]
    most = now = 0
    for _day, step in sorted(days):
        now -= step
        most = max(most, now)
    return most

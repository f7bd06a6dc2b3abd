"""Ten exam years of a synthetic province: people, their codes, and the rosters of those who passed.

Everything is sealed like what clerks make. Of doubts there are those about the time served, which
is all that is doubtful in a certificate by itself; ``flask recount-doubts`` adds what lies between
certificates, and what hangs on licences.
"""

from __future__ import annotations

import datetime as dt
from itertools import accumulate, pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from extensions import db
from models import (
    AuditEntry,
    AuditResult,
    CertificateDoubt,
    CertificateState,
    CodeState,
    Conclusion,
    EducationLevel,
    ExamCategory,
    Gender,
    Roster,
    RosterEntry,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
)
from services import signing
from services.audit import AuditTag
from services.certificates import canonical_content, doubts
from services.demo import catalogue
from services.demo.calendar import make_cycles
from services.demo.keys import draw_keys
from services.rosters import snapshot
from services.scale import bulk
from services.scale.people import Home, People
from services.trail import pending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from models import ExamCycle

    Progress = Callable[[int], object]

YEARS: Final = 10
#: People whose rows are written together.
_AT_ONCE: Final = 5_000
#: How many are on trial a year, by the kind of place, before all are made to add up.
_TRAINEES: Final = {
    catalogue.CENTRAL: 250.0,
    catalogue.CITY_FIRST: 200.0,
    catalogue.PEOPLE: 120.0,
    catalogue.TCM: 60.0,
    catalogue.CHILDREN: 40.0,
    catalogue.DISEASE_CONTROL: 15.0,
    catalogue.PRIVATE_HOSPITAL: 8.0,
    catalogue.COMMUNITY: 4.0,
    catalogue.CENTRAL_TOWN: 4.0,
    catalogue.TOWN: 2.5,
    catalogue.STREET: 2.0,
    catalogue.OUTPATIENTS: 0.5,
    catalogue.DENTAL_CLINIC: 0.1,
    catalogue.TCM_CLINIC: 0.1,
    catalogue.VILLAGE: 0.005,
}
_OTHERS: Final = 20.0
#: No house has more a year.
_MOST: Final = 300.0
#: Of rosters in the open year so many in ten are handed in already, so many are filed.
_FILED_OF_TEN: Final = 3
_HANDED_IN_OF_TEN: Final = 7


class Bureau(NamedTuple):
    """Who receives the rosters of a place."""

    key: int
    name: str


class Clerk(NamedTuple):
    """Who enters people at a place."""

    key: int
    name: str


class Place(NamedTuple):
    """A place of practice with all that its certificates and rosters need to know of it."""

    home: Home
    registration_number: str
    bureau: Bureau
    clerk: Clerk


def write_years(
    rng: Random, places: Sequence[Place], people: int, today: dt.date, progress: Progress
) -> int:
    """Write ``people`` certificates of ten years at ``places``; return how many rosters there are.

    ``progress`` is told how many more were written.
    """
    writer = _Writer(rng, today, make_cycles(today, YEARS), draw_keys(TrialCertificate, people))
    db.session.add_all(writer.cycles)
    db.session.flush()
    per_year = people / YEARS
    numbers = _shares(places, per_year)
    for number, cycle in enumerate(writer.cycles):
        # Together they are as many as were asked for, to the last one.
        wanted = round(per_year * (number + 1)) - round(per_year * number)
        for place, count in zip(places, _whole(numbers, wanted), strict=True):
            writer.add(place, cycle, count)
            if len(writer.waiting) >= _AT_ONCE:
                progress(writer.write())
        progress(writer.write())
    return writer.rosters


class _Writer:
    """Collects people and writes them some thousands at a time."""

    def __init__(
        self, rng: Random, today: dt.date, cycles: Sequence[ExamCycle], keys: range
    ) -> None:
        self.cycles = cycles
        self.waiting: list[SimpleNamespace] = []
        self.rosters = 0
        self._rng = rng
        self._people = People(rng, today)
        self._keys = iter(keys)
        self._made: list[tuple[SimpleNamespace, list[SimpleNamespace]]] = []
        self._grounds = doubts.Grounds()
        self._genders = {one.code: one for one in db.session.scalars(select(Gender))}
        self._educations = {one.code: one for one in db.session.scalars(select(EducationLevel))}
        self._categories = {one.code: one for one in db.session.scalars(select(ExamCategory))}

    def add(self, place: Place, cycle: ExamCycle, number: int) -> None:
        """Make the people of a place and year, and their roster."""
        passed = []
        for one in self._people.class_of(place.home, cycle, number):
            one.id = next(self._keys)
            one.content = canonical_content(one)
            one.submission_code = signing.submission_code(
                one.content, exam_year=one.exam_year, version=1
            )
            one.clerk = place.clerk
            one.office = place.home.name
            one.gender = self._genders[one.gender_code]
            one.education = self._educations[one.education_code]
            one.exam_category = self._categories[one.exam_category_code]
            self.waiting.append(one)
            if one.conclusion is Conclusion.QUALIFIED:
                passed.append(one)
        if passed:
            self._list(place, cycle, passed)

    def _list(self, place: Place, cycle: ExamCycle, people: list[SimpleNamespace]) -> None:
        """Make the roster of those who passed, unless they wait for it yet."""
        is_last = cycle is self.cycles[-1]
        turn = self._rng.randrange(10) if is_last else 0
        if turn >= _HANDED_IN_OF_TEN:
            return
        is_filed = turn < _FILED_OF_TEN
        for one in people:
            one.state = CertificateState.FILED if is_filed else CertificateState.SUBMITTED
        people.sort(key=lambda one: (snapshot.rank_of(one.exam_category), one.sound, one.id))
        owner = {"institution_id": place.home.key, "owner_path": place.home.path}
        entries = [
            SimpleNamespace(
                **owner,
                certificate_id=one.id,
                position=position,
                submission_code=one.submission_code,
                content=snapshot.content_of(one),
            )
            for position, one in enumerate(people, start=1)
        ]
        head = snapshot.head_with(
            place.home.name,
            place.registration_number,
            place.bureau.name,
            cycle=cycle,
            batch=1,
            version=1,
        )
        made_at = max(one.created_at for one in people)
        code = snapshot.code_of_snapshot(
            head,
            entries,
            institution_id=place.home.key,
            bureau_id=place.bureau.key,
            exam_year=cycle.year,
        )
        day = dt.timedelta(hours=1)
        roster = SimpleNamespace(
            **owner,
            exam_year=cycle.year,
            batch=1,
            state=RosterState.FILED if is_filed else RosterState.SUBMITTED,
            code=code,
            head=head,
            headcount=len(entries),
            bureau_id=place.bureau.key,
            created_at=made_at,
            updated_at=made_at + 2 * day,
            printed_at=made_at,
            submitted_at=made_at + day,
            decided_at=made_at + 2 * day if is_filed else None,
            version=3 if is_filed else 2,
        )
        self._made.append((roster, entries))

    def write(self) -> int:
        """Write what waits; return how many people it were."""
        people, self.waiting = self.waiting, []
        made, self._made = self._made, []
        bulk.write(TrialCertificate, map(vars, people))
        bulk.write(
            TrialPeriod,
            (
                {**vars(period), "certificate_id": one.id}
                for one in people
                for period in one.periods
            ),
        )
        bulk.write(SubmissionCode, (self._code(one) for one in people))
        bulk.write(CertificateDoubt, (doubt for one in people for doubt in self._doubts(one)))
        for key, (roster, entries) in zip(draw_keys(Roster, len(made)), made, strict=True):
            roster.id = key
            for entry in entries:
                entry.roster_id = key
        bulk.write(Roster, (vars(roster) for roster, _ in made))
        bulk.write(RosterEntry, (vars(entry) for _, entries in made for entry in entries))
        self.rosters += len(made)
        self._record([one for one in people if one.exam_year == self.cycles[-1].year])
        return len(people)

    def _code(self, one: SimpleNamespace) -> dict[str, Any]:
        return {
            "institution_id": one.institution_id,
            "owner_path": one.owner_path,
            "certificate_id": one.id,
            "code": one.submission_code,
            "content_version": 1,
            "content": signing.canonical(one.content).decode(),
            "state": CodeState.CURRENT,
            "created_at": one.created_at,
        }

    def _doubts(self, one: Any) -> list[dict[str, Any]]:
        return [
            {
                "institution_id": one.institution_id,
                "owner_path": one.owner_path,
                "certificate_id": one.id,
                "kind": found.kind,
                "position": found.position,
                "sentence": found.sentence,
                "first_seen_at": one.created_at,
            }
            for found in doubts.of_time(one, self._grounds)
        ]

    def _record(self, people: list[SimpleNamespace]) -> None:
        """Let the trail tell who has entered whom: of the last year, as long as it must keep."""
        for one in sorted(people, key=lambda one: one.created_at):
            pending.hold(
                db.session(),
                AuditEntry(
                    at=one.created_at,
                    tag=AuditTag.CERTIFICATE_CREATE.value,
                    result=AuditResult.DONE,
                    actor_id=one.clerk.key,
                    actor_name=one.clerk.name,
                    actor_path=one.owner_path,
                    institution_name=one.office,
                    institution_id=one.institution_id,
                    owner_path=one.owner_path,
                    object_type=TrialCertificate.__name__,
                    object_id=one.id,
                    object_label=one.name,
                    changes=[],
                    address="192.0.2.1",
                    request_id=f"{one.id:032x}",
                ),
            )
        pending.write_waiting(db.session())


def _shares(places: Sequence[Place], per_year: float) -> list[float]:
    """Return how many people each place has a year: not whole, and together ``per_year``."""
    weights = [_TRAINEES.get(place.home.sort, _OTHERS) for place in places]
    low, high = 0.0, per_year
    for _ in range(60):
        factor = (low + high) / 2
        if sum(min(_MOST, factor * weight) for weight in weights) < per_year:
            low = factor
        else:
            high = factor
    return [min(_MOST, high * weight) for weight in weights]


def _whole(shares: Sequence[float], wanted: int) -> list[int]:
    """Return whole numbers that follow ``shares`` and are together ``wanted``."""
    sums = [0.0, *accumulate(shares)]
    ends = [round(one * wanted / sums[-1]) for one in sums]
    return [end - start for start, end in pairwise(ends)]

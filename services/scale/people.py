"""Synthetic people on trial: as many as one likes, no two with one number, all of whom pass.

A tenth has served less than a year, so that lists have something doubtful to show.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from pypinyin import Style, lazy_pinyin

from models import CertificateState, CertificateType, Conclusion
from models.encryption import blind_index
from models.search_text import person_search_text_of
from services.audit import CHINA
from services.demo import studies
from services.demo.people import ABOLISHED_REGIONS, FEMALE, MALE, make_mobile, make_name
from services.identifiers import resident_id_with_check_character

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from models import ExamCycle
    from services.demo.catalogue import Sort

#: Different names; more people than these share them, as people do.
_NAMES: Final = 4000
_PRACTICE_SHARE: Final = 0.18
_TWO_PERIODS_SHARE: Final = 0.3
_SHORT_SHARE: Final = 0.1
_ELSEWHERE_SHARE: Final = 0.03
_LAST_FORTNIGHT_SHARE: Final = 0.6
_FORTNIGHT: Final = 14
_SEASON: Final = 150
_EARLIEST: Final = dt.time(8)
#: People for each mentor, and mentors at the least.
_GUIDED: Final = 4
_FEWEST_MENTORS: Final = 2
#: The people of an exam year were born within so many days, five years and a bit less, ...
_BIRTHDAYS: Final = 1800
#: ... so that of five years in a row each takes as many of the 449 serial numbers of a day.
_YEARS_APART: Final = 5
_SERIALS_OF_YEAR: Final = 89
_YOUNGEST: Final = 25
_CONCLUSIONS: Final = {
    True: (Conclusion.QUALIFIED,) * 11 + (Conclusion.PENDING,) * 7 + (Conclusion.UNQUALIFIED,) * 2,
    False: (Conclusion.QUALIFIED,) * 9 + (Conclusion.UNQUALIFIED,),
}


@dataclass(frozen=True)
class Home:
    """Where people are entered."""

    key: int
    path: str
    name: str
    division_code: str
    sort: Sort


class People:
    """Makes people one after another."""

    def __init__(self, rng: Random, today: dt.date) -> None:
        """Draw the names."""
        self._rng = rng
        self._today = today
        self._now = dt.datetime.combine(today, _EARLIEST, tzinfo=CHINA)
        self._names = {gender: self._draw_names(gender) for gender in (MALE, FEMALE)}
        self._made: dict[int, int] = {}

    def class_of(self, home: Home, cycle: ExamCycle, number: int) -> Iterator[SimpleNamespace]:
        """Yield ``number`` certificates of a year at a place, without key and code.

        Each has the columns of ``TrialCertificate``, its ``periods`` with theirs, and ``sound``,
        by which names are sorted.
        """
        rng = self._rng
        mentors: dict[str, list[tuple[str, str]]] = {}
        for _ in range(number):
            exam_class = studies.CLASSES[rng.choice(home.sort.exam_classes)]
            if exam_class.certificate_code not in mentors:
                mentors[exam_class.certificate_code] = [
                    self._mentor(exam_class.certificate_code, home.division_code)
                    for _ in range(max(_FEWEST_MENTORS, number // _GUIDED))
                ]
            yield self._one(home, cycle, exam_class, mentors[exam_class.certificate_code])

    def _one(
        self,
        home: Home,
        cycle: ExamCycle,
        exam_class: studies.ExamClass,
        mentors: list[tuple[str, str]],
    ) -> SimpleNamespace:
        rng = self._rng
        is_practice = rng.random() < _PRACTICE_SHARE
        is_open = cycle.is_open_on(self._today)
        conclusion = rng.choice(_CONCLUSIONS[is_open])
        education = studies.COLLEGE if is_practice else studies.BACHELOR
        moment = self._entered(cycle, is_open=is_open)
        started_on, ended_on = self._served(cycle, conclusion, moment, is_practice=is_practice)
        graduated_on = dt.date(started_on.year - (4 if is_practice else 1), 6, 30)
        gender = rng.choice((MALE, FEMALE))
        name, search_text, sound = rng.choice(self._names[gender])
        born_on, id_number = self._number(cycle.year, gender)
        code = exam_class.certificate_code
        numbers: dict[str, str | None] = {
            "qualification_certificate_number": None,
            "practice_certificate_number": None,
        }
        if is_practice:
            numbers = {
                "qualification_certificate_number": f"{started_on.year - 1}422{code}{id_number}",
                "practice_certificate_number": (
                    f"2{code}{home.division_code}{rng.randrange(10**6):06d}"
                ),
            }
        owner = {"institution_id": home.key, "owner_path": home.path}
        return SimpleNamespace(
            **owner,
            exam_year=cycle.year,
            certificate_type=CertificateType.PRACTICE if is_practice else CertificateType.TRIAL,
            state=CertificateState.COMPLETED,
            name=name,
            search_text=search_text,
            sound=sound,
            id_document_code="01",
            id_number=id_number,
            id_number_index=blind_index(id_number, "trial_certificates.id_number"),
            gender_code=gender,
            born_on=born_on,
            ethnic_group_code="01",
            education_code=education,
            school=rng.choice(studies.SCHOOLS[education]),
            major=exam_class.major,
            graduated_on=graduated_on,
            phone=make_mobile(rng),
            exam_category_code=exam_class.exam_category(is_physician=True),
            conclusion=conclusion,
            content_version=1,
            created_at=moment,
            updated_at=moment,
            version=1,
            **numbers,
            periods=self._periods(home, owner, exam_class, mentors, (started_on, ended_on)),
        )

    def _entered(self, cycle: ExamCycle, *, is_open: bool) -> dt.datetime:
        """Return a moment in office hours: mostly of the last fortnight before the deadline."""
        rng = self._rng
        last = self._today if is_open else cycle.entry_closes_on
        before = (
            rng.randrange(_FORTNIGHT)
            if rng.random() < _LAST_FORTNIGHT_SHARE
            else int(rng.triangular(_FORTNIGHT, _SEASON, _FORTNIGHT))
        )
        day = max(cycle.entry_opens_on, last - dt.timedelta(days=before))
        moment = dt.datetime.combine(day, _EARLIEST, tzinfo=CHINA)
        return min(moment + dt.timedelta(minutes=rng.randrange(480)), self._now)

    def _served(
        self, cycle: ExamCycle, conclusion: Conclusion, moment: dt.datetime, *, is_practice: bool
    ) -> tuple[dt.date, dt.date]:
        """Return the first and the last day."""
        rng = self._rng
        is_short = rng.random() < _SHORT_SHARE
        length = rng.randint(735, 900) if is_practice else rng.randint(366, 430)
        days = dt.timedelta(days=rng.randint(200, 360) if is_short else length)
        if conclusion is Conclusion.PENDING:
            return cycle.trial_cutoff_on - days, cycle.trial_cutoff_on
        ended_on = moment.date() - dt.timedelta(days=rng.randint(1, 60))
        return ended_on - days, ended_on

    def _periods(
        self,
        home: Home,
        owner: dict[str, Any],
        exam_class: studies.ExamClass,
        mentors: list[tuple[str, str]],
        days: tuple[dt.date, dt.date],
    ) -> list[SimpleNamespace]:
        """Return one stretch, or two without a gap, the first of which was sometimes elsewhere."""
        rng = self._rng
        started_on, ended_on = days
        spans = [(started_on, ended_on)]
        if rng.random() < _TWO_PERIODS_SHARE:
            middle = started_on + (ended_on - started_on) * rng.uniform(0.3, 0.7)
            spans = [(started_on, middle), (middle + dt.timedelta(days=1), ended_on)]
        made = []
        for position, (start, end) in enumerate(spans):
            department, content = rng.choice(exam_class.departments)
            mentor_name, number = rng.choice(mentors)
            made.append(
                SimpleNamespace(
                    **owner,
                    position=position,
                    place_id=home.key,
                    place_name=home.name,
                    department=department,
                    started_on=start,
                    ended_on=end,
                    mentor_name=mentor_name,
                    mentor_practice_certificate_number=number,
                    content=content,
                )
            )
        if rng.random() < _ELSEWHERE_SHARE:
            made[0].place_id, made[0].place_name = None, rng.choice(studies.ELSEWHERE)[0]
        return made

    def _number(self, year: int, gender: str) -> tuple[dt.date, str]:
        """Return a day of birth, and a number of that day that nobody else has.

        A year has room for 1.4 million people.
        """
        made = self._made[year] = self._made.get(year, -1) + 1
        turn, region = divmod(made // _BIRTHDAYS, len(ABOLISHED_REGIONS))
        serial = year % _YEARS_APART * _SERIALS_OF_YEAR + turn
        born_on = dt.date(year - _YOUNGEST, 12, 31) - dt.timedelta(days=made % _BIRTHDAYS)
        last = 100 + 2 * serial + (gender == MALE)
        number = resident_id_with_check_character(
            f"{ABOLISHED_REGIONS[region]}{born_on:%Y%m%d}{last:03d}"
        )
        return born_on, number

    def _mentor(self, code: str, division: str) -> tuple[str, str]:
        name = self._rng.choice(self._names[self._rng.choice((MALE, FEMALE))])[0]
        return name, f"1{code}{division}{self._rng.randrange(10**6):06d}"

    def _draw_names(self, gender: str) -> list[tuple[str, str, tuple[str, ...]]]:
        names = [make_name(self._rng, gender) for _ in range(_NAMES // 2)]
        return [
            (name, person_search_text_of(name), tuple(lazy_pinyin(name, style=Style.TONE3)))
            for name in names
        ]

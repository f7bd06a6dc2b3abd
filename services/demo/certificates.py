"""The certificates of the demo, with periods, mentors and the codes that they had."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from extensions import db
from models import (
    CertificateState,
    CertificateType,
    CodeState,
    Conclusion,
    ExamLaw,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
)
from services import signing
from services.audit import CHINA
from services.certificates import canonical_content, code_of, sealed_content
from services.demo import studies
from services.demo.keys import draw_keys
from services.demo.people import FEMALE, MALE, RARE_NAMES, Person, make_name, make_person
from services.demo.risks import raise_doubts

if TYPE_CHECKING:
    from random import Random

    from models import ExamCycle
    from services.demo.studies import ExamClass
    from services.demo.tree import Place, Tree

#: How many people of a place's usual number are entered in each exam year, oldest first.
_SHARE_OF_YEAR: Final = (0.3, 0.42, 0.56)
#: The named places of practice have these numbers instead.
_NUMBERS_OF_NAMED: Final = {
    "武汉市汉口医院": (12, 18, 30),
    "黄陂区前川街环城社区卫生服务中心": (5, 8, 22),
    "襄阳市中心医院": (18, 26, 44),
}
#: Names that a font, a collation or a form may trip over: people who have passed, on no roster yet.
RARE_AT: Final = {
    "武汉市汉口医院": RARE_NAMES[:3],
    "黄陂区前川街环城社区卫生服务中心": RARE_NAMES[3:5],
    "襄阳市中心医院": RARE_NAMES[5:],
}
_PRACTICE_SHARE: Final = 0.18
_TWO_PERIODS_SHARE: Final = 0.2
_CORRECTED_SHARE: Final = 0.04
_DELETED_SHARE: Final = 0.012
#: Of a class at a place; most guide no more people at once than a year allows.
_MENTORS: Final = 12
_UYGHUR: Final = "05"
_ETHNIC_GROUPS: Final = ("01",) * 30 + ("15", "06", "03", "11")
_ENSHI: Final = "4228"
_ETHNIC_GROUPS_OF_ENSHI: Final = ("15", "15", "15", "06", "01", "01", "14")
_CONCLUSIONS: Final = {
    True: (Conclusion.QUALIFIED,) * 11 + (Conclusion.PENDING,) * 7 + (Conclusion.UNQUALIFIED,) * 2,
    False: (Conclusion.QUALIFIED,) * 9 + (Conclusion.UNQUALIFIED,),
}


@dataclass
class Writer:
    """Makes certificates one after another, with everything that is remembered between them."""

    rng: Random
    today: dt.date
    tree: Tree
    mentors: dict[tuple[int, str], list[tuple[str, str]]] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)

    def write(
        self, place: Place, cycle: ExamCycle, *, known: tuple[str, str] | None = None
    ) -> TrialCertificate:
        """Return a certificate of somebody at ``place`` for the exam year, without its code.

        ``known`` fixes name and gender of somebody who has passed.
        """
        rng = self.rng
        exam_class = studies.CLASSES[rng.choice(place.sort.exam_classes)]
        is_practice = rng.random() < _PRACTICE_SHARE
        conclusion = rng.choice(_CONCLUSIONS[cycle.is_open_on(self.today)])
        is_deleted = rng.random() < _DELETED_SHARE and known is None
        if known is not None:
            conclusion = Conclusion.QUALIFIED
        started_on, ended_on, entered_on = self._days(cycle, conclusion, is_practice=is_practice)
        education = self._education(place, cycle, is_practice=is_practice)
        person, graduated_on = self._person(education, started_on, known, is_practice=is_practice)
        is_physician = is_practice or education in {studies.MASTER, studies.BACHELOR}
        moment = self._moment(entered_on)
        institution = place.institution
        certificate = TrialCertificate(
            institution=institution,
            institution_id=institution.id,
            exam_year=cycle.year,
            certificate_type=CertificateType.PRACTICE if is_practice else CertificateType.TRIAL,
            state=CertificateState.COMPLETED,
            name=person.name,
            id_document_code="01",
            id_number=person.id_number,
            gender_code=person.gender_code,
            born_on=person.born_on,
            ethnic_group_code=self._ethnic_group(place, person),
            education_code=education,
            school=rng.choice(studies.SCHOOLS[education]),
            major=exam_class.major,
            graduated_on=graduated_on,
            phone=person.phone,
            exam_category_code=exam_class.exam_category(is_physician=is_physician),
            conclusion=conclusion,
            content_version=2 if rng.random() < _CORRECTED_SHARE else 1,
            deleted_at=moment + dt.timedelta(minutes=20) if is_deleted else None,
            created_at=moment,
            updated_at=moment,
            **self._numbers(place, exam_class, person, started_on) if is_practice else {},
        )
        certificate.periods = self._periods(place, exam_class, started_on, ended_on)
        return certificate

    def _days(
        self, cycle: ExamCycle, conclusion: Conclusion, *, is_practice: bool
    ) -> tuple[dt.date, dt.date, dt.date]:
        """Return when the trial began, when it ends, and when it was entered."""
        rng, days = self.rng, dt.timedelta
        latest = min(self.today, cycle.entry_closes_on)
        # Most is entered in the last weeks before it is due.
        entered_on = max(cycle.entry_opens_on, latest - days(int(rng.triangular(0, 120, 5))))
        length = days(rng.randint(735, 900) if is_practice else rng.randint(366, 430))
        if conclusion is Conclusion.PENDING:
            ended_on = cycle.trial_cutoff_on
            return min(ended_on - length, entered_on - days(30)), ended_on, entered_on
        ended_on = entered_on - days(rng.randint(1, 60))
        return ended_on - length, ended_on, entered_on

    def _education(self, place: Place, cycle: ExamCycle, *, is_practice: bool) -> str:
        if is_practice:
            # With less schooling an assistant must have practised for five years.
            return studies.COLLEGE
        if place.sort.level == "3":
            return self.rng.choice((studies.MASTER, *(studies.BACHELOR,) * 4, studies.COLLEGE))
        is_old = ExamLaw.of_year(cycle.year) is ExamLaw.PRACTICE_1998
        least = studies.SECONDARY if is_old else studies.COLLEGE
        return self.rng.choice((*(studies.BACHELOR,) * 3, *(studies.COLLEGE,) * 3, least))

    def _person(
        self,
        education: str,
        started_on: dt.date,
        known: tuple[str, str] | None,
        *,
        is_practice: bool,
    ) -> tuple[Person, dt.date]:
        """Return somebody who could have studied so, and the day of graduation."""
        rng = self.rng
        graduated_on = dt.date(started_on.year - rng.choice((0, 0, 0, 1, 1, 2)), 6, 30)
        # An assistant has passed the first exam and practised before.
        years = rng.randint(3, 5) if is_practice else 1 if graduated_on >= started_on else 0
        graduated_on = graduated_on.replace(year=graduated_on.year - years)
        youngest, oldest = studies.AGES[education]
        born = {"born_from": graduated_on.year - oldest, "born_to": graduated_on.year - youngest}
        person = make_person(rng, known=known, **born)
        while person.id_number in self.numbers:
            # Nobody is entered twice by chance.
            person = make_person(rng, known=known, **born)
        self.numbers.add(person.id_number)
        return person, graduated_on

    def _ethnic_group(self, place: Place, person: Person) -> str:
        if "·" in person.name:
            return _UYGHUR
        in_enshi = (place.institution.division_code or "").startswith(_ENSHI)
        return self.rng.choice(_ETHNIC_GROUPS_OF_ENSHI if in_enshi else _ETHNIC_GROUPS)

    def _numbers(
        self, place: Place, exam_class: ExamClass, person: Person, started_on: dt.date
    ) -> dict[str, str]:
        """Return the numbers of an assistant's two certificates; the first holds the ID number."""
        code, division = exam_class.certificate_code, place.institution.division_code
        return {
            "qualification_certificate_number": f"{started_on.year - 1}422{code}{person.id_number}",
            "practice_certificate_number": f"2{code}{division}{self.rng.randrange(10**6):06d}",
        }

    def _periods(
        self, place: Place, exam_class: ExamClass, started_on: dt.date, ended_on: dt.date
    ) -> list[TrialPeriod]:
        """Return one stretch, or two without a gap: in another department, or at another place."""
        rng = self.rng
        if rng.random() >= _TWO_PERIODS_SHARE:
            return [self._period(0, place, exam_class, started_on, ended_on)]
        middle = started_on + (ended_on - started_on) * rng.uniform(0.3, 0.7)
        chance, before, elsewhere = rng.random(), place, None
        if ended_on <= self.today and chance < 0.15:  # noqa: PLR2004 - a few come from elsewhere
            elsewhere = rng.choice(studies.ELSEWHERE)
        elif ended_on <= self.today and chance < 0.5:  # noqa: PLR2004 - some changed the place
            before = rng.choice(self.tree.places)
        first = self._period(0, before, exam_class, started_on, middle)
        if elsewhere is not None:
            first.place_id, first.place_name = None, elsewhere[0]
            first.mentor_name, first.mentor_practice_certificate_number = self._mentor(
                exam_class, elsewhere[1]
            )
        second = self._period(1, place, exam_class, middle + dt.timedelta(days=1), ended_on)
        return [first, second]

    def _period(
        self,
        position: int,
        place: Place,
        exam_class: ExamClass,
        started_on: dt.date,
        ended_on: dt.date,
    ) -> TrialPeriod:
        department, content = self.rng.choice(exam_class.departments)
        mentor, number = self.rng.choice(self._mentors_of(place, exam_class))
        return TrialPeriod(
            position=position,
            place_id=place.institution.id,
            place_name=place.institution.name,
            department=department,
            started_on=started_on,
            ended_on=ended_on,
            mentor_name=mentor,
            mentor_practice_certificate_number=number,
            content=content,
        )

    def _mentors_of(self, place: Place, exam_class: ExamClass) -> list[tuple[str, str]]:
        """Return the physicians of a place who guide people of a class: name and number."""
        key = (place.institution.id, exam_class.certificate_code)
        if key not in self.mentors:
            division = place.institution.division_code or ""
            self.mentors[key] = [self._mentor(exam_class, division) for _ in range(_MENTORS)]
        return self.mentors[key]

    def _mentor(self, exam_class: ExamClass, division: str) -> tuple[str, str]:
        """Return a physician registered in a division: name and number."""
        name = make_name(self.rng, self.rng.choice((MALE, FEMALE)))
        serial = self.rng.randrange(10**6)
        return name, f"1{exam_class.certificate_code}{division}{serial:06d}"

    def _moment(self, day: dt.date) -> dt.datetime:
        """Return a moment in office hours of a day, not after now."""
        time = dt.time(self.rng.randint(8, 14), self.rng.randint(0, 59), tzinfo=CHINA)
        return min(dt.datetime.combine(day, time), dt.datetime.now(CHINA))


def write_certificates(
    rng: Random, tree: Tree, cycles: list[ExamCycle], today: dt.date
) -> list[TrialCertificate]:
    """Return all certificates with their keys and codes; ``add_certificates`` stores them."""
    writer = Writer(rng, today, tree)
    written: list[TrialCertificate] = []
    for place in tree.places:
        for cycle, number in zip(cycles, _numbers_of(rng, place), strict=True):
            rare = RARE_AT.get(place.institution.name, ()) if cycle is cycles[-1] else ()
            written += [writer.write(place, cycle, known=known) for known in rare]
            written += [writer.write(place, cycle) for _ in range(number - len(rare))]
    raise_doubts(written, cycles[-1].year)
    for key, certificate in zip(draw_keys(TrialCertificate, len(written)), written, strict=True):
        certificate.id = key
        certificate.submission_code = code_of(certificate)
    return written


def add_certificates(written: list[TrialCertificate]) -> None:
    """Store certificates with every code that they had."""
    db.session.add_all(written)
    db.session.add_all([code for certificate in written for code in _codes_of(certificate)])
    db.session.flush()


def _numbers_of(rng: Random, place: Place) -> tuple[int, ...]:
    named = _NUMBERS_OF_NAMED.get(place.institution.name)
    if named is not None:
        return named
    # The fraction is a chance, so that small places have somebody in some years.
    return tuple(int(place.sort.people * share + rng.random()) for share in _SHARE_OF_YEAR)


def _codes_of(certificate: TrialCertificate) -> list[SubmissionCode]:
    """Return every code that a certificate had; the first of a corrected one is superseded."""
    present: dict[str, Any] = {
        "code": certificate.submission_code,
        "content_version": certificate.content_version,
        "content": sealed_content(certificate),
        "state": CodeState.VOIDED if certificate.deleted_at else CodeState.CURRENT,
    }
    versions = [present]
    if certificate.content_version > 1:
        before = {**canonical_content(certificate), "major": "医学"}
        code = signing.submission_code(before, exam_year=certificate.exam_year, version=1)
        versions.insert(
            0,
            {
                "code": code,
                "content_version": 1,
                "content": signing.canonical(before).decode(),
                "state": CodeState.SUPERSEDED,
            },
        )
    return [
        SubmissionCode(certificate=certificate, created_at=certificate.created_at, **values)
        for values in versions
    ]

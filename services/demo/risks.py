"""What is doubtful in some certificates of the demo: a few of each kind, so that each can be seen.

Everything else in the demo raises no doubts but those that its licences and mentors bring along.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from models import CertificateType, Conclusion
from services.demo import studies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models import TrialCertificate

#: Of how many people each doubt is raised.
OF_EACH: Final = 3
#: An institution that is in no library.
_ELSEWHERE: Final = "随州市曾都区某门诊部"
_UNKNOWN_DIVISION: Final = "429999"


def raise_doubts(certificates: Sequence[TrialCertificate], year: int) -> None:
    """Spoil certificates of people who are still on trial in ``year``: they stand on no roster.

    Who was entered twice is the second of a pair: the person of the first, at another place.
    """
    found = [
        one
        for one in certificates
        if one.exam_year == year
        and one.conclusion is Conclusion.PENDING
        and one.deleted_at is None
        and one.content_version == 1
    ]
    trials = [one for one in found if one.certificate_type is CertificateType.TRIAL]
    practices = [one for one in found if one.certificate_type is CertificateType.PRACTICE]
    waiting = iter(trials)
    for spoil in _SPOILING:
        for _ in range(OF_EACH):
            spoil(next(waiting))
    for one in practices[:OF_EACH]:
        one.practice_certificate_number = f"1{(one.practice_certificate_number or '')[1:]}"
    for first in [next(waiting) for _ in range(OF_EACH)]:
        _enter_again(first, next(one for one in waiting if _is_elsewhere(one, first)))


def _is_elsewhere(one: TrialCertificate, first: TrialCertificate) -> bool:
    return one.institution_id != first.institution_id


def _enter_again(first: TrialCertificate, second: TrialCertificate) -> None:
    for name in ("name", "id_number", "gender_code", "born_on", "phone", "graduated_on"):
        setattr(second, name, getattr(first, name))
    second.education_code, second.school = first.education_code, first.school


def _graduated_later(one: TrialCertificate) -> None:
    one.graduated_on = one.periods[0].started_on + dt.timedelta(days=20)


def _short(one: TrialCertificate) -> None:
    first = one.periods[0]
    last = one.periods[-1]
    del one.periods[1:]
    first.started_on, first.ended_on = last.ended_on - dt.timedelta(days=200), last.ended_on


def _overlap(one: TrialCertificate) -> None:
    period = one.periods[0]
    again = type(period)(
        position=len(one.periods),
        place_id=period.place_id,
        place_name=period.place_name,
        department=period.department,
        started_on=period.ended_on - dt.timedelta(days=30),
        ended_on=period.ended_on,
        mentor_name=period.mentor_name,
        mentor_practice_certificate_number=period.mentor_practice_certificate_number,
        content=period.content,
    )
    one.periods.append(again)


def _schooling(one: TrialCertificate) -> None:
    one.education_code = studies.SECONDARY
    one.school = studies.SCHOOLS[studies.SECONDARY][0]


def _assistant(one: TrialCertificate) -> None:
    period = one.periods[0]
    number = period.mentor_practice_certificate_number
    period.mentor_practice_certificate_number = f"2{number[1:]}"


def _category(one: TrialCertificate) -> None:
    period = one.periods[0]
    number = period.mentor_practice_certificate_number
    other = "20" if number[1:3] != "20" else "10"
    period.mentor_practice_certificate_number = f"1{other}{number[3:]}"


def _number(one: TrialCertificate) -> None:
    period = one.periods[0]
    number = period.mentor_practice_certificate_number
    period.mentor_practice_certificate_number = f"{number[:3]}{_UNKNOWN_DIVISION}{number[9:]}"


def _place(one: TrialCertificate) -> None:
    one.periods[0].place_id, one.periods[0].place_name = None, _ELSEWHERE


def _graduation(one: TrialCertificate) -> None:
    one.graduated_on = one.born_on.replace(year=one.born_on.year + 16, month=6, day=30)


def _name(one: TrialCertificate) -> None:
    one.name = one.name[:1]


_SPOILING: Final[tuple[Callable[[TrialCertificate], None], ...]] = (
    _graduated_later,
    _short,
    _overlap,
    _schooling,
    _assistant,
    _category,
    _number,
    _place,
    _graduation,
    _name,
)

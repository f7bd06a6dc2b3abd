"""Certificates for a measurement, beside the institutions of a synthetic province.

They have what an export reads: encrypted numbers, two thirds with one period and a third with two.
No codes, papers or rosters belong to them.
"""

from __future__ import annotations

import datetime as dt
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from benchmarks.samples import people
from extensions import db
from models import (
    CertificateState,
    CertificateType,
    Conclusion,
    ExamCycle,
    Institution,
    InstitutionKind,
    TrialCertificate,
    TrialPeriod,
    utc_now,
)
from models.encryption import blind_index
from models.search_text import person_search_text_of
from services import clock
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Iterator

YEAR: Final = 2018
_BATCH: Final = 2_000
#: Different people; the numbers and names of more begin again, as those of the same people would
#: in other years.
_KINDS: Final = 5_000
_DAYS: Final = dt.timedelta(days=364)


def load_certificates(count: int) -> None:
    """Give ``count`` certificates to the institutions where trials are served, in turn.

    The caller announces writing and commits.
    """
    with unscoped(Reason.MAINTENANCE):
        today = clock.today()
        db.session.add(
            ExamCycle(
                year=YEAR,
                entry_opens_on=today - dt.timedelta(days=60),
                entry_closes_on=today + dt.timedelta(days=60),
                roster_due_on=today + dt.timedelta(days=70),
                trial_cutoff_on=dt.date(YEAR, 8, 31),
            )
        )
        db.session.flush()
        owners = db.session.execute(
            select(Institution.id, Institution.path, Institution.name)
            .where(Institution.kind == InstitutionKind.HEALTHCARE)
            .order_by(Institution.id)
        ).all()
        rows = _rows(count, cycle(owners))
        while part := list(islice(rows, _BATCH)):
            db.session.execute(insert(TrialCertificate), [row for row, _ in part])
            db.session.execute(insert(TrialPeriod), [one for _, more in part for one in more])


def _rows(
    count: int, owners: Iterator[Any]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield a certificate and its periods, ready to be inserted."""
    random = Random(20180104)
    made = list(people(min(count, _KINDS)))
    texts = [person_search_text_of(person.name) for person in made]
    indexes = [blind_index(one.id_number, "trial_certificates.id_number") for one in made]
    now = utc_now()
    for key in range(1, count + 1):
        at = key % len(made)
        person, owner = made[at], next(owners)
        owned = {"institution_id": owner.id, "owner_path": owner.path}
        born_on = dt.datetime.strptime(person.id_number[6:14], "%Y%m%d").date()  # noqa: DTZ007
        certificate = {
            **owned,
            "id": key,
            "exam_year": YEAR,
            "certificate_type": CertificateType.TRIAL,
            "state": random.choice(list(CertificateState)),
            "name": person.name,
            "search_text": texts[at],
            "id_document_code": "01",
            "id_number": person.id_number,
            # Unique within an institution; people are looked for by the number elsewhere.
            "id_number_index": f"{indexes[at][:52]}{key:012}",
            "gender_code": "1" if person.gender == "男" else "2",
            "born_on": born_on,
            "ethnic_group_code": random.choice(("01", "01", "01", "08", "15")),
            "education_code": "21",
            "school": random.choice(("武汉大学", "华中科技大学", "湖北医药学院")),
            "major": person.major,
            "graduated_on": dt.date(2016, 6, 30),
            "phone": f"138{key:08}",
            "exam_category_code": "110",
            "conclusion": random.choice(list(Conclusion)),
            "submission_code": f"B{key:012}",
            "content_version": 1,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        periods = [
            {
                **owned,
                "certificate_id": key,
                "position": number,
                "place_id": owner.id,
                "place_name": owner.name,
                "department": person.department,
                "started_on": dt.date(2016, 9, 1) + number * _DAYS / 2,
                "ended_on": dt.date(2016, 9, 1) + (number + 1) * _DAYS / 2,
                "mentor_name": person.mentor.partition("（")[0],
                "mentor_practice_certificate_number": "110420102000001",
                "content": "常见病、多发病的诊治",
            }
            for number in range(1 + (key % 3 == 0))
        ]
        yield certificate, periods

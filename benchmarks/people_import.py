"""An import of 1,000 people against as many single entries, and its growth of memory.

`python -m benchmarks.people_import` uploads a workbook of 1,000 people with 1.3 periods each at a
hospital of the demo province, on SQLite and on PostgreSQL where its server can be started, confirms
it, and exits with 1 when it takes longer, or the process grows more, than the platform allows
itself. Encryption, blind indexes, codes, doubts and the trail are all part of it.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import flask_migrate
from openpyxl import Workbook

from app import create_app
from benchmarks.institution_import import actor_at, seconds_of
from benchmarks.measure import memory_growth, report, report_growth
from benchmarks.province import KEYS, ROLES, on_each
from config import load
from extensions import db
from models import CertificateType, Conclusion
from models.engine import writing
from services import certificates, demo, exam_years, scope
from services.certificates import CertificateInput, PeriodInput, importing
from services.identifiers import resident_id_with_check_character

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.actor import Actor

PEOPLE: Final = 1_000
SAMPLE: Final = 100
LIMIT: Final = 15.0
RATIO_LIMIT: Final = 0.5
MEMORY_LIMIT: Final = 300.0
#: Three of ten people have a second period.
_SECOND: Final = (0, 3, 6)
#: Trainees of one mentor.
_GUIDED: Final = 5
_FAMILIES: Final = "赵钱孙李周吴郑王冯陈"
_GIVEN: Final = "一二三四五六七八九十"


def entries(count: int, first: int) -> list[CertificateInput]:
    """Return ``count`` people who keep every rule; ``first`` keeps them apart from others."""
    return [_entry(first + number) for number in range(count)]


def _entry(number: int) -> CertificateInput:
    year = exam_years.current_year()
    assert year is not None
    born = dt.date(1985, 1, 1) + dt.timedelta(days=number)
    digits = [int(digit) for digit in f"{number:04d}"]
    starts = (dt.date(year - 1, 9, 1), dt.date(year, 3, 1))
    ends = (dt.date(year, 2, 28), dt.date(year, 8, 31))
    spans = list(zip(starts, ends, strict=True))
    if number % 10 not in _SECOND:
        spans = [(starts[0], ends[1])]
    return CertificateInput(
        exam_year=year,
        certificate_type=CertificateType.TRIAL,
        name=_FAMILIES[digits[0]] + "".join(_GIVEN[digit] for digit in digits[1:]),
        id_document_code="01",
        id_number=resident_id_with_check_character(f"422222{born:%Y%m%d}{number % 1000:03d}"),
        ethnic_group_code="01",
        education_code="21",
        school="武汉大学",
        major="临床医学",
        graduated_on=dt.date(year - 3, 6, 30),
        phone=f"138{number:08d}",
        exam_category_code="110",
        conclusion=Conclusion.QUALIFIED,
        periods=tuple(
            PeriodInput(
                place_name=ROLES["hospital"],
                department="内科",
                started_on=start,
                ended_on=end,
                mentor_name="蒋建国",
                mentor_practice_certificate_number=f"110420102{number // _GUIDED:06d}",
                content="内科常见病、多发病的诊治",
            )
            for start, end in spans
        ),
    )


def workbook(people: list[CertificateInput]) -> bytes:
    """Return an import table of people, a row for each period."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(importing.LAYOUT.sheet_name)
    sheet.append([column.header for column in importing.COLUMNS])
    for person in people:
        for period in person.periods:
            values = [
                getattr(period if hasattr(period, column.key) else person, column.key)
                for column in importing.COLUMNS
            ]
            sheet.append([None if value is None else str(value) for value in values])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def imported(actor: Actor, people: list[CertificateInput]) -> tuple[float, float]:
    """Upload and confirm a workbook; return the seconds of both."""
    data = workbook(people)
    kept: list[int] = []
    scope.bind(actor)
    with writing():
        preview = seconds_of(lambda: kept.append(importing.DESK.upload(actor, "x.xlsx", data).id))
        write = seconds_of(lambda: importing.DESK.apply(actor, kept[0], 1))
        importing.DESK.release_files(actor)
    db.session.remove()
    return preview, write


def created(actor: Actor, people: list[CertificateInput]) -> float:
    """Enter people one by one, as from the form; return the seconds."""
    scope.bind(actor)
    with writing():
        taken = seconds_of(lambda: [certificates.create(actor, person) for person in people])
    db.session.remove()
    return taken


@contextmanager
def demo_at(url: str | None = None) -> Iterator[Actor]:
    """Fill a database with the demo province; give the clerk of a hospital."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        url = url or f"sqlite:///{Path(folder) / 'platform.sqlite3'}"
        settings = {**KEYS, "APP_ENV": "test", "DATA_DIR": folder, "DATABASE_URL": url}
        app = create_app(load(settings))
        with app.app_context():
            flask_migrate.upgrade()
            with writing():
                demo.seed_demo()
                db.session.commit()
            yield actor_at(ROLES["hospital"])
            db.session.remove()
            db.engine.dispose()


def grow(count: int) -> None:
    """Import into a platform of its own, whose memory is measured."""
    with demo_at() as actor:
        imported(actor, entries(count, 0))


def measure(name: str, url: str) -> int:
    """Print the table of one database; return 1 when a limit is broken."""
    with demo_at(url) as actor:
        imported(actor, entries(20, 9_000))
        half = SAMPLE // 2
        # Half of the sample before and half after, so that a busy minute does not hit one alone.
        before = created(actor, entries(half, 7_000))
        preview, write = imported(actor, entries(PEOPLE, 0))
        single = (before + created(actor, entries(half, 8_000))) * PEOPLE / SAMPLE
        total, ratio = preview + write, write / single
        return report(
            f"试用人员批量导入 on {name}, {PEOPLE} people with 1.3 periods into the demo",
            [
                ("preview", f"{preview:.1f} s", "", True),
                ("write", f"{write:.1f} s", "", True),
                ("both", f"{total:.1f} s", f"<= {LIMIT:.0f} s", total <= LIMIT),
                (f"one by one (of {SAMPLE})", f"{single:.1f} s", "", True),
                ("ratio", f"{ratio:.2f}", f"<= {RATIO_LIMIT}", ratio <= RATIO_LIMIT),
            ],
        )


def main() -> int:
    """Measure on both databases, then the memory, and say whether the limits hold."""
    status = on_each(measure)
    growth = memory_growth(partial(grow, PEOPLE), partial(grow, 10))
    return status | report_growth(
        f"试用人员批量导入, memory for {PEOPLE} people", growth, MEMORY_LIMIT
    )


if __name__ == "__main__":
    sys.exit(main())

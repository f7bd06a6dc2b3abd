"""Forms of certificates as PDF: one while somebody waits, 500 as a job.

`python -m benchmarks.certificate_papers` exits with 1 if one form takes more than 300 ms or 500 in
one document more than 60 s. Beside ours stands the plain way: the cells of a form as one HTML table
for xhtml2pdf, without codes, page numbers, checks of characters or rows of periods of its own.
"""

from __future__ import annotations

import datetime as dt
import sys
from html import escape
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Final

from benchmarks.measure import compare, report
from benchmarks.samples import people
from exports.certificates import (
    CertificatePaper,
    CertificatePeriod,
    render_certificate_pdf,
    render_certificates_pdf,
)

if TYPE_CHECKING:
    from exports.rosters import RosterPerson

ONE: Final = 0.3
MANY: Final = 60.0
FORMS: Final = 500
REPETITIONS: Final = 15


def papers(count: int) -> list[CertificatePaper]:
    """Return forms of as many made-up people, with one or two periods each."""
    return [_paper(person) for person in people(count)]


def _paper(person: RosterPerson) -> CertificatePaper:
    mentor, _, number = person.mentor.rstrip("）").partition("（")
    months = [part.split("-") for part in person.period_text.split("\n")]
    return CertificatePaper(
        form="trial",
        exam_year=2018,
        name=person.name,
        gender=person.gender,
        born_on=dt.datetime.strptime(person.id_number[6:14], "%Y%m%d").date(),  # noqa: DTZ007
        ethnic_group="汉族",
        id_document_type="居民身份证",
        id_number=person.id_number,
        education=person.education,
        major=person.major,
        school="湖北中医药大学",
        graduated_on=dt.date(2016, 6, 30),
        exam_category=person.exam_category,
        institution_name="武汉市黄陂区人民医院",
        registration_number="42011643000142011611A1001",
        address="湖北省武汉市黄陂区前川街百秀街259号",
        postcode="430300",
        phone="",
        periods=tuple(
            CertificatePeriod(
                started_on=_month(start),
                ended_on=_month(end),
                department=person.department,
                content="参加门诊、病房诊疗，书写病历，在带教老师指导下管理病床、参加值班与抢救。",
                mentor_name=mentor,
                mentor_licence_number=number,
            )
            for start, end in months
        ),
        total=person.months,
        assessment="",
        conclusion=person.conclusion,
        submission_code=person.submission_code,
        version=1,
        printed_on=dt.date(2018, 1, 15),
        notes=("在多个机构试用的，由各机构分别出具证明。", "涂改无效。"),
    )


def _month(text: str) -> dt.date:
    year, month = text.split(".")
    return dt.date(int(year), int(month), 1)


def plain_pdf(paper: CertificatePaper) -> bytes:
    """Draw the same texts as one HTML table."""
    from xhtml2pdf import pisa  # noqa: PLC0415 - imported late, as everywhere

    values = [getattr(paper, name) for name in paper.__slots__ if name != "periods"]
    values += [getattr(one, name) for one in paper.periods for name in one.__slots__]
    cells = "".join(f"<tr><td>{escape(str(value))}</td></tr>" for value in values)
    output = BytesIO()
    pisa.CreatePDF(f'<table border="1">{cells}</table>', dest=output, encoding="utf-8")
    return output.getvalue()


def main() -> int:
    """Measure, print, and say by the exit status whether the limits hold."""
    made = papers(FORMS)
    one = compare(lambda: render_certificate_pdf(made[1]), lambda: plain_pdf(made[1]), REPETITIONS)
    start = perf_counter()
    size = len(render_certificates_pdf(made))
    many = perf_counter() - start
    return report(
        f"考核证明 PDF, median of {REPETITIONS}; {FORMS} forms once",
        [
            ("one form, plain HTML table", f"{one.bare * 1000:.0f} ms", "", True),
            ("one form", f"{one.ours * 1000:.0f} ms", f"<= {ONE * 1000:.0f} ms", one.ours <= ONE),
            ("ratio", f"{one.ratio:.2f}", "", True),
            (f"{FORMS} forms", f"{many:.1f} s", f"<= {MANY:.0f} s", many <= MANY),
            ("their document", f"{size / 2**20:.1f} MB", "", True),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())

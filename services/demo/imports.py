"""A table of people that a clerk of the demo has uploaded, and not confirmed yet."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook

from services.certificates.importing import COLUMNS, DESK
from services.certificates.importing.reading import LAYOUT
from services.identifiers import resident_id_with_check_character

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models import TrialCertificate
    from services.actor import Actor

#: Whose clerk it was.
_PLACE: Final = "武汉市汉口医院"
_FILE_NAME: Final = "{year}年试用人员.xlsx"


def add_import(actors: Mapping[int, Actor], certificates: list[TrialCertificate]) -> None:
    """Upload three new people, one of them with two periods and one with a wrong date."""
    place = next(one.institution for one in certificates if one.institution.name == _PLACE)
    year = max(one.exam_year for one in certificates)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = LAYOUT.sheet_name
    sheet.append([column.header for column in COLUMNS])
    for row in _rows(year):
        sheet.append([row.get(column.key) for column in COLUMNS])
    file = BytesIO()
    book.save(file)
    DESK.upload(actors[place.id], _FILE_NAME.format(year=year), file.getvalue())


def _rows(year: int) -> list[dict[str, Any]]:
    begin, middle, end = dt.date(year - 1, 3, 1), dt.date(year - 1, 9, 1), dt.date(year, 2, 28)
    first = _person(year, "祝小蓉", "42222219970312102", "16012340001")
    second = _person(year, "柯长青", "42232119961120103", "16012340002")
    third = _person(year, "明德润", "42213119980505101", "16012340003")
    return [
        {**first, **_period("内科", begin, end)},
        {**second, **_period("内科", begin, middle - dt.timedelta(days=1))},
        {"id_number": second["id_number"], **_period("急诊科", middle, end)},
        # Begun after it has ended.
        {**third, **_period("外科", end, begin)},
    ]


def _person(year: int, name: str, number: str, phone: str) -> dict[str, Any]:
    return {
        "exam_year": str(year),
        "certificate_type": "试用期",
        "name": name,
        "id_document_code": "居民身份证",
        "id_number": resident_id_with_check_character(number),
        "ethnic_group_code": "汉族",
        "education_code": "大学本科毕业",
        "school": "湖北医药学院",
        "major": "临床医学",
        "graduated_on": f"{year - 2}-06-30",
        "phone": phone,
        "exam_category_code": "临床执业医师",
        "conclusion": "考核中",
    }


def _period(department: str, started_on: dt.date, ended_on: dt.date) -> dict[str, Any]:
    return {
        "department": department,
        "started_on": started_on.isoformat(),
        "ended_on": ended_on.isoformat(),
        "mentor_name": "程立",
        "mentor_practice_certificate_number": "110420102800001",
        "content": f"在带教老师指导下参与{department}日常诊疗，书写病历。",
    }

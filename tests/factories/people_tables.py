"""Import tables of people, as clerks fill them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.certificates.importing import COLUMNS
from tests.factories.certificates import PHYSICIAN, make_id_number
from tests.factories.exam_cycles import YEAR
from tests.factories.workbooks import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HEADERS = [column.header for column in COLUMNS]
KEYS = [column.key for column in COLUMNS]
SHEET = "试用人员"


def person_row(**values: Any) -> dict[str, Any]:
    """Return one row from field to value: a person with a full year, who raises no doubts."""
    return {
        "exam_year": str(YEAR),
        "certificate_type": "试用期",
        "name": "周晓燕",
        "id_document_code": "居民身份证",
        "id_number": values.get("id_number") or make_id_number(),
        "ethnic_group_code": "汉族",
        "education_code": "大学本科毕业",
        "school": "武汉大学",
        "major": "临床医学",
        "graduated_on": "2013-06-30",
        "phone": "13800138000",
        "exam_category_code": "临床执业医师",
        "conclusion": "合格",
        **period_row(),
        **values,
    }


def period_row(**values: Any) -> dict[str, Any]:
    """Return what a row says of one period: a full year of internal medicine."""
    return {
        "department": "内科",
        "started_on": "2016-09-01",
        "ended_on": "2017-08-31",
        "mentor_name": "蒋建国",
        "mentor_practice_certificate_number": PHYSICIAN,
        "content": "内科常见病、多发病的诊治",
        **values,
    }


def people_table(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return an import table with ``rows``, each from field to value."""
    return table([HEADERS, *([row.get(key) for key in KEYS] for row in rows)], title=SHEET)

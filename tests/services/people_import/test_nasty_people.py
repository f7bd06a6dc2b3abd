"""Workbooks of people as clerks send them: the cases of any table, and those of people alone."""

from __future__ import annotations

import datetime as dt

import pytest

from services.certificates import importing
from services.certificates.importing import evaluation, people
from services.errors import DomainError
from services.workbooks import cells, tables
from tests.factories.certificates import ASSISTANT, PHYSICIAN, make_id_number
from tests.factories.people_tables import HEADERS, SHEET, people_table, period_row, person_row
from tests.factories.workbooks import table
from tests.services.importing.row_cases import hold
from tests.services.importing.sheet_cases import Kind, cases_of
from tests.services.people_import.people_cases import (
    NEW,
    WRONG,
    clerk,
    january,
    outcome_of,
    places,
)

__all__ = ["clerk", "january", "places"]

NUMBER, OTHER = make_id_number(), make_id_number()
KEYS = {"id_number": NUMBER}
PEOPLE = Kind(
    title=SHEET,
    columns=importing.COLUMNS,
    row=person_row(id_number=NUMBER),
    other=person_row(id_number=OTHER, name="赵芳"),
    text="school",
    digits="phone",
    number="13800138000",
    long="id_number",
    main="id_number",
    example={"exam_year": "示例", "name": "某某"},
    is_told=False,
)


def one(**values):
    return people_table([person_row(**{**KEYS, **values})])


def two(first=None, second=None):
    """Return a person with a row of two periods; the second has no more than the number."""
    return people_table(
        [
            person_row(**KEYS, ended_on="2017-02-28", **(first or {})),
            {**KEYS, **period_row(started_on="2017-03-01"), **(second or {})},
        ]
    )


CASES = {
    **cases_of(PEOPLE),
    # Days.
    **{
        f"a day as a cell or typed: {value}": (
            lambda value=value: one(graduated_on=value),
            {2: (NEW, {})},
            [],
        )
        for value in (
            dt.date(2013, 6, 30),
            dt.datetime(2013, 6, 30),  # noqa: DTZ001 - a cell has no time zone
            "20130630",
            20130630,
            "2013.6.30",
            "2013/06/30",
            "2013年6月30日",
            "２０１３－０６－３０",
        )
    },
    "a time for a day": (
        lambda: one(graduated_on=dt.datetime(2013, 6, 30, 8)),  # noqa: DTZ001 - a cell has none
        {2: (WRONG, {"graduated_on": "单元格是时间"})},
        [],
    ),
    "a month for a day": (
        lambda: one(graduated_on="2013年6月"),
        {2: (WRONG, {"graduated_on": "这不是日期"})},
        [],
    ),
    "a day that is none": (
        lambda: one(started_on="2017-02-30"),
        {2: (WRONG, {"started_on": "日历上没有这一天"})},
        [],
    ),
    "a period that ends before": (
        lambda: one(ended_on="2016-01-01"),
        {2: (WRONG, {"ended_on": "截止时间应晚于开始时间"})},
        [],
    ),
    # Lists.
    "a code for a name": (
        lambda: one(ethnic_group_code="01"),
        {2: (NEW, {})},
        ["民族：“01”按“汉族”理解"],
    ),
    "a full name of the type": (
        lambda: one(certificate_type="医师资格考试试用期考核证明"),
        {2: (NEW, {})},
        [],
    ),
    "a name that is none": (
        lambda: one(exam_category_code="临床执业助理"),
        {2: (WRONG, {"exam_category_code": "没有“临床执业助理”这个报考类别。是否为"})},
        [],
    ),
    "a heading of the levels": (
        lambda: one(education_code="大学本科"),
        {2: (WRONG, {"education_code": "没有“大学本科”这个学历"})},
        [],
    ),
    "an assistant's category with the second type": (
        lambda: one(
            certificate_type="执业期",
            exam_category_code="临床执业助理医师",
            qualification_certificate_number=f"201442210{NUMBER}",
            practice_certificate_number=ASSISTANT,
        ),
        {2: (WRONG, {"exam_category_code": "只能报考执业医师"})},
        [],
    ),
    "the second type without its numbers": (
        lambda: one(certificate_type="执业期"),
        {
            2: (
                WRONG,
                {
                    "qualification_certificate_number": "请填写",
                    "practice_certificate_number": "请填写",
                },
            )
        },
        [],
    ),
    # Numbers.
    "a small x": (
        lambda: people_table([person_row(id_number="11010519491231002x")]),
        {2: (NEW, {})},
        [],
    ),
    "a wrong number": (
        lambda: one(id_number=NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")),
        {2: (WRONG, {"id_number": "校验"})},
        [],
    ),
    "a gender that the number denies": (
        lambda: one(gender_code="男"),
        {2: (WRONG, {"gender_code": "性别与证件号码不符"})},
        [],
    ),
    "no number": (
        lambda: people_table([{**person_row(), "id_number": None}]),
        {2: (WRONG, {"id_number": people.NO_NUMBER})},
        [],
    ),
    "no year": (
        lambda: one(exam_year=None),
        {2: (WRONG, {"exam_year": "请选择考试年度"})},
        [],
    ),
    "a year in words": (lambda: one(exam_year="2018年度"), {2: (NEW, {})}, []),
    "a year that is none": (
        lambda: one(exam_year="今年"),
        {2: (WRONG, {"exam_year": people.NO_YEAR})},
        [],
    ),
    "a year that is not there": (
        lambda: one(exam_year="2099"),
        {2: (WRONG, {"exam_year": "没有这个考试年度"})},
        [],
    ),
    # Several rows of one person.
    "further periods": (two, {2: (NEW, {})}, []),
    "the same person in full twice": (
        lambda: two(second=person_row(**KEYS, started_on="2017-03-01")),
        {2: (NEW, {})},
        [],
    ),
    "no period at all": (
        lambda: people_table(
            [{key: v for key, v in person_row(**KEYS).items() if key not in period_row()}]
        ),
        {2: (WRONG, {"started_on": "请至少填写一段试用信息"})},
        [],
    ),
    "a remark below the table": (
        lambda: table([HEADERS, PEOPLE.cells(), [None, None, "填表人：张三"]], title=SHEET),
        {2: (NEW, {}), 3: (WRONG, {"id_number": people.NO_NUMBER})},
        [],
    ),
    "one number written in two ways": (
        lambda: people_table(
            [
                person_row(
                    id_number=number,
                    id_document_code="香港身份证",
                    gender_code="女",
                    born_on="1990-05-06",
                )
                for number in ("A123456(3)", "A1234563")
            ]
        ),
        {2: (NEW, {}), 3: (WRONG, {"id_number": evaluation.TWIN.format(row=2)})},
        [],
    ),
}


@pytest.mark.parametrize(("make", "rows", "notes"), CASES.values(), ids=CASES)
def test_rows(clerk, make, rows, notes):
    hold(outcome_of(clerk, make()), rows, notes)


def test_what_contradicts_is_marked_in_its_own_row(clerk):
    data = two(second={"name": "别人", "mentor_name": ""})
    (row,) = outcome_of(clerk, data).rows
    assert row.numbers == [2, 3]
    assert row.errors == {}
    assert row.further_errors == {
        "3": {"name": people.CONTRADICTION.format(row=2), "mentor_name": "请填写带教老师。"}
    }


def test_a_repeated_header_is_nobody_who_lacks_everything(clerk):
    outcome = outcome_of(clerk, table([HEADERS, PEOPLE.cells(), HEADERS], title=SHEET))
    assert outcome.rows[1].errors == {"id_number": tables.REPEATED_HEADER}


def test_no_number_is_repeated_in_full(clerk):
    """Preview and outcome hold what identifies a person masked, however it was typed."""
    spoilt = f"'{NUMBER}"
    rows = [
        person_row(id_number=spoilt, phone="'13800138000"),
        person_row(id_number=OTHER[:-1], phone="1380013800\n0"),
        person_row(
            certificate_type="执业期",
            id_number=make_id_number(),
            qualification_certificate_number=f"'201442210{OTHER}",
            practice_certificate_number=ASSISTANT,
            mentor_practice_certificate_number=PHYSICIAN,
        ),
    ]
    kept = str(outcome_of(clerk, people_table(rows)).rows)
    for number in (NUMBER, OTHER[:-1], "13800138000", "1990-05-06"):
        assert number not in kept


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: table([]), importing.LAYOUT.no_header),
        (lambda: table([HEADERS]), tables.NO_ROWS),
        (lambda: people_table([{"exam_year": "示例"}]), tables.NO_ROWS),
        (
            lambda: table([["姓名", "证件号码", "手机号"], ["x", "y", "z"]]),
            "缺少必需的列：考试年度、报考类型。请在表头中补上，或使用下载的模板。",
        ),
        (
            lambda: table([[*HEADERS, "身份证号"], ["x"]]),
            "表头中有2列都是“证件号码”（E、Y列），请只保留一列。",
        ),
        (
            lambda: people_table([{**PEOPLE.row, "name": str(n)} for n in range(3_001)]),
            "一次最多导入3000行，该工作表超过了这个数量。请分成几个文件，逐个上传。",
        ),
    ],
)
def test_workbook_is_refused(clerk, make, sentence):
    with pytest.raises(DomainError) as refused:
        outcome_of(clerk, make())
    assert refused.value.message == sentence


def test_a_whole_day_is_read_only_where_one_is_meant():
    day = dt.datetime(2017, 8, 31)  # noqa: DTZ001 - a cell has no time zone
    assert cells.read_cell(day, "", is_merged=False, is_number=False, is_date=True).text == (
        "2017-08-31"
    )
    assert cells.read_cell(day, "", is_merged=False, is_number=False).problem

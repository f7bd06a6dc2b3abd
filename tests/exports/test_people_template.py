"""The import table of people: what a clerk finds in it, and that it is read again."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from exports.people_template import people_template_bytes
from services.certificates import importing
from services.errors import DomainError
from services.workbooks import tables
from tests.factories.people_tables import HEADERS

CHOICES = {
    "certificate_type": ["试用期", "执业期"],
    "exam_category_code": ["临床执业医师", "口腔执业医师", "临床执业助理医师"],
    "conclusion": ["合格"],
}


def template():
    return people_template_bytes(2018, dt.date(2018, 1, 31), "武汉市汉口医院", CHOICES, 2)


def test_it_has_headers_lists_examples_and_instructions():
    book = openpyxl.load_workbook(io.BytesIO(template()))
    assert book.sheetnames == ["试用人员", "字典", "填写说明"]
    sheet = book["试用人员"]
    assert [cell.value for cell in sheet[1]] == HEADERS
    assert HEADERS[:5] == ["考试年度*", "报考类型*", "姓名*", "证件类型*", "证件号码*"]
    assert [sheet[f"A{row}"].value for row in (2, 3)] == ["示例", "示例"]
    assert sheet["E2"].value == sheet["E3"].value
    assert {sheet.column_dimensions[letters].number_format for letters in "AEMX"} == {"@"}
    lines = [row[0].value for row in book["填写说明"].iter_rows()]
    assert lines[0] == "2018年度试用人员导入表填写说明"
    assert "2018-01-31" in lines[1]


def test_categories_follow_the_type():
    sheet = openpyxl.load_workbook(io.BytesIO(template()))["试用人员"]
    lists = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation}
    assert lists["A2:A3001"] == "字典!$A$2:$A$2"
    assert lists["N2:N3001"] == 'IF($B2="执业期",字典!$C$2:$C$3,字典!$C$2:$C$4)'


def test_its_examples_are_not_read():
    with pytest.raises(DomainError) as refused:
        tables.read_table(template(), importing.LAYOUT)
    assert refused.value.message == tables.NO_ROWS

"""Cells and sheets that people really send: understood or reported, never altered in silence."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from services.institutions import importing
from services.workbooks import cells, tables
from tests.factories.actors import acting
from tests.factories.workbooks import (
    HEADERS,
    SHEET_PART,
    import_table,
    patched,
    saved,
    table,
    with_sheet,
    xml_row,
)
from tests.services.importing.row_cases import (
    CLINIC,
    CODE,
    NEW,
    WRONG,
    check,
    numbers,
    one,
    tree,
)

__all__ = ["tree"]


def error_cell():
    def edit(sheet):
        sheet["I2"].value, sheet["I2"].data_type = "#N/A", "e"

    return table([HEADERS, ["", *CLINIC.values()]], edit=edit)


def merged():
    def edit(sheet):
        sheet.merge_cells("I2:I3")

    rows = [["", name, "D600 村卫生室", *[""] * 5, "某村"] for name in ("甲卫生室", "乙卫生室")]
    return table([HEADERS, *rows], edit=edit)


def hidden_row():
    def edit(sheet):
        sheet.row_dimensions[2].hidden = True

    return table([HEADERS, ["", *CLINIC.values()]], edit=edit)


def more_sheets():
    book = openpyxl.load_workbook(io.BytesIO(one()))
    first = book.create_sheet("第一张", 0)
    first.append(HEADERS)
    first.append(["", "不该读的卫生室", "D600 村卫生室"])
    book.create_sheet("隐藏").sheet_state = "hidden"
    return saved(book)


def shuffled():
    return table(
        [
            ["医疗机构登记表"],
            [],
            ["备注", "上级机构", "统一社会信用代码", "机构类别（必填）", " 机构 名称＊：", "邮编"],
            ["请核对", "黄陂区卫生局", CODE, "D600 村卫生室", "前川街卫生室", "430300"],
        ]
    )


def lying_dimension():
    return with_sheet(
        xml_row(1, HEADERS) + xml_row(2, ["", *CLINIC.values()]),
        before='<dimension ref="A1:A1"/>',
    )


def without_places():
    """Return a sheet whose cells do not say where they stand, as some programs write them."""
    texts = [HEADERS[:3], ["", *CLINIC.values()]]
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{t}</t></is></c>' for t in row) + "</row>"
        for row in texts
    )
    return with_sheet(rows)


def rich_text():
    rich = "<is><r><t>前川</t></r><r><t>街卫生室</t></r></is>"
    cell = '<c r="C2" t="inlineStr"><is><t>D600</t></is></c>'
    row = f'<row r="2"><c r="B2" t="inlineStr">{rich}</c>{cell}</row>'
    return with_sheet(xml_row(1, HEADERS) + row)


def control_character():
    data = one(address="某村XX号")
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        xml = parts.read(SHEET_PART)
    return patched(data, {SHEET_PART: xml.replace(b"XX", b"_x0007_")})


CASES = {
    # Cells.
    "line break": (
        lambda: one(address="某村 \n2号"),
        {2: (NEW, {})},
        ["机构地址：去掉了单元格内的换行，按“某村 2号”理解"],
    ),
    "control character": (
        control_character,
        {2: (WRONG, {"address": "不可见的控制字符"})},
        [],
    ),
    "formula": (
        lambda: one(address="=cmd|' /C calc'!A0"),
        {2: (WRONG, {"address": "单元格是公式"})},
        [],
    ),
    "error": (error_cell, {2: (WRONG, {"address": "单元格是错误值"})}, []),
    "truth value": (
        lambda: numbers(address=True),
        {2: (WRONG, {"address": "单元格是逻辑值"})},
        [],
    ),
    "digits lost": (
        lambda: numbers(organisation_code=12420100441626842),
        {2: (WRONG, {"organisation_code": cells.LOST_DIGITS})},
        [],
    ),
    "scientific notation": (
        lambda: numbers(organisation_code=1.2420100441626e17),
        {2: (WRONG, {"organisation_code": cells.LOST_DIGITS})},
        [],
    ),
    "scientific notation as text": (
        lambda: one(organisation_code="1.2420100441626E+17"),
        {2: (WRONG, {"organisation_code": "科学记数法（如1.24E+17），后面的数字已经丢失"})},
        [],
    ),
    "a number where text belongs": (lambda: numbers(postcode=430014), {2: (NEW, {})}, []),
    "a fraction where text belongs": (
        lambda: numbers(postcode=430014.5),
        {2: (WRONG, {"postcode": "应为6位"})},
        [],
    ),
    "a number written with a point": (
        lambda: one(postcode="430014.0"),
        {2: (NEW, {})},
        ["邮政编码：“430014.0”按“430014”理解"],
    ),
    "a zero lost": (
        lambda: numbers(postcode=30014),
        {2: (WRONG, {"postcode": "应为6位，现在是5位"})},
        [],
    ),
    "leading apostrophe": (
        lambda: one(postcode="'430014"),
        {2: (NEW, {})},
        ["邮政编码：去掉了开头的撇号，按“430014”理解"],
    ),
    "full width digits": (lambda: one(postcode="４３００１４"), {2: (NEW, {})}, []),
    "a code with hyphens": (
        lambda: one(organisation_code="44162684-2"),
        {2: (NEW, {})},
        ["机构代码：“44162684-2”按“441626842”理解"],
    ),
    "a wrong check character": (
        lambda: one(organisation_code="12420100441626842X"),
        {2: (WRONG, {"organisation_code": "校验位不符"})},
        [],
    ),
    "a foreign postcode": (lambda: one(postcode="100000"), {2: (NEW, {})}, ["不在湖北省范围"]),
    **{
        f"a date: {value}": (
            lambda value=value: numbers(address=value),
            {2: (WRONG, {"address": "单元格被识别为日期或时间"})},
            [],
        )
        for value in (
            dt.date(2017, 3, 5),
            dt.datetime(2017, 3, 5, 8, 30),  # noqa: DTZ001 - a cell has no time zone
            dt.time(8, 30),
            dt.timedelta(hours=30),
        )
    },
    # Sheets.
    "shuffled and more columns": (
        shuffled,
        {4: (NEW, {})},
        ["表头在第3行", "以下列不是导入表的内容，已忽略：备注"],
    ),
    "remarks in a column without a name": (
        lambda: table([["单位编号", "机构名称", "机构类别", ""], ["", *CLINIC.values(), "已核"]]),
        {2: (NEW, {})},
        ["以下列不是导入表的内容，已忽略：D列（没有列名）"],
    ),
    "hidden row": (hidden_row, {2: (NEW, {})}, ["有1行在表中被隐藏（第2行）"]),
    "more sheets": (more_sheets, {2: (NEW, {})}, ["其他工作表未读取：第一张"]),
    "merged cells": (
        merged,
        {2: (WRONG, {"address": cells.MERGED}), 3: (WRONG, {"address": cells.MERGED})},
        [],
    ),
    "a second header": (
        lambda: table([HEADERS, ["", *CLINIC.values()], HEADERS, ["", "乙", "D600"]]),
        {2: (NEW, {}), 3: (WRONG, {"name": tables.REPEATED_HEADER}), 4: (NEW, {})},
        [],
    ),
    "example": (
        lambda: import_table([{"unit_number": "示例", "name": "某某"}, CLINIC]),
        {3: (NEW, {})},
        ["第2行是示例"],
    ),
    "blank rows": (
        lambda: table([HEADERS, [], ["", *CLINIC.values()], [], ["  ", " ", "\u3000"], [None]]),
        {3: (NEW, {})},
        [],
    ),
    "a remark below the table": (
        lambda: table([HEADERS, ["", *CLINIC.values()], ["填表人：张三"]]),
        {2: (NEW, {}), 3: (WRONG, {"name": "请填写机构名称", "category_code": "请填写"})},
        [],
    ),
    "lying dimension": (lying_dimension, {2: (NEW, {})}, []),
    "cells without places": (without_places, {2: (NEW, {})}, []),
    "rich text": (rich_text, {2: (NEW, {})}, []),
}


@pytest.mark.parametrize(("make", "rows", "notes"), CASES.values(), ids=CASES)
def test_rows(tree, make, rows, notes):
    check(tree, make, rows, notes)


@pytest.mark.parametrize("key", ["wrong content type", "name without a suffix"])
def test_content_decides_and_not_the_name(tree, key):
    with acting(tree.actor):
        batch = importing.upload(tree.actor, "C:\\机构\\" + key, one())
    assert (batch.file_name, batch.new_count) == (key, 1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_wrong(value):
    """A part written by hand can hold them; Excel cannot."""
    read = cells.read_cell(value, "", is_merged=False, is_number=True)
    assert read.problem == cells.LOST_DIGITS

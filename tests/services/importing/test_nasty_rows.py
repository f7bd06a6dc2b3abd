"""What becomes of rows that people really type: understood or reported, never altered in silence.

Row 1 is the header, the case's rows follow.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from models import utc_now
from models.institution import BIN
from services.institutions import importing, names
from services.institutions.importing import cells, evaluation, reading
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_former_name, make_institution
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

CODE = "12420100441626842Y"
CLINIC = {"name": "前川街卫生室", "category_code": "D600 村卫生室"}
NEW, CHANGED, UNCHANGED, WRONG = "new", "changed", "unchanged", "wrong"


@pytest.fixture
def tree(app):
    """A city with two counties and their institutions, and another city with one."""

    class Tree:
        province = make_bureau(name="湖北省卫生局")
        city = make_bureau(province, name="武汉市卫生局", category_code="Z2")
        county = make_bureau(city, name="黄陂区卫生局")
        hospital = make_institution(
            county, name="黄陂区医院（东院）", category_code="A1", address="旧址", postcode="430300"
        )
        locked = make_institution(county, name="锁定的医院", address="旧址", locked_at=utc_now())
        other_city = make_bureau(province, name="宜昌市卫生局")
        foreign = make_institution(other_city, name="夷陵医院")
        binned = make_bureau(
            county, name="撤销的卫生局", path=f"{BIN}{county.path}00ZZ", deleted_at=utc_now()
        )
        actor = make_actor(city)

    make_former_name(Tree.hospital, name="黄陂县医院")
    make_former_name(Tree.foreign, name="夷陵县医院")
    return Tree


def outcome_of(tree, data):
    with acting(tree.actor):
        return importing.preview_of(
            tree.actor, importing.upload(tree.actor, "机构.xlsx", data).id
        ).outcome


def one(**values):
    """Return a table with one row: a new clinic, with what the case is about."""
    return import_table([{**CLINIC, **values}])


def numbers(**values):
    """Return a table with one row whose cells are the values as they are, formats included."""
    return table([HEADERS], edit=lambda sheet: _fill(sheet, values))


def _fill(sheet, values):
    for key, value in {**CLINIC, **values}.items():
        sheet.cell(2, [c.key for c in importing.COLUMNS].index(key) + 1, value)


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


#: Name → (workbook, row → (status, field → part of the sentence), parts of notes).
CASES = {
    "a new one": (one, {2: (NEW, {})}, []),
    # Names.
    "name of one outside": (
        lambda: one(name="夷陵医院"),
        {2: (WRONG, {"name": names.NAME_TAKEN})},
        [],
    ),
    "name of one in the recycle bin": (lambda: one(name="撤销的卫生局"), {2: (NEW, {})}, []),
    "former name of one outside": (
        lambda: one(name="夷陵县医院"),
        {2: (WRONG, {"name": names.NAME_TAKEN})},
        [],
    ),
    "former name of one inside": (
        lambda: one(name="黄陂县医院"),
        {2: (WRONG, {"name": names.NAME_TAKEN})},
        [],
    ),
    "name that differs by width only": (
        lambda: one(name="黄陂区医院(东院)"),
        {2: (WRONG, {"name": "“黄陂区医院（东院）”只有全角半角或空格不同"})},
        [],
    ),
    "name twice": (
        lambda: import_table([CLINIC, {**CLINIC}]),
        {2: (WRONG, {"name": "与第3行"}), 3: (WRONG, {"name": "与第2行"})},
        [],
    ),
    "name twice with another width": (
        lambda: import_table(
            [{**CLINIC, "name": "卫生室(一)"}, {**CLINIC, "name": "卫生室（一）"}]
        ),
        {2: (WRONG, {"name": "与第3行"}), 3: (WRONG, {"name": "与第2行"})},
        [],
    ),
    "code twice": (
        lambda: import_table(
            [
                {**CLINIC, "organisation_code": CODE},
                {**CLINIC, "name": "另一家", "organisation_code": CODE},
            ]
        ),
        {2: (NEW, {}), 3: (NEW, {})},
        ["机构代码：与第3行相同", "机构代码：与第2行相同"],
    ),
    "no name": (lambda: one(name=""), {2: (WRONG, {"name": "请填写机构名称"})}, []),
    "no category": (
        lambda: one(category_code=""),
        {2: (WRONG, {"category_code": "请填写机构类别"})},
        [],
    ),
    "name too long": (
        lambda: one(name="长" * 101),
        {2: (WRONG, {"name": "不能超过100个字，现在是101个字"})},
        [],
    ),
    "rare characters and emoji": (lambda: one(name="𬭎山𠀋医院🏥"), {2: (NEW, {})}, []),
    "blanks around": (lambda: one(name="  前川街卫生室\u3000"), {2: (NEW, {})}, []),
    "control character": (
        control_character,
        {2: (WRONG, {"address": "不可见的控制字符"})},
        [],
    ),
    "line break": (
        lambda: one(address="某村\n2号"),
        {2: (WRONG, {"address": "不可见的控制字符"})},
        [],
    ),
    # Codes and their names.
    "unknown category": (
        lambda: one(category_code="火星医院"),
        {2: (WRONG, {"category_code": "所选机构类别不存在"})},
        [],
    ),
    "category by code": (
        lambda: one(category_code="d600"),
        {2: (NEW, {})},
        ["机构类别：“d600”按“D600 村卫生室”理解"],
    ),
    "category by name": (
        lambda: one(category_code="综合医院"),
        {2: (NEW, {})},
        ["机构类别：“综合医院”按“A100 综合医院”理解"],
    ),
    "category of full width": (lambda: one(category_code="Ｄ６００　村卫生室"), {2: (NEW, {})}, []),
    "level by code": (lambda: one(level_code=3), {2: (NEW, {})}, ["机构级别：“3”按“三级”理解"]),
    "unknown level": (
        lambda: one(level_code="四级"),
        {2: (WRONG, {"level_code": "所选机构级别不存在"})},
        [],
    ),
    # Where a new one goes.
    "below a lower bureau": (lambda: one(parent_id="黄陂区卫生局"), {2: (NEW, {})}, []),
    "below one outside": (
        lambda: one(parent_id="宜昌市卫生局"),
        {2: (WRONG, {"parent_id": "不存在或不在您的管理范围内"})},
        [],
    ),
    "below the superior": (
        lambda: one(parent_id="湖北省卫生局"),
        {2: (WRONG, {"parent_id": "不存在或不在您的管理范围内"})},
        [],
    ),
    "below nobody": (
        lambda: one(parent_id="没有的局"),
        {2: (WRONG, {"parent_id": "不存在或不在您的管理范围内"})},
        [],
    ),
    "below one in the recycle bin": (
        lambda: one(parent_id="撤销的卫生局"),
        {2: (WRONG, {"parent_id": "不存在或不在您的管理范围内"})},
        [],
    ),
    "below one by another width": (
        lambda: one(parent_id="黄陂区医院(东院)"),
        {2: (NEW, {})},
        ["信息上报：“黄陂区医院(东院)”按“黄陂区医院（东院）”理解"],
    ),
    "a bureau below a hospital": (
        lambda: one(name="某局", category_code="Z3", parent_id="黄陂区医院（东院）"),
        {2: (WRONG, {"parent_id": "考试管理机构只能上报到考试管理机构"})},
        [],
    ),
    "a clinic before its bureau": (
        lambda: import_table(
            [
                {**CLINIC, "parent_id": "新区卫生局"},
                {"name": "新区卫生局", "category_code": "Z3"},
            ]
        ),
        {2: (NEW, {}), 3: (NEW, {})},
        [],
    ),
    "below a wrong row": (
        lambda: import_table(
            [{**CLINIC, "parent_id": "新区卫生局"}, {"name": "新区卫生局", "category_code": "?"}]
        ),
        {
            2: (WRONG, {"parent_id": "“新区卫生局”在第3行，该行有错误"}),
            3: (WRONG, {"category_code": "不存在"}),
        },
        [],
    ),
    "below itself": (
        lambda: one(parent_id="前川街卫生室"),
        {2: (WRONG, {"parent_id": evaluation.IN_CIRCLE})},
        [],
    ),
    "in a circle": (
        lambda: import_table(
            [
                {"name": "甲局", "category_code": "Z3", "parent_id": "乙局"},
                {"name": "乙局", "category_code": "Z3", "parent_id": "甲局"},
            ]
        ),
        {
            2: (WRONG, {"parent_id": evaluation.IN_CIRCLE}),
            3: (WRONG, {"parent_id": evaluation.IN_CIRCLE}),
        },
        [],
    ),
    "too deep": (
        lambda: import_table(
            [
                {"name": f"局{n}", "category_code": "Z3", "parent_id": f"局{n - 1}" if n else ""}
                for n in range(9)
            ]
        ),
        {
            **{row: (NEW, {}) for row in range(2, 9)},
            9: (WRONG, {"parent_id": "机构层级过多"}),
            10: (WRONG, {"parent_id": "“局7”在第9行，该行有错误"}),
        },
        [],
    ),
    # Known ones.
    "nothing changed": (
        lambda: import_table([{"name": "黄陂区医院（东院）", "category_code": "综合医院"}]),
        {2: (UNCHANGED, {})},
        [],
    ),
    "empty cells change nothing": (
        lambda: import_table(
            [{"name": "黄陂区医院（东院）", "category_code": "A1", "address": ""}]
        ),
        {2: (UNCHANGED, {})},
        ["机构类别：“A1”按“A1 综合医院”理解"],
    ),
    "another address": (
        lambda: import_table([{"name": "黄陂区医院（东院）", "address": "新址"}]),
        {2: (CHANGED, {})},
        [],
    ),
    "category of the other kind": (
        lambda: import_table([{"name": "黄陂区医院（东院）", "category_code": "Z3"}]),
        {2: (WRONG, {"category_code": evaluation.OTHER_KIND})},
        [],
    ),
    "a move": (
        lambda: import_table([{"name": "黄陂区医院（东院）", "parent_id": "武汉市卫生局"}]),
        {2: (WRONG, {"parent_id": "导入不能变更信息上报（现为“黄陂区卫生局”）"})},
        [],
    ),
    "locked and changed": (
        lambda: import_table([{"name": "锁定的医院", "address": "新址"}]),
        {2: (WRONG, {"address": "已锁定"})},
        [],
    ),
    "locked and unchanged": (
        lambda: import_table([{"name": "锁定的医院", "address": "旧址"}]),
        {2: (UNCHANGED, {})},
        [],
    ),
    "the own institution": (
        lambda: import_table([{"name": "武汉市卫生局", "address": "新址"}]),
        {2: (WRONG, {"name": evaluation.OWN_RECORD})},
        [],
    ),
    "a number that is nobody's": (
        lambda: one(unit_number="39999"),
        {2: (WRONG, {"unit_number": "没有这个单位编号"})},
        [],
    ),
    "a number that is none": (
        lambda: one(unit_number="第1家"),
        {2: (WRONG, {"unit_number": "没有这个单位编号"})},
        [],
    ),
    # Cells.
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
        {2: (WRONG, {"organisation_code": "应为9位组织机构代码或18位"})},
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
    "hidden row": (hidden_row, {2: (NEW, {})}, ["有1行在表中被隐藏（第2行）"]),
    "more sheets": (more_sheets, {2: (NEW, {})}, ["其他工作表未读取：第一张"]),
    "merged cells": (
        merged,
        {2: (WRONG, {"address": cells.MERGED}), 3: (WRONG, {"address": cells.MERGED})},
        [],
    ),
    "a second header": (
        lambda: table([HEADERS, ["", *CLINIC.values()], HEADERS, ["", "乙", "D600"]]),
        {2: (NEW, {}), 3: (WRONG, {"name": reading.REPEATED_HEADER}), 4: (NEW, {})},
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
    outcome = outcome_of(tree, make())
    assert {row.number: row.status.value for row in outcome.rows} == {
        number: status for number, (status, _errors) in rows.items()
    }, [row.errors for row in outcome.rows]
    for row in outcome.rows:
        expected = rows[row.number][1]
        assert expected.keys() <= row.errors.keys()
        for key, part in expected.items():
            assert part in row.errors[key]
    said = [*outcome.notes, *(note for row in outcome.rows for note in row.notes)]
    for note in notes:
        assert any(note in one for one in said), said


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

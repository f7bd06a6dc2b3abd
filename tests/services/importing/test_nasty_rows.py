"""Rows that people really type, held against the library: understood or reported."""

from __future__ import annotations

import pytest

from extensions import db
from services.institutions import names
from services.institutions.importing import evaluation
from services.scope import Reason, unscoped
from tests.factories.workbooks import (
    import_table,
)
from tests.services.importing.row_cases import (
    CHANGED,
    CLINIC,
    CODE,
    INSIDE,
    NEW,
    OUTSIDE,
    UNCHANGED,
    WRONG,
    check,
    one,
    outcome_of,
    tree,
)

__all__ = ["tree"]

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
        {2: (WRONG, {"name": "“黄陂区医院（东院）”的曾用名"})},
        [],
    ),
    "name that differs by width only": (
        lambda: one(name="黄陂区医院(东院)"),
        {2: (WRONG, {"name": "“黄陂区医院（东院）”只有全角半角、空格或括号不同"})},
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
    "code of one inside": (
        lambda: one(organisation_code=INSIDE),
        {2: (NEW, {})},
        ["机构代码：该机构代码已登记在“锁定的医院”名下"],
    ),
    "code of one outside": (
        lambda: one(organisation_code=OUTSIDE),
        {2: (NEW, {})},
        ["机构代码：该机构代码已登记在其他机构名下"],
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
    # Codes and their names.
    "unknown category": (
        lambda: one(category_code="火星医院"),
        {2: (WRONG, {"category_code": "没有“火星医院”这个机构类别。"})},
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
    "nearly a category": (
        lambda: one(category_code="村卫生站"),
        {2: (WRONG, {"category_code": "没有“村卫生站”这个机构类别。是否为“D600 村卫生室”？请"})},
        [],
    ),
    "unknown level": (
        lambda: one(level_code="四级"),
        {2: (WRONG, {"level_code": "没有“四级”这个机构级别。请从下拉"})},
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
    "a bureau that does not suit its place": (
        lambda: import_table(
            [
                {"name": "甲委", "category_code": "Z1"},
                {"name": "乙委", "category_code": "Z"},
                {"name": "丙委", "category_code": "Z2"},
                {"name": "丁局", "category_code": "Z3", "parent_id": "黄陂区卫生局"},
                {"name": "戊局", "category_code": "Z3"},
                {"name": "己局", "category_code": "Z3", "parent_id": "戊局"},
                {"name": "黄陂区卫生局", "category_code": "Z2"},
            ]
        ),
        {
            2: (WRONG, {"category_code": "“省卫计委”只用于考区"}),
            3: (WRONG, {"category_code": "是类别的总称"}),
            4: (WRONG, {"category_code": "“市州卫计委”不能上报到“武汉市卫生局”"}),
            5: (WRONG, {"category_code": "不能上报到“黄陂区卫生局”"}),
            6: (NEW, {}),
            7: (WRONG, {"category_code": "不能上报到“戊局”"}),
            8: (WRONG, {"category_code": "不能上报到“武汉市卫生局”"}),
        },
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
            3: (WRONG, {"category_code": "没有“?”"}),
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
            [{**CLINIC, "name": f"所{n}", "parent_id": f"所{n - 1}" if n else ""} for n in range(9)]
        ),
        {
            **{row: (NEW, {}) for row in range(2, 9)},
            9: (WRONG, {"parent_id": "机构层级过多"}),
            10: (WRONG, {"parent_id": "“所7”在第9行，该行有错误"}),
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
}


@pytest.mark.parametrize(("make", "rows", "notes"), CASES.values(), ids=CASES)
def test_rows(tree, make, rows, notes):
    check(tree, make, rows, notes)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("综合医院", "A1 综合医院"), ("中医医院", "A2 中医医院"), ("", "A1 综合医院")],
)
def test_the_category_shown_is_the_one_that_the_record_will_have(tree, typed, shown):
    data = import_table([{"name": "黄陂区医院（东院）", "category_code": typed}])
    (row,) = outcome_of(tree, data).rows
    assert row.category == shown


def test_codes_are_doubted_only_where_they_are_new(tree):
    """What the library has already is not doubted, nor what is given away in the same file."""
    rows = [
        {"name": "黄陂区医院（东院）", "organisation_code": OUTSIDE},
        {**CLINIC, "organisation_code": CODE},
    ]
    with unscoped(Reason.MAINTENANCE):
        tree.hospital.organisation_code = CODE
        db.session.flush()
    first, second = outcome_of(tree, import_table(rows)).rows
    assert "名下" in "".join(first.notes)
    assert "名下" not in "".join(second.notes)
    again = import_table([{"name": "黄陂区医院（东院）", "organisation_code": CODE}])
    assert not any("名下" in note for row in outcome_of(tree, again).rows for note in row.notes)

"""Cells and sheets that people really send: understood or reported, never altered in silence."""

from __future__ import annotations

import pytest

from services.institutions import importing
from services.workbooks import cells
from tests.factories.actors import acting
from tests.factories.workbooks import HEADERS, table
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
from tests.services.importing.sheet_cases import Kind, cases_of

__all__ = ["tree"]


def shuffled():
    return table(
        [
            ["医疗机构登记表"],
            [],
            ["备注", "上级机构", "统一社会信用代码", "机构类别（必填）", " 机构 名称＊：", "邮编"],
            ["请核对", "黄陂区卫生局", CODE, "D600 村卫生室", "前川街卫生室", "430300"],
        ]
    )


INSTITUTIONS = Kind(
    title="机构",
    columns=importing.COLUMNS,
    row=CLINIC,
    other={"name": "后川街卫生室", "category_code": "D600 村卫生室"},
    text="address",
    digits="postcode",
    number="430014",
    long="organisation_code",
    main="name",
    example={"unit_number": "示例", "name": "某某"},
)

CASES = {
    **cases_of(INSTITUTIONS),
    "a fraction where text belongs": (
        lambda: numbers(postcode=430014.5),
        {2: (WRONG, {"postcode": "应为6位"})},
        [],
    ),
    "a zero lost": (
        lambda: numbers(postcode=30014),
        {2: (WRONG, {"postcode": "应为6位，现在是5位"})},
        [],
    ),
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
    "shuffled and other names": (
        shuffled,
        {4: (NEW, {})},
        ["表头在第3行", "以下列不是导入表的内容，已忽略：备注"],
    ),
    "a remark below the table": (
        lambda: table([HEADERS, ["", *CLINIC.values()], ["填表人：张三"]]),
        {2: (NEW, {}), 3: (WRONG, {"name": "请填写机构名称", "category_code": "请填写"})},
        [],
    ),
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

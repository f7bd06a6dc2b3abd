"""The import table that is given out, and the user's own workbook with its errors marked."""

from __future__ import annotations

import io
import resource
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from exports.http import XLSX
from exports.import_template import (
    INSTRUCTIONS,
    import_table_bytes,
    library_file,
    template_bytes,
)
from exports.marked_workbook import AUTHOR, CannotMarkError, marked_workbook
from services.institutions.importing import COLUMNS
from services.institutions.importing.reading import read_table
from tests.factories.workbooks import HEADERS, saved, table

CHOICES = {
    "category_code": ["A100 综合医院", "D600 村卫生室"],
    "parent_id": ["武汉市卫生局", "=cmd|' /C calc'!A0"],
    "level_code": ["三级"],
}


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def test_template_has_headers_lists_example_and_instructions():
    book = opened(template_bytes(CHOICES))
    assert book.sheetnames == ["机构", "字典", "填写说明"]
    sheet = book["机构"]
    assert [cell.value for cell in sheet[1]] == HEADERS
    assert HEADERS[:4] == ["单位编号", "机构名称*", "机构类别*", "信息上报"]
    assert sheet["A2"].value == "示例"
    assert sheet["D2"].value == "武汉市卫生局"
    assert sheet.freeze_panes == "A2"
    assert book["字典"].sheet_state == "hidden"
    assert [row[0].value for row in book["填写说明"].iter_rows()] == list(INSTRUCTIONS)


def test_columns_are_text_and_lists_are_offered():
    sheet = opened(template_bytes(CHOICES))["机构"]
    for column in "ABCDEFGHIJKLM":
        assert sheet.column_dimensions[column].number_format == "@"
    lists = {str(one.sqref): one for one in sheet.data_validations.dataValidation}
    assert lists["C2:C5001"].formula1 == "字典!$A$2:$A$3"
    assert lists["C2:C5001"].showErrorMessage
    assert not lists["D2:D5001"].showErrorMessage
    assert set(lists) == {"C2:C5001", "D2:D5001", "K2:K5001"}


def test_no_name_of_an_institution_becomes_a_formula():
    book = opened(import_table_bytes([["", "=1+1", *[""] * 11]], CHOICES))
    assert (book["机构"]["B2"].value, book["机构"]["B2"].data_type) == ("=1+1", "s")
    assert book["字典"]["B3"].data_type == "s"


def test_the_example_is_not_read_and_its_values_would_be_right():
    data = template_bytes(CHOICES)
    with pytest.raises(Exception, match="示例行不会导入"):
        read_table(data)
    book = opened(data)
    book["机构"]["A2"].value = None
    (row,) = read_table(saved(book)).rows
    assert {c.key for c in COLUMNS if row.text(c.key)} >= {"name", "category_code", "parent_id"}


def marked(data, errors, header_row=1):
    return opened(marked_workbook(data, "机构", header_row, errors))


def test_wrong_cells_are_coloured_and_explained():
    rows = [["表"], HEADERS, ["", "甲", "=1+1"], ["", "乙", "D600"]]
    data = table(
        rows, edit=lambda sheet: setattr(sheet["B3"], "comment", Comment("旧批注", "张三"))
    )
    sheet = marked(data, {3: {2: "名称不对。", 3: "类别不对。"}}, header_row=2)["机构"]
    assert sheet["B3"].fill.start_color.rgb == "00FFC7CE"
    assert sheet["B3"].comment.text == "名称不对。\n\n旧批注"
    assert sheet["C3"].comment.author == AUTHOR
    # Formulas are kept as they are.
    assert sheet["C3"].value == "=1+1"
    assert sheet["N2"].value == "导入错误说明"
    assert sheet["N3"].value == "名称不对。\n类别不对。"
    assert (sheet["N4"].value, sheet["B4"].comment) == (None, None)


def test_marks_of_an_earlier_check_go():
    data = table(
        [HEADERS, ["", "甲", "?"], ["", "乙", "D600"]],
        edit=lambda sheet: setattr(
            sheet["B3"], "fill", PatternFill("solid", start_color="FFFF00", end_color="FFFF00")
        ),
    )
    first = marked_workbook(data, "机构", 1, {2: {3: "类别不对。"}, 3: {3: "也不对。"}})
    assert "导入错误说明" not in read_table(first).notes
    sheet = marked(first, {3: {2: "名称不对。"}})["机构"]
    assert [cell.value for cell in sheet[1]].count("导入错误说明") == 1
    assert (sheet["C2"].comment, sheet["C2"].fill.fill_type, sheet["N2"].value) == (
        None,
        None,
        None,
    )
    assert sheet["B3"].comment.text == "名称不对。"
    assert sheet["N3"].value == "名称不对。"


def test_the_own_comment_comes_back():
    def comment(sheet):
        sheet["B2"].comment = Comment("旧批注\n\n两段", "张三")

    data = table([HEADERS, ["", "甲", "?"]], edit=comment)
    first = marked_workbook(data, "机构", 1, {2: {2: "名称不对。"}})
    again = marked(first, {2: {2: "还是不对。"}})["机构"]["B2"].comment
    assert again.text == "还是不对。\n\n旧批注\n\n两段"
    right = marked(first, {2: {3: "类别不对。"}})["机构"]["B2"].comment
    assert (right.text, right.author) == ("旧批注\n\n两段", "张三")


def test_a_column_without_a_header_keeps_its_remarks():
    rows = [HEADERS, ["", "甲", "?", *[None] * (len(HEADERS) - 3), "本人备注"]]
    sheet = marked(table(rows), {2: {3: "类别不对。"}})["机构"]
    place = len(HEADERS) + 1
    assert sheet.cell(2, place).value == "本人备注"
    assert sheet.cell(1, place + 1).value == "导入错误说明"
    assert sheet.cell(2, place + 1).value == "类别不对。"


def test_a_format_far_out_costs_nothing():
    def far(sheet):
        sheet["L1048576"].fill = PatternFill("solid", start_color="FFFF00", end_color="FFFF00")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sheet = marked(table([HEADERS, ["", "甲", "?"]], edit=far), {2: {3: "类别不对。"}})["机构"]
    assert sheet["C2"].comment.text == "类别不对。"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024


def test_other_sheets_merged_cells_and_the_marked_one_first():
    book = opened(table([HEADERS, ["", "甲"], ["", None]]))
    book["机构"].merge_cells("B2:B3")
    book.create_sheet("备注", 0)["A1"] = "不动"
    result = marked(saved(book), {2: {2: "合并了。"}, 3: {2: "合并了。"}})
    assert result["备注"]["A1"].value == "不动"
    assert result.active.title == "机构"
    assert result["机构"]["B2"].comment.text == "合并了。"
    assert result["机构"]["N3"].value == "合并了。"


def test_what_cannot_be_opened_again_is_said():
    with pytest.raises(CannotMarkError):
        marked_workbook(b"PK\x03\x04", "机构", 1, {})
    with pytest.raises(CannotMarkError):
        marked_workbook(table([HEADERS]), "别的表", 1, {})


def test_a_large_library_comes_in_parts_that_can_be_uploaded(monkeypatch):
    monkeypatch.setattr("exports.import_template.MOST_DATA_ROWS", 2)
    rows = [["", f"第{n}卫生室", *[""] * 11] for n in range(5)]
    whole = library_file(rows[:2], CHOICES)
    assert (whole.name, whole.mimetype) == ("机构导入表（现有机构）.xlsx", XLSX)
    assert len(read_table(whole.data).rows) == 2

    parts = library_file(iter(rows), CHOICES)
    assert (parts.name, parts.mimetype) == ("机构导入表（现有机构）.zip", "application/zip")
    with ZipFile(io.BytesIO(parts.data)) as archive:
        names = archive.namelist()
        found = [[row.text("name") for row in read_table(archive.read(n)).rows] for n in names]
    assert names[2] == "机构导入表（现有机构）第3部分，共3部分.xlsx"
    assert found == [["第0卫生室", "第1卫生室"], ["第2卫生室", "第3卫生室"], ["第4卫生室"]]


def test_an_empty_library_is_an_empty_table():
    sheet = opened(library_file([], CHOICES).data)["机构"]
    assert [[cell.value for cell in row] for row in sheet] == [HEADERS]

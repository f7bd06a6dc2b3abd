"""Rows to xlsx."""

from __future__ import annotations

import datetime as dt
import zipfile
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.columns import Column
from exports.row_xml import clean
from exports.workbook import workbook_bytes, write_workbook

COLUMNS = (
    Column("name", "姓名", 12),
    Column("id_number", "证件号码", 20),
    Column("count", "数量", 6, "integer"),
    Column("born_on", "出生日期", 12, "date"),
)


def written(rows, columns=COLUMNS, title="花名册", **options):
    """Return the sheet as somebody reads it back."""
    data = workbook_bytes(title, columns, rows, **options)
    return openpyxl.load_workbook(BytesIO(data)).active


def one_text(text):
    """Return the cell of a single text."""
    return written([(text,)], COLUMNS[:1])["A2"]


def test_values_come_back_in_their_kinds():
    sheet = written([("周𬭎", "420222199001011234", 3, dt.date(1990, 1, 1))])
    assert [cell.value for cell in sheet[1]] == ["姓名", "证件号码", "数量", "出生日期"]
    name, id_number, count, born_on = sheet[2]
    assert (name.value, name.data_type, name.number_format) == ("周𬭎", "s", "@")
    assert (id_number.value, id_number.data_type) == ("420222199001011234", "s")
    assert id_number.number_format == "@"
    assert (count.value, count.data_type) == (3, "n")
    assert (born_on.value, born_on.number_format) == (dt.datetime(1990, 1, 1), "yyyy-mm-dd")  # noqa: DTZ001
    assert born_on.is_date


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=", '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "#N/A", "#REF!", "TRUE",
     "00123", "1e5", "2018-01-04", "\t=1", " 空 ", "a\nb", "<b>&amp;</b>", "𬭎㛃䶮"],
)  # fmt: skip
def test_text_stays_text(text):
    cell = one_text(text)
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=50))
def test_any_text_comes_back_but_for_what_xml_cannot_hold(text):
    cell = one_text(text)
    assert (cell.value or "") == clean(text)
    assert cell.data_type != "f"


def test_control_characters_are_taken_out():
    assert one_text("王\x00\x07\x1b\ufffe芳\ud800").value == "王芳"


def test_text_longer_than_a_cell_is_cut_visibly():
    value = one_text("医" * 40_000).value
    assert len(value) == 32_767
    assert value.endswith("医…")


def test_empty_values_are_empty_cells():
    sheet = written([(None, "", None, None), ("后", None, 0, None)])
    assert [cell.value for cell in sheet[2]] == [None] * 4
    assert [cell.value for cell in sheet[3]] == ["后", None, 0, None]
    with zipfile.ZipFile(BytesIO(workbook_bytes("x", COLUMNS, [(None, "", None, None)]))) as made:
        assert b'<c r="A2" s="' in (xml := made.read("xl/worksheets/sheet1.xml"))
    assert xml.split(b'<row r="2">')[1].count(b"inlineStr") == 0


def test_rows_do_not_leak_into_each_other():
    rows = [(f"n{number}", str(number) * 3, number, None) for number in range(50)]
    sheet = written(rows)
    assert [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)] == rows


def test_other_values_become_text():
    assert one_text(12).value == "12"


def test_times_of_day_are_left_off_dates():
    moment = dt.datetime(2018, 1, 4, 15, 30, tzinfo=dt.UTC)
    cell = written([(moment,)], COLUMNS[3:])["A2"]
    assert cell.value == dt.datetime(2018, 1, 4)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("kind", "value"), [("date", "2018-01-04"), ("integer", "3"), ("integer", True)]
)
def test_values_of_another_kind_are_refused(kind, value):
    with pytest.raises(TypeError):
        workbook_bytes("x", [Column("x", "x", 5, kind)], [(value,)])


def test_rows_never_lie_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows():
        yield ("a", "b", 1, None)
        assert not list(tmp_path.iterdir())
        raise ConnectionError

    with pytest.raises(ConnectionError):
        workbook_bytes("x", COLUMNS, rows())
    assert not list(tmp_path.iterdir())
    workbook_bytes("x", COLUMNS, [("a", "b", 1, None)])
    assert not list(tmp_path.iterdir())


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match="one value for each column"):
        workbook_bytes("x", COLUMNS, [("只有一个",)])


def test_header_is_frozen_filtered_and_repeated_in_print():
    sheet = written([("a", "b", 1, None)] * 3)
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D4"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet["A1"].font.bold
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.column_dimensions["B"].width == 21


def test_banner_stands_above_the_header():
    sheet = written([("a", "b", 1, None)], banner=("=标题", "机构：某医院"))
    assert (sheet["A1"].value, sheet["A1"].data_type) == ("=标题", "s")
    assert sheet["A2"].value == "机构：某医院"
    assert {str(merged) for merged in sheet.merged_cells.ranges} == {"A1:D1", "A2:D2"}
    assert sheet["A3"].value == "姓名"
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == "A3:D4"
    assert sheet.print_title_rows == "$3:$3"


def test_sheet_without_rows_has_its_header():
    sheet = written([])
    assert sheet.max_row == 1
    assert sheet.auto_filter.ref == "A1:D1"


@pytest.mark.parametrize(
    ("title", "shown"),
    [("花名册", "花名册"), ("a/b:c*?[d]\\", "a b c   d"), ("册" * 40, "册" * 31), ("//", "Sheet1")],
)
def test_titles_are_such_as_excel_takes(title, shown):
    assert written([], title=title).title == shown


def test_rows_are_read_once_and_one_at_a_time():
    alive = 0
    most = 0

    class Row(tuple):
        __slots__ = ()

        def __del__(self):
            nonlocal alive
            alive -= 1

    def rows():
        nonlocal alive, most
        for _ in range(1_000):
            alive += 1
            most = max(most, alive)
            yield Row(("a", "b", 1, None))

    write_workbook("x", COLUMNS, rows(), BytesIO())
    assert most <= 3

"""The consolidated roster on paper and as a sheet."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

import pytest
from openpyxl import load_workbook

from exports.consolidated import (
    COLUMNS,
    ConsolidatedPaper,
    numbered,
    render_consolidated_pdf,
    write_consolidated_workbook,
)
from exports.fonts import MissingGlyphError
from tests.exports.papers import LONGEST_NAME, RARE_NAMES, pages_of, squeezed, text_of


def people(count, **values):
    return tuple(
        numbered(
            {
                "institution_name": f"某县某镇第{number}卫生院",
                "roster": "第1批",
                "name": f"考生{number}",
                "gender": "女",
                "id_number": "42222219900506026X",
                "education": "大学本科毕业",
                "major": "临床医学",
                "exam_category": "临床执业医师",
                "period_text": "2016.09-2017.02\n2017.03-2017.08",
                "months": "12个月",
                "mentor": "蒋建国（110420102000001）",
                "submission_code": f"18A-{number:04}-CNXT-10M8-A-01",
                "remark": "不在列",
                **values,
            }
            for number in range(count)
        )
    )


def paper(count=3, **values):
    return ConsolidatedPaper(
        "某某市卫生和计划生育委员会",
        2018,
        "已备案",
        dt.date(2018, 3, 1),
        (("临床执业医师", count),),
        people(count, **values),
    )


def test_every_row_is_printed_and_the_head_repeats():
    made = paper(60)
    data = render_consolidated_pdf(made)
    text = squeezed(text_of(data))
    for one in made.people:
        assert one.submission_code in text
    pages = len(pages_of(data))
    assert pages > 1
    assert text.count("证件号码") == pages
    assert "共60人（临床执业医师60人）" in text
    assert f"共{pages}页" in text


def test_equal_papers_give_equal_bytes():
    assert render_consolidated_pdf(paper()) == render_consolidated_pdf(paper())


@pytest.mark.parametrize("name", [*RARE_NAMES, LONGEST_NAME])
def test_names_come_back(name):
    assert squeezed(name) in squeezed(text_of(render_consolidated_pdf(paper(1, name=name))))


def test_what_no_font_can_draw_is_named():
    with pytest.raises(MissingGlyphError):
        render_consolidated_pdf(paper(1, name="\U0002ffff"))


def test_the_sheet_has_the_same_columns_and_texts():
    file = BytesIO()
    made = paper(2, name="=1+1")
    write_consolidated_workbook(made, made.people, file)
    sheet = load_workbook(BytesIO(file.getvalue())).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[3][0] == "共 2 人：临床执业医师 2 人"
    assert rows[4] == [column.label for column in COLUMNS]
    assert rows[5][3] == "=1+1"
    assert sheet.cell(6, 4).data_type == "s"
    assert rows[5][5] == "42222219900506026X"
    assert len(rows) == 7

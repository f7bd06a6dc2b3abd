"""The roster on paper and as a sheet."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from exports.fonts import MissingGlyphError
from exports.rosters import (
    BREADTH,
    COLUMNS,
    TITLE,
    grid_columns,
    render_roster_pdf,
    roster_workbook,
    roster_workbook_bytes,
)
from tests.exports.papers import (
    CODE,
    LONG_DEPARTMENT,
    LONGEST_NAME,
    RARE_NAMES,
    drawing_of,
    fonts_of,
    pages_of,
    person,
    roster,
    squeezed,
    text_of,
)

HARD_TEXTS = (
    "<img src=file:///etc/passwd>",
    "<b>粗</b>",
    "</style><style>*{color:red}</style>",
    "<!-- 注 -->",
    "{{ 7*7 }}{% raw %}",
    "&amp;&lt;&#20013;",
    '<pdf:flowable name="people">',
    r"(x) \n [y] 100%",
    "=1+1",
)


@pytest.fixture(scope="module")
def forty() -> bytes:
    """A roster of forty people, printed."""
    return render_roster_pdf(roster(40))


def test_every_name_number_and_code_comes_back(forty):
    text = text_of(forty)
    for one in roster(40).people:
        assert one.name in text
        assert one.id_number in text
        assert one.submission_code in text
        assert squeezed(one.mentor) in text


def test_id_numbers_and_codes_are_never_broken(forty):
    lines = {word for page in pages_of(forty) for word in page.split()}
    for one in roster(40).people:
        assert one.id_number in lines
        assert one.submission_code in lines


@pytest.mark.parametrize("digit", "0123456789")
def test_a_stretch_of_time_is_never_broken(digit):
    stretch = "2026.02-2026.08".replace("6", digit)
    pdf = render_roster_pdf(roster((person(period_text=f"{stretch}\n2017.01-2017.06"),)))
    words = pages_of(pdf)[0].split()
    assert {stretch, "2017.01-2017.06"} <= set(words)


@pytest.mark.parametrize("digit", "0123456789")
@pytest.mark.parametrize("name", ["李玉", "欧阳振华", "阿卜杜拉·买买提"])
def test_the_number_of_a_mentor_is_never_broken(name, digit):
    mentors = f"{name}（1104201{digit * 8}）\n钟平（110420100788550）"
    words = pages_of(render_roster_pdf(roster((person(mentor=mentors),))))[0].split()
    assert {f"（1104201{digit * 8}）", "（110420100788550）", name} <= set(words)


def test_a_name_of_eight_characters_stands_on_one_line():
    pdf = render_roster_pdf(roster((person(name="阿卜杜拉·买买提"),)))
    assert "阿卜杜拉·买买提" in pages_of(pdf)[0].split()


@pytest.mark.parametrize("name", [*RARE_NAMES, LONGEST_NAME])
def test_rare_and_long_names_come_back(name):
    assert name in text_of(render_roster_pdf(roster((person(name=name),))))


def test_title_is_large_and_stands_in_the_middle():
    title = max(drawing_of(render_roster_pdf(roster()), 0).runs, key=lambda run: run.size)
    assert title.size >= 18
    assert title.left + title.width / 2 == pytest.approx(842 / 2, abs=1)


def test_head_holds_what_identifies_the_roster(forty):
    first = squeezed(pages_of(forty)[0])
    paper = roster()
    for text in (
        TITLE,
        f"机构名称：{paper.institution_name}",
        f"医疗机构登记号：{paper.registration_number}",
        f"接收单位：{paper.bureau_name}",
        "考试年度：2018年",
        "批次：第一批",
        "考核类型：试用期考核",
    ):
        assert text in first


def test_mixed_kinds_are_named_both():
    text = text_of(render_roster_pdf(roster(certificate_kind="")))
    assert "考核类型：试用期考核、执业期考核" in text


def test_the_end_holds_count_notes_and_seals(forty):
    text = text_of(forty)
    for part in (
        "本名册共40人",
        "注：1.加盖单位公章后报送备案。2.涂改无效。",
        "经办人：",
        "负责人签字：",
    ):
        assert part in text
    for part in (
        "单位公章：",
        "签收人：",
        "接收单位盖章：",
        "接收单位：武汉市黄陂区卫生和计划生育局",
    ):
        assert part in text
    assert text.count("年月日") == 3


def test_head_row_is_repeated_on_every_page_with_rows(forty):
    for page in pages_of(forty):
        if "422222" in page:
            assert all(squeezed(column.label) in squeezed(page) for column in COLUMNS)


@pytest.mark.parametrize("people", [1, 40, 60])
def test_foot_stands_on_every_page(people):
    pdf = render_roster_pdf(roster(people))
    pages = pages_of(pdf)
    for number, page in enumerate(pages, 1):
        text = squeezed(page)
        assert f"第{number}页共{len(pages)}页" in text
        assert f"花名册编码：{CODE}第3版" in text
        assert "打印日期：2018年1月4日" in text
    for page in PdfReader(BytesIO(pdf)).pages:
        assert "/FormXob.PageCode" in page["/Resources"]["/XObject"]


def test_without_a_code_there_is_no_qr_code():
    pdf = render_roster_pdf(roster(code=""))
    assert "花名册编码：（未编号）" in text_of(pdf)
    assert all(
        "/FormXob.PageCode" not in page["/Resources"]["/XObject"]
        for page in PdfReader(BytesIO(pdf)).pages
    )


def test_rows_keep_the_order_given_and_none_is_lost():
    people = tuple(person(position) for position in (7, 3, 9, 1, *range(20, 60)))
    text = text_of(render_roster_pdf(roster(people)))
    assert re.findall(r"42222219900101(\d{4})", text) == [f"{one.position:04}" for one in people]


# From one name on the second page to one on the third: every way in which a page can end.
@pytest.mark.parametrize("people", range(9, 29))
def test_seals_never_stand_without_a_name(people):
    for page in pages_of(render_roster_pdf(roster(people))):
        if "负责人签字" in page:
            assert "422222" in page


def test_a_roster_of_nobody_can_be_printed():
    assert "本名册共0人" in text_of(render_roster_pdf(roster(0)))


def test_all_fonts_are_embedded(forty):
    fonts = fonts_of(forty)
    assert fonts
    assert all(fonts.values()), fonts


def test_paper_is_a4_landscape(forty):
    for page in PdfReader(BytesIO(forty)).pages:
        assert [round(float(side)) for side in page.mediabox[2:]] == [842, 595]


@pytest.mark.parametrize("watermark", ["已作废", "草稿"])
def test_watermark_stands_on_every_page(watermark):
    pages = pages_of(render_roster_pdf(roster(60, watermark=watermark)))
    assert len(pages) > 1
    assert all(watermark in squeezed(page) for page in pages)


def test_no_watermark_unless_asked(forty):
    assert not {"已作废", "草稿"} & set(text_of(forty))


def test_equal_papers_give_equal_bytes(forty):
    assert render_roster_pdf(roster(40)) == forty


def test_the_only_date_is_the_date_of_printing():
    info = PdfReader(BytesIO(render_roster_pdf(roster()))).metadata
    assert info.creation_date.date() == info.modification_date.date() == dt.date(2018, 1, 4)


@pytest.mark.parametrize("field", ["name", "department", "remark"])
def test_missing_glyph_names_the_character(field):
    with pytest.raises(MissingGlyphError) as caught:
        render_roster_pdf(roster((person(**{field: "张𠀀"}),)))
    assert caught.value.character == "𠀀"
    assert "“𠀀”（U+20000）" in caught.value.message


@pytest.mark.parametrize("field", ["institution_name", "bureau_name", "batch", "watermark"])
def test_missing_glyph_in_the_head_is_found_too(field):
    with pytest.raises(MissingGlyphError, match="U\\+1F600"):
        render_roster_pdf(roster(1, **{field: "😀"}))


def test_missing_glyph_in_a_note_is_found_too():
    with pytest.raises(MissingGlyphError):
        render_roster_pdf(roster(1, notes=("好", "😀")))


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_markup_is_printed_as_it_is(text):
    people = (person(name=text, department=text, remark=text),)
    pdf = render_roster_pdf(
        roster(people, institution_name=text, bureau_name=text, batch=text, notes=(text,))
    )
    # Name, department, remark; head and foot; bureau twice; batch; note.
    assert text_of(pdf).count(squeezed(text)) == 9


def test_control_characters_are_left_out():
    pdf = render_roster_pdf(
        roster(
            (person(name="王\x00\x1b\u202e\u200b\ufeff芳"),), institution_name="武\x07汉\u2066市"
        )
    )
    assert "王芳" in text_of(pdf)
    assert "机构名称：武汉市" in text_of(pdf)


def test_text_taller_than_a_page_goes_on_overleaf():
    text = "".join(chr(0x4E00 + number) for number in range(2_000))
    pages = pages_of(render_roster_pdf(roster((person(), person(2, remark=text), person(3)))))
    assert len(pages) > 2
    shown = "".join(squeezed(page) for page in pages)
    for start in range(0, 2_000, 5):
        assert text[start : start + 2] in shown
    assert "422222199001010003" in shown


HARD_PEOPLE = (
    *(person(position, name=name) for position, name in enumerate(RARE_NAMES, 1)),
    person(5, name=LONGEST_NAME, department=LONG_DEPARTMENT, remark=LONG_DEPARTMENT),
    person(6, name="A1" * 14, id_number="W" * 40, submission_code="M" * 60, gender="不详不详"),
    person(7, mentor=f"{LONGEST_NAME}（110420105001234）\n张三（110420105001235）"),
    person(
        8, education="研究生教育（博士研究生毕业）", months="1200个月", conclusion="不合格不合格"
    ),
    person(9, period_text="2017.01-2017.06；2017.08-2018.08；2018.09-2018.12", major="，" * 60),
)


@pytest.mark.parametrize(
    "paper",
    [
        pytest.param(roster(40), id="ordinary"),
        pytest.param(roster(HARD_PEOPLE), id="hard"),
        pytest.param(
            roster(
                3,
                institution_name="武汉市黄陂区前川街道社区卫生服务中心" * 6,
                registration_number="A1" * 60,
                bureau_name="B2" * 60,
                batch="第一批" * 20,
                code="W" * 60,
                notes=("注" * 400, "C3" * 200),
            ),
            id="head",
        ),
    ],
)
def test_nothing_overprints_and_nothing_leaves_the_paper(paper):
    pdf = render_roster_pdf(paper)
    for number in range(len(pages_of(pdf))):
        runs = drawing_of(pdf, number).runs
        for one, other in itertools.combinations(runs, 2):
            assert not one.overlaps(other), (one, other)
        for run in runs:
            assert run.left >= 28
            assert run.left + run.width <= 842 - 20
            assert 8 <= run.baseline <= 595 - 28


@pytest.mark.parametrize("people", [roster(40).people, HARD_PEOPLE], ids=["ordinary", "hard"])
def test_text_stays_between_the_rules_of_its_cell(people):
    pdf = render_roster_pdf(roster(people))
    inside = 0
    for number in range(len(pages_of(pdf))):
        drawing = drawing_of(pdf, number)
        upright = {
            (round(x, 2), *sorted((y, top))) for x, y, x2, top in drawing.rules if abs(x - x2) < 0.1
        }
        # The rules inside the table run from its foot to its head.
        longest = max((top - y for _, y, top in upright), default=0)
        rules = {rule for rule in upright if rule[2] - rule[1] > longest - 0.1}
        foot, head = min(r[1] for r in rules), max(r[2] for r in rules)
        for run in drawing.runs:
            if foot < run.baseline < head and len(rules) >= len(COLUMNS) - 1:
                inside += 1
                crossed = [x for x, _, _ in rules if run.left < x < run.left + run.width]
                assert not crossed, run
    assert inside > len(people) * 10


def test_printed_columns_fill_the_breadth_of_the_paper():
    assert sum(column.width for column in grid_columns()) == pytest.approx(BREADTH)


def test_sheet_has_the_same_columns_below_its_head():
    file = BytesIO()
    paper = roster((person(name="=1+1", remark="+1"), person(2, name="周𬭎")), watermark="草稿")
    roster_workbook(paper, file)
    sheet = load_workbook(file).active
    rows = list(sheet.iter_rows())
    assert rows[0][0].value == TITLE
    head = "".join(row[0].value for row in rows[:4])
    for text in (paper.institution_name, paper.bureau_name, CODE, "第 3 版", "共 2 人", "草稿"):
        assert text in head
    assert [cell.value for cell in rows[4]] == [column.label for column in COLUMNS]
    assert [cell.value for cell in rows[5]][:4] == [1, "=1+1", "女", "422222199001010001"]
    assert rows[6][1].value == "周𬭎"
    assert sheet.freeze_panes == "A6"
    assert sheet.auto_filter.ref == "A5:N7"
    assert not [cell for row in rows for cell in row if cell.data_type == "f"]


def test_sheet_as_bytes_is_a_workbook():
    assert load_workbook(BytesIO(roster_workbook_bytes(roster(2)))).active["A7"].value == 2

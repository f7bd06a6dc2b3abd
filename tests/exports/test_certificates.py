"""The certificates of one person on paper."""

from __future__ import annotations

import datetime as dt
import itertools
from io import BytesIO

import pytest
from pypdf import PdfReader

from exports.certificates import TITLES, render_certificate_pdf
from exports.fonts import MissingGlyphError
from tests.exports.papers import (
    LONGEST_NAME,
    RARE_NAMES,
    certificate,
    drawing_of,
    fonts_of,
    pages_of,
    period,
    squeezed,
    text_of,
)

PRACTICE = {
    "form": "practice",
    "qualification_number": "201442221422222199001011234",
    "qualified_on": dt.date(2014, 12, 1),
    "practice_number": "210420116001234",
    "first_registered_on": dt.date(2015, 3, 1),
    "periods": (period(content="临床类别，内科专业", mentor_name="", mentor_licence_number=""),),
}


def test_trial_form_holds_its_cells():
    text = text_of(render_certificate_pdf(certificate()))
    for part in (
        f"{TITLES['trial']}（2018年度）",
        "姓名周𬭎性别男出生年月1990年1月民族维吾尔族",
        "所学专业中西医临床医学学历大学本科取得学历年月2016年6月",
        "毕业学校湖北中医药大学报考类别中西医结合执业医师",
        "证件类型居民身份证有效身份证件号码422222199001011234",
        "试用机构名称武汉市黄陂区人民医院登记号42011643000142011611A1001",
        "地址武汉市黄陂区前川街百秀街259号邮编430300电话027-61001234",
        "起止时间科室（岗位）试用工作内容带教老师姓名带教老师医师执业证书编码带教老师签字",
        "2017.01-2017.06内科病历书写、查房、诊疗操作。张三110420105001234",
        "累计时长6个月考核结论合格√不合格□",
        "试用期考核情况",
        "试用机构意见",
        "法定代表人签字：",
        "单位公章：",
        "备注",
        "提交编码：18A-7K3F-9QXW-B2MD-C-03第3版",
        "第1页共1页",
    ):
        assert part in text
    assert "助理" not in text


def test_title_is_large_and_stands_in_the_middle():
    title = max(drawing_of(render_certificate_pdf(certificate()), 0).runs, key=lambda run: run.size)
    assert title.size >= 18
    assert title.left + title.width / 2 == pytest.approx(595 / 2, abs=1)


def test_practice_form_holds_its_cells():
    text = text_of(render_certificate_pdf(certificate(**PRACTICE)))
    for part in (
        TITLES["practice"],
        "执业助理医师资格证书编码201442221422222199001011234取得时间2014年12月1日",
        "执业助理医师执业证书编码210420116001234首次注册时间2015年3月1日",
        "执业机构名称武汉市黄陂区人民医院",
        "起止时间科室（岗位）执业类别与执业范围",
        "2017.01-2017.06内科临床类别，内科专业",
        "执业期考核情况",
        "执业机构意见",
    ):
        assert part in text
    assert "带教老师" not in text


def test_what_is_not_known_stays_blank():
    text = text_of(render_certificate_pdf(certificate(graduated_on=None, conclusion="", phone="")))
    assert "取得学历年月毕业学校" in text
    assert "合格□不合格□" in text


def test_practice_form_without_dates_can_be_printed():
    values = {**PRACTICE, "qualified_on": None, "first_registered_on": None}
    assert "首次注册时间执业机构" in text_of(render_certificate_pdf(certificate(**values)))


def test_failing_ticks_the_other_box():
    text = text_of(render_certificate_pdf(certificate(conclusion="不合格")))
    assert "考核结论合格□不合格√" in text


@pytest.mark.parametrize("name", [*RARE_NAMES, LONGEST_NAME])
def test_rare_and_long_names_come_back(name):
    pdf = render_certificate_pdf(certificate(name=name, periods=(period(mentor_name=name),)))
    assert text_of(pdf).count(name) == 2


def test_period_elsewhere_names_the_institution():
    text = text_of(
        render_certificate_pdf(certificate(periods=(period(institution_name="武汉市第一医院"),)))
    )
    assert "内科（武汉市第一医院）" in text


@pytest.mark.parametrize("count", [1, 3, 12, 40])
def test_many_periods_go_on_overleaf(count):
    periods = tuple(period(department=f"科室{number}号") for number in range(count))
    pages = pages_of(render_certificate_pdf(certificate(periods=periods)))
    text = squeezed("".join(pages))
    assert all(f"科室{number}号" in text for number in range(count))
    for number, page in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in squeezed(page)
        assert "提交编码：18A-7K3F-9QXW-B2MD-C-03" in squeezed(page)
        if "科室" in page:
            assert "起止时间" in page
    assert "科室" in pages[-1]


@pytest.mark.parametrize(
    "text", ["<img src=file:///etc/passwd>", "<b>粗</b>", "{{ 1 }}", "&lt;b&gt;", "=1+1"]
)
def test_markup_is_printed_as_it_is(text):
    fields = ("name", "school", "institution_name", "address", "assessment", "opinion", "remark")
    pdf = render_certificate_pdf(certificate(notes=(text,), **dict.fromkeys(fields, text)))
    assert text_of(pdf).count(squeezed(text)) == len(fields) + 1


@pytest.mark.parametrize("field", ["name", "assessment", "remark", "address"])
def test_missing_glyph_names_the_character(field):
    with pytest.raises(MissingGlyphError) as caught:
        render_certificate_pdf(certificate(**{field: "张𠀀"}))
    assert caught.value.character == "𠀀"


def test_missing_glyph_in_a_period_is_found_too():
    with pytest.raises(MissingGlyphError):
        render_certificate_pdf(certificate(periods=(period(mentor_name="𠀀"),)))


def test_equal_papers_give_equal_bytes():
    assert render_certificate_pdf(certificate()) == render_certificate_pdf(certificate())


def test_papers_of_different_people_differ():
    one, other = certificate(), certificate(name="㛃")
    assert render_certificate_pdf(one) != render_certificate_pdf(other)


@pytest.mark.parametrize("values", [{}, PRACTICE], ids=["trial", "practice"])
def test_paper_is_a4_portrait_of_one_page_with_embedded_fonts(values):
    pdf = render_certificate_pdf(certificate(**values))
    pages = PdfReader(BytesIO(pdf)).pages
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
    assert len(pages) == 1
    assert all(fonts_of(pdf).values())


def test_watermark():
    assert "已作废" in text_of(render_certificate_pdf(certificate(watermark="已作废")))


LONG = "A1b2C3d4E5" * 12


@pytest.mark.parametrize(
    "values",
    [
        {},
        PRACTICE,
        {
            "name": LONG[:28],
            "ethnic_group": LONG[:20],
            "education": LONG[:30],
            "school": LONG[:70],
            "id_number": LONG[:40],
            "institution_name": "武汉市黄陂区前川街道社区卫生服务中心" * 4,
            "registration_number": LONG[:40],
            "address": LONG,
            "postcode": LONG[:20],
            "phone": LONG[:30],
            "assessment": LONG * 3,
            "opinion": LONG,
            "remark": LONG * 2,
            "periods": (
                period(department=LONG[:30], content=LONG * 2, mentor_name=LONG[:28]),
                period(content="轮转" * 300, institution_name=LONG[:40]),
            ),
            "notes": (LONG * 3, "注" * 200),
        },
    ],
    ids=["trial", "practice", "long"],
)
def test_nothing_overprints_and_nothing_leaves_the_paper(values):
    pdf = render_certificate_pdf(certificate(**values))
    for number in range(len(pages_of(pdf))):
        runs = drawing_of(pdf, number).runs
        for one, other in itertools.combinations(runs, 2):
            assert not one.overlaps(other), (one, other)
        for run in runs:
            assert run.left >= 48
            assert run.left + run.width <= 595 - 40
            assert 30 <= run.baseline <= 842 - 40

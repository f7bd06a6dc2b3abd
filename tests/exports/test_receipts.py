"""The receipt of a filing, on paper."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from exports.fonts import MissingGlyphError
from exports.receipts import MOST_LISTED, ReceiptPaper, ReceiptPerson, render_receipt_pdf
from tests.exports.papers import CODE, LONGEST_NAME, RARE_NAMES, pages_of, text_of

A4 = (595, 842)


def receipt(people=3, **values):
    return ReceiptPaper(
        **{
            "institution_name": "黄陂区前川街环城社区卫生服务中心",
            "registration_number": "44162684242010211A1001",
            "bureau_name": "黄陂区卫生和计划生育委员会",
            "exam_year": 2018,
            "batch": "第1批",
            "code": CODE,
            "version": 2,
            "headcount": people,
            "submitted_on": dt.date(2018, 1, 15),
            "filed_on": dt.date(2018, 1, 20),
            "filed_at": "2018-01-20 10:12",
            "people": tuple(
                ReceiptPerson(number, f"王{chr(0x4E00 + number)}", "临床执业医师", f"C-{number:04}")
                for number in range(1, people + 1)
            ),
            **values,
        }
    )


def test_it_says_who_filed_what_and_when():
    text = text_of(render_receipt_pdf(receipt()))
    for words in (
        "备案回执",
        "黄陂区前川街环城社区卫生服务中心",
        "44162684242010211A1001",
        "黄陂区卫生和计划生育委员会",
        "2018年度，第1批，第2版",
        "3人",
        "2018年1月15日",
        "2018-01-20",
        "备案日期：2018年1月20日",
        CODE,
        "王七",
        "C-0003",
    ):
        assert words.replace(" ", "") in text.replace(" ", "").replace("\n", ""), words


def test_a_short_list_stands_on_one_page_and_a_long_one_is_left_to_the_roster():
    short = pages_of(render_receipt_pdf(receipt(MOST_LISTED)))
    assert len(short) == 1
    assert f"C-{MOST_LISTED:04}" in short[0]
    long = render_receipt_pdf(receipt(MOST_LISTED + 1))
    assert len(pages_of(long)) == 1
    assert "C-0001" not in text_of(long)
    assert "人员名单见花名册" in text_of(long)


@pytest.mark.parametrize("name", [*RARE_NAMES, LONGEST_NAME])
def test_rare_and_long_names_come_back(name):
    one = ReceiptPerson(1, name, "临床执业医师", "C-0001")
    assert name in "".join(text_of(render_receipt_pdf(replace(receipt(1), people=(one,)))).split())


def test_it_is_a4_upright():
    (page,) = PdfReader(BytesIO(render_receipt_pdf(receipt()))).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == A4


def test_equal_receipts_give_equal_bytes():
    assert render_receipt_pdf(receipt()) == render_receipt_pdf(receipt())


def test_what_cannot_be_printed_is_named():
    with pytest.raises(MissingGlyphError):
        render_receipt_pdf(receipt(institution_name="\U0001f600医院"))

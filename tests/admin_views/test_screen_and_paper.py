"""Screens and paper agree to the letter: whatever a form shows of a certificate is printed."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser

import pytest

from extensions import db
from models import CertificateType
from tests.admin_views.screen_cases import city, clerk, text_of, tree
from tests.factories.certificates import (
    certificate_input,
    make_certificate,
    period_input,
    practice_input,
)
from tests.factories.exam_cycles import make_exam_cycle

__all__ = ["city", "clerk", "tree"]

GRID = "/admin/certificates/"
#: What a form asks for and no paper has, each for a reason.
NOT_PRINTED = {
    # A phone changes, and is no content of the code.
    "phone",
    # It is the title of the paper.
    "certificate_type",
}
#: A practice form has no mentors: nobody watches over an assistant's own practice.
MENTOR = re.compile(r"periods-\d+-mentor_(name|practice_certificate_number)")
DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


class Shown(HTMLParser):
    """Reads the values of a record's form as a person sees them, by the names of its fields."""

    def __init__(self, text):
        super().__init__()
        self.values = {}
        self._select = self._is_chosen = self._area = None
        self.feed(text.split('class="record"')[1].split("</form>")[0])

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "select":
            self._select = found["name"]
        elif tag == "option":
            self._is_chosen = "selected" in found
        elif tag == "textarea":
            self._area = found["name"]
        elif tag == "input" and found.get("type") not in {"hidden", "checkbox"}:
            self.values[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None
        elif tag == "option":
            self._is_chosen = False
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._select and self._is_chosen and data.strip():
            self.values[self._select] = data.strip()
        elif self._area and data.strip():
            self.values[self._area] = data.strip()


def squeezed(text):
    return "".join(text.split())


def is_on(text, value):
    date = DATE.fullmatch(value)
    if date is None:
        return squeezed(value) in text
    year, month, _day = date.groups()
    # Papers print months, as the form of the ministry does.
    ways = (f"{year}年{int(month)}月", f"{year}年{month}月", f"{year}.{month}")
    return any(way in text for way in ways)


@pytest.mark.parametrize("kind", list(CertificateType))
def test_what_the_screen_shows_is_on_the_paper(city, clerk, kind):
    make_exam_cycle()
    given = {
        "name": "阿卜杜拉·买买提",
        "school": "湖北中医药大学（黄家湖校区）",
        "major": "中西医临床医学",
        "periods": (
            period_input(department="急诊医学科", content="门诊；病房\n值班"),
            period_input(
                place_name="某某县人民医院",
                place_id=None,
                department="心血管内科",
                started_on=dt.date(2017, 3, 1),
                ended_on=dt.date(2017, 8, 31),
            ),
        ),
    }
    entered = certificate_input if kind is CertificateType.TRIAL else practice_input
    row = make_certificate(clerk.actor, **vars(entered(**given)))
    db.session.commit()
    shown = Shown(city.post(f"{GRID}{row.id}/reveal/").text).values
    text = text_of(clerk.get(f"{GRID}{row.id}/print.pdf"))
    is_practice = kind is CertificateType.PRACTICE
    printed = {
        name: value
        for name, value in shown.items()
        if value and name not in NOT_PRINTED and not (is_practice and MENTOR.fullmatch(name))
    }
    # The cell is called 性别 already.
    printed["gender_code"] = "性别" + printed["gender_code"].removesuffix("性")
    assert len(printed) > 20
    assert {name: value for name, value in printed.items() if not is_on(text, value)} == {}
    assert row.submission_code in text

"""The desk shows the form as it is printed: the same labels, the same texts, in the same order."""

from __future__ import annotations

import io
import re

import pypdf
import pytest

from exports.certificates import render_certificate_pdf
from exports.papers import certificate_papers
from exports.review_sheet import UNKNOWN, lines_of
from models import RosterState
from services import reviews
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate, period_input, practice_input
from tests.factories.rosters import make_roster
from tests.services.review_cases import edit, january, made, places, printed, reviewer

__all__ = ["january", "made", "places", "reviewer"]
#: Lines that the form has in another way: its title, and boxes to tick.
_OTHERWISE = {"证明名称", "考核结论"}


def text_of(certificate):
    (paper,) = certificate_papers([certificate])
    pages = pypdf.PdfReader(io.BytesIO(render_certificate_pdf(paper))).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


@pytest.mark.parametrize("kind", ["trial", "practice", "two places"])
def test_screen_and_paper_agree_to_the_letter(places, reviewer, kind):
    values = {
        "trial": {},
        "practice": vars(practice_input()),
        "two places": {
            "periods": (
                period_input(place_name=places.hospital.name),
                period_input(
                    started_on=period_input().started_on.replace(year=2015),
                    ended_on=period_input().ended_on.replace(year=2016),
                ),
            )
        },
    }[kind]
    row = printed(places.clerk, make_certificate(places.clerk, **values))
    with acting(places.clerk):
        paper = text_of(row)
    lines = lines_of(reviews.look_up(reviewer, row.submission_code))

    for line in lines:
        label = line.label.rpartition(" ")[2]
        if label not in _OTHERWISE:
            assert label in paper, label
        # A period is printed on two lines, with its place below the department.
        assert all(part in paper for part in re.split(r"\s", line.paper)), line
        assert (line.differs_today, line.filed) == (False, UNKNOWN)
    # The form is read from its head to its foot.
    place = 0
    for label in [line.label for line in lines if line.label not in _OTHERWISE][:15]:
        place = paper.index(label, place)


def test_differences_are_marked(places, made, reviewer):
    make_roster(places.clerk, [made], state=RosterState.PRINTED)
    old = made.submission_code
    changed = (period_input(department="外科"), *made_more())
    edit(places.clerk, made, school="同济医科大学", major="全科医学", periods=changed)
    lines = {line.label: line for line in lines_of(reviews.look_up(reviewer, old))}

    assert {label for label, line in lines.items() if line.differs_today} == {
        *("毕业学校", "所学专业", "第1段 科室（岗位）", "累计时长"),
        *(label for label in lines if label.startswith("第2段")),
    }
    # The roster was made of the version on the paper.
    assert {label for label, line in lines.items() if line.differs_filed} == set()
    seen = reviews.look_up(reviewer, made.submission_code)
    filed = {line.label for line in lines_of(seen) if line.differs_filed}
    assert {"毕业学校", "所学专业", "第1段 科室（岗位）"} <= filed


def made_more():
    usual = period_input()
    return (
        period_input(
            started_on=usual.started_on.replace(year=2015),
            ended_on=usual.ended_on.replace(year=2016),
        ),
    )

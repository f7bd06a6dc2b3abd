"""Which schooling each law admits (domain.md §2.1), as a table of its own."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from models import CertificateType, ExamLaw
from services.certificates.schooling import PHYSICIAN, suffices
from tests.factories.certificates import certificate_input
from tests.factories.doubts import sentences_of
from tests.factories.exam_cycles import make_exam_cycle

OLD, NEW = ExamLaw.PRACTICE_1998, ExamLaw.PHYSICIANS_2021
TRIAL, PRACTICE = CertificateType.TRIAL, CertificateType.PRACTICE
ASSISTANT = "执业助理医师"
BACHELOR, COLLEGE, SECONDARY = "bachelor_or_above", "college", "secondary"


@pytest.mark.parametrize(
    ("law", "kind", "level", "least"),
    [
        (OLD, TRIAL, PHYSICIAN, BACHELOR),
        (NEW, TRIAL, PHYSICIAN, BACHELOR),
        (OLD, PRACTICE, PHYSICIAN, SECONDARY),
        (NEW, PRACTICE, PHYSICIAN, COLLEGE),
        (OLD, TRIAL, ASSISTANT, SECONDARY),
        (NEW, TRIAL, ASSISTANT, COLLEGE),
    ],
)
def test_what_is_enough(law, kind, level, least):
    ladder = (SECONDARY, COLLEGE, BACHELOR)
    for band in ladder:
        enough = ladder.index(band) >= ladder.index(least)
        assert suffices(law, kind, level, "110", band) is enough
    assert not suffices(law, kind, level, "110", None)
    # 师承和确有专长 need no schooling under either law.
    assert suffices(law, kind, level, "341", None)


@pytest.mark.usefixtures("session")
def test_the_doubt_follows_the_law_of_the_year():
    data = certificate_input(education_code="41", exam_category_code="210")
    with time_machine.travel(dt.datetime(2018, 1, 10, tzinfo=dt.UTC), tick=False):
        make_exam_cycle(law=OLD)
        assert sentences_of(data) == []
        make_exam_cycle(law=NEW)
        (doubt,) = sentences_of(data)
    assert doubt.startswith("2018年度适用医师法（2022年3月1日起施行），报考一般应为专科以上学历")

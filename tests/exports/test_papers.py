"""From stored records to what is printed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pytest
import time_machine

from exports.papers import certificate_columns, certificate_papers, certificate_row, roster_paper
from models import Conclusion, RosterState
from models.exam_cycle import ROSTER_NOTES
from services import certificates, rosters, scope
from services.certificates import input_of
from tests.factories.certificates import (
    ASSISTANT,
    PHYSICIAN,
    certificate_input,
    make_certificate,
    period_input,
    practice_input,
)
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.places import make_places
from tests.factories.rosters import make_roster

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def places(app):
    found = make_places()
    make_exam_cycle()
    return found


@pytest.fixture
def clerk(places):
    scope.bind(places.clerk)
    return places.clerk


def certificate_paper(certificate):
    (paper,) = certificate_papers([certificate])
    return paper


class TestRosterPaper:
    def test_prints_the_snapshot_whatever_has_changed_since(self, places, clerk, session):
        made = make_certificate(clerk)
        roster = make_roster(clerk, [made])
        name = places.hospital.name
        first = roster_paper(roster)

        certificates.update(clerk, made, replace(input_of(made), name="周改名"), made.version)
        places.hospital.name = "改了名的医院"
        session.commit()
        session.expire_all()

        assert roster_paper(roster) == first
        assert first.institution_name == name
        assert [person.name for person in first.people] == ["周晓燕"]
        assert first.people[0].id_number == made.id_number
        assert (first.batch, first.version, first.code) == ("第1批", 1, roster.code)

    @pytest.mark.parametrize(
        ("state", "watermark"),
        [
            (RosterState.DRAFT, "草稿"),
            (RosterState.PRINTED, None),
            (RosterState.SUBMITTED, None),
            (RosterState.FILED, None),
            (RosterState.RETURNED, "作废"),
            (RosterState.VOIDED, "作废"),
        ],
    )
    def test_watermark(self, places, clerk, state, watermark):
        roster = make_roster(clerk, state=state, bureau=places.city)

        assert roster_paper(roster).watermark == watermark

    def test_date_is_that_of_the_print_in_china(self, clerk):
        with time_machine.travel(dt.datetime(2018, 1, 15, 17, tzinfo=dt.UTC), tick=False):
            roster = make_roster(clerk, state=RosterState.PRINTED)

        assert roster_paper(roster).printed_on == dt.date(2018, 1, 16)
        assert roster_paper(make_roster(clerk)).printed_on == dt.date(2018, 1, 15)

    def test_kind_stands_in_the_head_when_there_is_one(self, clerk):
        trial = make_certificate(clerk)
        practice = certificates.create(clerk, practice_input())
        mixed = make_roster(clerk, [trial, practice])
        assert roster_paper(mixed).certificate_kind == ""
        rosters.void(clerk, mixed)

        assert roster_paper(make_roster(clerk, [trial])).certificate_kind == (
            "医师资格考试试用期考核证明"
        )


class TestNotes:
    """The texts of the year stand at the foot, a line for each note."""

    def test_a_roster_keeps_those_with_which_it_was_made(self, clerk, session):
        cycle = make_exam_cycle(roster_notes="第一条。\n第二条。")
        roster = make_roster(clerk)
        code = roster.code
        cycle.roster_notes = "改过的一条。"
        session.flush()

        assert roster_paper(roster).notes == ("第一条。", "第二条。")
        assert rosters.is_sealed_by(roster, roster.entries, code)
        assert roster_paper(rosters.remake(clerk, roster)).notes == ("改过的一条。",)

    def test_a_roster_from_before_the_years_had_any_prints_as_it_did(self, clerk, session):
        roster = make_roster(clerk)
        head = {name: text for name, text in roster.head.items() if name != "notes"}
        old = SimpleNamespace(
            **{
                name: getattr(roster, name)
                for name in ("exam_year", "batch", "code", "state", "printed_at", "entries", "id")
            },
            head=head,
        )
        make_exam_cycle(roster_notes="改过的一条。")

        assert roster_paper(old).notes == tuple(ROSTER_NOTES.splitlines())

    def test_each_kind_of_certificate_has_its_own(self, clerk):
        make_exam_cycle(certificate_notes="试用的。", practice_notes="")

        assert certificate_paper(make_certificate(clerk)).notes == ("试用的。",)
        assert certificate_paper(certificates.create(clerk, practice_input())).notes == ()


class TestCertificatePaper:
    def test_trial(self, places, clerk):
        licence = places.hospital.licence_in_use
        assert licence is not None
        licence.registration_number = "2" * 22
        periods = (period_input(place_name=places.hospital.name), period_input())
        made = certificates.create(clerk, certificate_input(periods=periods))

        paper = certificate_paper(made)

        assert (paper.form, paper.gender, paper.education) == ("trial", "女", "大学本科毕业")
        assert paper.registration_number == "2" * 22
        assert [period.institution_name for period in paper.periods] == ["", "武汉市第一医院"]
        assert paper.periods[0].mentor_licence_number == PHYSICIAN
        assert (paper.total, paper.conclusion) == ("12个月", "合格")
        assert (paper.submission_code, paper.version) == (made.submission_code, 1)
        assert (paper.qualification_number, paper.phone) == ("", "")
        assert paper.printed_on == dt.date(2018, 1, 15)

    def test_practice_where_no_licence_is_in_use(self, places, clerk, session):
        places.hospital.registration_number = "1" * 22
        places.hospital.category_code = "J1"
        places.hospital.licence_in_use.is_in_use = False
        session.flush()
        session.expire_all()
        made = certificates.create(clerk, practice_input())

        paper = certificate_paper(made)

        assert paper.form == "practice"
        assert paper.registration_number == "1" * 22
        assert paper.practice_number == ASSISTANT
        assert paper.qualification_number == made.qualification_certificate_number
        assert paper.periods[0].mentor_name == ""

    def test_no_box_is_ticked_before_the_decision(self, clerk):
        made = make_certificate(clerk, conclusion=Conclusion.PENDING)

        assert certificate_paper(made).conclusion == ""


class TestSheet:
    def test_each_row_has_a_value_for_each_column(self, clerk):
        made = certificates.create(clerk, practice_input())
        labels = [column.label for column in certificate_columns()]

        row = dict(zip(labels, certificate_row(made, "试用不满一年"), strict=True))

        assert row["姓名"] == "周晓燕"
        assert row["证件号码"] == made.id_number
        assert row["考试年度"] == 2018
        assert row["出生日期"] == dt.date(1990, 5, 6)
        assert row["助理执业证号"] == ASSISTANT
        assert row["状态"] == "已完成"
        assert row["带教老师（执业证书编码）"] == f"蒋建国（{PHYSICIAN}）"

    def test_several_periods_share_the_row(self, clerk):
        made = certificates.create(
            clerk, certificate_input(periods=(period_input(), period_input(department="外科")))
        )

        row = certificate_row(made, "")

        assert "内科；外科" in row
        assert "2016.09-2017.08；2016.09-2017.08" in row
        assert "12个月" in row

    def test_labels_differ(self):
        labels = [column.label for column in certificate_columns()]
        keys = [column.key for column in certificate_columns()]

        assert len(set(labels)) == len(labels)
        assert len(set(keys)) == len(keys)

"""After the deadlines: what is closed, and what a bureau has given back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine

from models import RosterState
from services import certificates, rosters
from services.certificates import input_of
from services.errors import DomainError, FieldErrors
from services.exam_years import entry
from tests.factories.actors import acting
from tests.factories.certificates import certificate_input, make_certificate
from tests.factories.exam_cycles import make_exam_cycle, make_extension
from tests.factories.rosters import make_roster
from tests.services.roster_cases import clerk, edit, january, places

__all__ = ["clerk", "january", "places"]

#: It is 15 January in ``january``.
CLOSED = {"entry_opens_on": dt.date(2017, 9, 1), "entry_closes_on": dt.date(2018, 1, 14)}
LATE = {**CLOSED, "roster_due_on": dt.date(2018, 1, 14)}


def test_an_extension_opens_the_year_again_and_lets_rosters_come(places, clerk):
    made = make_certificate(clerk)
    roster = make_roster(clerk, [made], state=RosterState.PRINTED)
    make_exam_cycle(**LATE)
    with acting(places.city):
        make_extension(places.hospital, places.hospital.reports_to, until=dt.date(2018, 1, 15))

    certificates.create(clerk, certificate_input())
    rosters.submit(clerk, roster)

    assert roster.state is RosterState.SUBMITTED


def test_of_another_institution_it_helps_nobody(places, clerk):
    make_exam_cycle(**LATE)
    make_extension(places.other_hospital, places.hospital.reports_to, until=dt.date(2018, 3, 1))

    with pytest.raises(FieldErrors) as caught:
        certificates.create(clerk, certificate_input())
    assert "已于2018-01-14截止" in caught.value.errors["exam_year"]


def test_a_roster_comes_too_late(places, clerk):
    roster = make_roster(clerk, state=RosterState.PRINTED)
    make_exam_cycle(roster_due_on=dt.date(2018, 1, 15))
    assert entry.lateness(roster) == ""
    midnight = dt.datetime(2018, 1, 15, 16, tzinfo=dt.UTC)
    with (
        time_machine.travel(midnight, tick=False),
        pytest.raises(DomainError, match="报送已于2018-01-15截止") as caught,
    ):
        rosters.submit(clerk, roster)
    assert places.city.institution_name in caught.value.message
    assert roster.state is RosterState.PRINTED


class TestGivenBack:
    """What a bureau has returned was there in time, and may be mended."""

    @pytest.fixture
    def made(self, clerk):
        return make_certificate(clerk)

    @pytest.fixture
    def returned(self, places, clerk, made):
        roster = make_roster(clerk, [made], state=RosterState.RETURNED, bureau=places.city)
        make_exam_cycle(**LATE)
        return roster

    def test_people_of_a_returned_roster_are_corrected(self, returned, clerk, made):
        edit(clerk, made, major="口腔医学")

        assert made.major == "口腔医学"
        assert entry.closed([made]) == {}

    def test_nobody_else_is(self, returned, places, clerk):
        make_exam_cycle(entry_closes_on=dt.date(2018, 1, 15))
        other = make_certificate(clerk)
        make_exam_cycle(**LATE)

        with pytest.raises(DomainError, match="截止"):
            edit(clerk, other, major="口腔医学")
        assert list(entry.closed([other])) == [other.id]

    def test_what_is_made_anew_of_it_is_corrected_again_and_handed_in(
        self, returned, places, clerk, made
    ):
        edit(clerk, made, major="口腔医学")
        second = rosters.remake(clerk, returned)
        edit(clerk, made, major="中医学")
        third = rosters.remake(clerk, second)
        rosters.mark_printed(clerk, third)
        rosters.submit(clerk, third)

        assert third.state is RosterState.SUBMITTED

    def test_a_new_roster_of_the_same_people_is_late(self, returned, clerk, made):
        rosters.void(clerk, returned)
        fresh = make_roster(clerk, [made], state=RosterState.PRINTED)

        with pytest.raises(DomainError, match="报送已于"):
            rosters.submit(clerk, fresh)
        with pytest.raises(DomainError, match="填报已于"):
            edit(clerk, made, major="口腔医学")

    def test_they_are_not_moved_to_another_closed_year(self, returned, clerk, made):
        make_exam_cycle(2017, **LATE)

        with pytest.raises(FieldErrors) as caught:
            edit(clerk, made, exam_year=2017)
        assert set(caught.value.errors) == {"exam_year"}

    def test_one_made_anew_before_it_was_returned_is_late(self, places, clerk, made):
        first = make_roster(clerk, [made])
        edit(clerk, made, major="口腔医学")
        second = rosters.remake(clerk, first)
        rosters.mark_printed(clerk, second)
        make_exam_cycle(**LATE)

        with pytest.raises(DomainError, match="报送已于"):
            rosters.submit(clerk, second)


def test_moving_out_of_a_closed_year_is_refused_as_well(clerk):
    make_exam_cycle(2019)
    made = make_certificate(clerk)
    make_exam_cycle(**CLOSED)

    with pytest.raises(DomainError, match="2018年度的填报已于"):
        certificates.update(clerk, made, replace(input_of(made), exam_year=2019), made.version)

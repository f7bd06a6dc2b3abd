"""Rosters overtaken by a change of a certificate, or of whom the institution reports to."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import update

from exports.papers import roster_paper
from extensions import db
from models import Institution, InstitutionKind, RosterState, TrialCertificate
from services import certificates, institutions, rosters, scope
from services.certificates import input_of
from services.errors import DomainError
from services.rosters import moving
from tests.factories.actors import acting, make_actor
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.institutions import make_institution
from tests.factories.places import make_places
from tests.factories.rosters import make_roster

OVERTAKEN = "信息上报已变更"


@pytest.fixture(autouse=True)
def january():
    with time_machine.travel(dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def places(app):
    found = make_places()
    make_exam_cycle()
    return found


def move_to_other_city(places, node=None):
    """Let the hospital, or ``node`` above it, report to the other city."""
    with acting(places.province):
        institution = scope.find(Institution, (node or places.hospital).id)
        target = scope.find(Institution, places.other_city.institution_id)
        institutions.move(places.province, institution, target)


def moved_clerk(places):
    """The clerk's actor after the move."""
    db.session.refresh(places.hospital)
    return replace(places.clerk, path=places.hospital.path)


@pytest.fixture
def stay(places):
    """Keep the hospital readable for the test itself while it moves."""
    with scope.unscoped(scope.Reason.MAINTENANCE):
        yield


@pytest.mark.usefixtures("stay")
class TestMoved:
    def test_a_draft_is_not_printed_for_the_old_bureau(self, places):
        roster = make_roster(places.clerk)
        move_to_other_city(places)
        with pytest.raises(DomainError, match=OVERTAKEN):
            rosters.mark_printed(moved_clerk(places), roster)
        assert roster.state is RosterState.DRAFT

    def test_a_printed_one_is_not_handed_in_to_the_old_bureau(self, places):
        roster = make_roster(places.clerk, state=RosterState.PRINTED)
        move_to_other_city(places)
        with pytest.raises(DomainError, match=OVERTAKEN):
            rosters.submit(moved_clerk(places), roster)
        db.session.refresh(roster)
        assert roster.state is RosterState.PRINTED

    def test_it_is_made_anew_for_the_new_bureau_and_filed_there(self, places):
        roster = make_roster(places.clerk, state=RosterState.PRINTED)
        move_to_other_city(places)
        clerk = moved_clerk(places)
        fresh = rosters.remake(clerk, roster)
        assert fresh.bureau_id == places.other_city.institution_id
        rosters.mark_printed(clerk, fresh)
        rosters.submit(clerk, fresh)
        with acting(places.other_city):
            rosters.file_roster(places.other_city, fresh)
        assert fresh.state is RosterState.FILED

    def test_a_move_that_keeps_the_bureau_hinders_nothing(self, places):
        roster = make_roster(places.clerk, state=RosterState.PRINTED)
        with acting(places.province):
            city = scope.find(Institution, places.city.institution_id)
            group = make_institution(city, kind=InstitutionKind.HEALTHCARE)
            hospital = scope.find(Institution, places.hospital.id)
            institutions.move(places.province, hospital, group)
        rosters.submit(moved_clerk(places), roster)
        assert roster.state is RosterState.SUBMITTED


class TestChanged:
    @pytest.fixture
    def roster(self, places):
        made = make_roster(places.clerk, state=RosterState.PRINTED)
        scope.bind(places.clerk)
        person = scope.find(TrialCertificate, made.entries[0].certificate_id)
        certificates.update(
            places.clerk, person, replace(input_of(person), school="另一医学院"), person.version
        )
        return made

    def test_its_paper_says_so(self, roster):
        assert roster_paper(roster).watermark == "作废"

    def test_it_is_not_printed_again(self, places, roster):
        with pytest.raises(DomainError, match="重新生成"):
            rosters.mark_printed(places.clerk, roster)

    def test_an_unchanged_one_is_printed_again_as_it_is(self, places):
        made = make_roster(places.clerk, state=RosterState.PRINTED)
        scope.bind(places.clerk)
        printed_at = made.printed_at
        rosters.mark_printed(places.clerk, made)
        assert made.printed_at == printed_at
        assert roster_paper(made).watermark is None


def test_people_move_with_the_code_that_stands_on_the_roster_only(places, monkeypatch):
    """A change that slips in behind the first check is found by the step itself."""
    roster = make_roster(places.clerk, state=RosterState.PRINTED)
    scope.bind(places.clerk)
    db.session.execute(
        update(TrialCertificate)
        .where(TrialCertificate.id == roster.entries[0].certificate_id)
        .values(submission_code="HMC-OTHER")
    )
    monkeypatch.setattr(moving, "changed_since", lambda _roster: [])
    with pytest.raises(DomainError, match="刚刚被修改"):
        rosters.submit(places.clerk, roster)


def test_of_an_institution_that_moves_its_lower_ones_hold_it_back(places):
    city = make_actor(places.hospital)
    below = make_institution(places.hospital)
    clerk = make_actor(below)
    make_roster(clerk, [make_certificate(clerk)], state=RosterState.SUBMITTED)
    assert city.path == places.hospital.path
    with pytest.raises(DomainError, match="花名册已报送"):
        move_to_other_city(places)

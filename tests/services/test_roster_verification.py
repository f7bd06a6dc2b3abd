"""What anybody learns about the code of a roster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models import Roster, RosterEntry, RosterState, TrialCertificate
from services import certificates, rosters
from services.certificates import input_of
from services.scope import Reason, unscoped
from services.verification import VerificationStatus, verify
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import YEAR
from tests.factories.rosters import make_roster
from tests.services.verification_cases import edit, january, made, places, tamper

__all__ = ["january", "made", "places"]


class TestRoster:
    @pytest.mark.parametrize(
        "state",
        [RosterState.PRINTED, RosterState.SUBMITTED, RosterState.FILED],
    )
    def test_living_roster_is_valid_and_shows_no_person(self, places, made, state):
        roster = make_roster(places.clerk, [made], state=state, bureau=places.city)

        found = verify(roster.code)

        assert found.status is VerificationStatus.VALID
        assert (found.headcount, found.roster_state, found.batch) == (1, state, 1)
        assert found.institution == places.hospital.name
        assert found.bureau == places.city.institution_name
        assert (found.name, found.id_tail) == ("", "")
        assert ("花名册状态", state.label) in found.facts
        assert ("批次", "第1批") in found.facts

    @pytest.mark.parametrize(
        ("state", "status"),
        [
            (RosterState.VOIDED, VerificationStatus.VOIDED),
            (RosterState.RETURNED, VerificationStatus.RETURNED),
            # Nothing of it can have been stamped yet.
            (RosterState.DRAFT, VerificationStatus.UNPRINTED),
        ],
    )
    def test_dead_roster(self, places, made, state, status):
        roster = make_roster(places.clerk, [made], state=state, bureau=places.city)

        assert verify(roster.code).status is status

    def test_a_draft_that_was_overtaken_was_still_never_printed(self, places, made):
        roster = make_roster(places.clerk, [made], bureau=places.city)
        with acting(places.clerk):
            changed = replace(input_of(made), school="同济大学")
            certificates.update(places.clerk, made, changed, made.version)

        assert verify(roster.code).status is VerificationStatus.UNPRINTED

    def test_remade_roster_supersedes_the_old_one(self, places, made):
        old = make_roster(places.clerk, [made])
        with acting(places.clerk):
            new = rosters.remake(places.clerk, old)

        assert verify(old.code).status is VerificationStatus.SUPERSEDED
        assert verify(new.code).status is VerificationStatus.UNPRINTED
        with acting(places.clerk):
            rosters.mark_printed(places.clerk, new)
        assert verify(new.code).is_valid

    def test_changed_person_supersedes_it_and_is_told_by_position(self, places, made):
        first = make_certificate(places.clerk, name="安一")
        roster = make_roster(places.clerk, [made, first], state=RosterState.PRINTED)
        edit(places.clerk, made, major="全科医学")

        found = verify(roster.code)

        assert found.status is VerificationStatus.SUPERSEDED
        assert found.changed_positions == (2,)
        assert ("信息已修改的人员序号", "2") in found.facts

    def test_person_changed_behind_the_platforms_back(self, places, made, session):
        roster = make_roster(places.clerk, [made])
        tamper(session, TrialCertificate, made.id, name="别人")

        found = verify(roster.code)

        assert found.status is VerificationStatus.INCONSISTENT
        assert found.changed_positions == (1,)
        assert found.institution == ""

    @pytest.mark.parametrize(
        ("model", "values"),
        [
            (Roster, {"head": {"institution_name": "x", "bureau_name": "y", "version": "1"}}),
            (Roster, {"headcount": 3}),
            (RosterEntry, {"content": '{"name": "别人"}'}),
            (RosterEntry, {"submission_code": "18A-0000-0000-0000-0-01"}),
            (RosterEntry, {"position": 7}),
        ],
    )
    def test_snapshot_changed_behind_the_platforms_back(self, places, made, session, model, values):
        roster = make_roster(places.clerk, [make_certificate(places.clerk, name="安一"), made])
        with unscoped(Reason.MAINTENANCE):
            key = roster.id if model is Roster else roster.entries[0].id
        tamper(session, model, key, **values)

        assert verify(roster.code).status is VerificationStatus.INCONSISTENT

    def test_code_that_nobody_gave(self, places, made):
        roster = make_roster(places.clerk, [made])
        with acting(places.clerk):
            foreign = rosters.snapshot.code_of_snapshot(
                roster.head, [], institution_id=1, bureau_id=1, exam_year=YEAR
            )

        assert verify(foreign).status is VerificationStatus.UNKNOWN

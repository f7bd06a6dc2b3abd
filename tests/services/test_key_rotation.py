"""Codes when the key changes between the print and the check."""

from __future__ import annotations

import pytest

from models import RosterState, TrialCertificate
from services import rosters
from services.signing import CodeKey, CodeKeys
from services.verification import VerificationStatus, verify
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.rosters import make_roster
from tests.services.verification_cases import edit, january, made, places, printed, tamper

__all__ = ["january", "made", "places"]


class TestRotation:
    """The key changes between the print and the check."""

    @pytest.fixture
    def rotate(self, app, monkeypatch):
        """Let another key take the place of the present one, which is kept unless forgotten."""

        def act(*, forgets=False):
            former = [] if forgets else [app.extensions["code_keys"].present]
            keys = CodeKeys(CodeKey("n" * 32, "B"), former)
            monkeypatch.setitem(app.extensions, "code_keys", keys)

        return act

    def test_old_papers_verify(self, places, made, rotate):
        roster = make_roster(places.clerk, [made], state=RosterState.PRINTED)
        rotate()

        assert verify(made.submission_code).is_valid
        assert verify(roster.code).is_valid

    def test_old_papers_are_told_from_false_ones(self, places, made, rotate, session):
        roster = make_roster(places.clerk, [made])
        rotate()
        tamper(session, TrialCertificate, made.id, school="暗改大学")

        assert verify(made.submission_code).status is VerificationStatus.INCONSISTENT
        assert verify(roster.code).changed_positions == (1,)

    def test_a_code_whose_key_nobody_has_does_not_exist(self, places, made, rotate):
        roster = make_roster(places.clerk, [made])
        rotate(forgets=True)

        assert verify(made.submission_code).status is VerificationStatus.UNKNOWN
        assert verify(roster.code).status is VerificationStatus.UNKNOWN

    def test_saving_without_a_change_keeps_the_code(self, places, made, rotate):
        old = made.submission_code
        rotate()
        edit(places.clerk, made, phone="13900139000")

        assert made.submission_code == old
        assert verify(old).is_valid

    def test_a_change_takes_the_present_key(self, places, made, rotate):
        old = made.submission_code
        rotate()
        edit(places.clerk, made, major="全科医学")

        assert made.submission_code.startswith("18B-")
        assert verify(printed(places.clerk, made).submission_code).is_valid
        assert verify(old).status is VerificationStatus.SUPERSEDED

    def test_a_roster_goes_its_way_with_its_old_code(self, places, made, rotate):
        roster = make_roster(places.clerk, [made], state=RosterState.PRINTED)
        old = roster.code
        rotate()
        with acting(places.clerk):
            rosters.submit(places.clerk, roster)
        with acting(places.city):
            rosters.file_roster(places.city, roster)

        assert roster.code == old
        assert verify(old).roster_state is RosterState.FILED

    def test_a_new_roster_may_hold_old_and_new_codes(self, places, made, rotate):
        rotate()
        other = make_certificate(places.clerk)
        roster = make_roster(places.clerk, [made, other], state=RosterState.PRINTED)

        assert {made.submission_code[2], other.submission_code[2], roster.code[6]} == {"A", "B"}
        assert roster.code.startswith("HMC-18B-")
        assert verify(roster.code).is_valid

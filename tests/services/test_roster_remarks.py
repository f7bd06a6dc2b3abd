"""What is wrong with single people of a roster that is given back."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from extensions import db
from models import RosterState
from services import rosters
from services.errors import FieldErrors, NotFoundError
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.rosters import make_roster
from tests.services.roster_cases import clerk, edit, january, last_entry, places

__all__ = ["clerk", "january", "places"]


@pytest.fixture
def pair(places):
    people = [make_certificate(places.clerk, name=name) for name in ("安一", "白二")]
    return people, make_roster(places.clerk, people, state=RosterState.SUBMITTED)


def send_back(places, roster, marks, reason="有误"):
    with acting(places.city):
        rosters.return_roster(places.city, roster, reason, marks)


class TestReturning:
    def test_remarks_stay_with_their_people_and_out_of_the_trail(self, places, pair):
        (one, other), roster = pair
        send_back(places, roster, {1: " 学历与毕业证书不符 ", 2: "  "})
        with acting(places.city):
            assert last_entry().changes[-1] == {"label": "退回意见", "old": "", "new": "1人"}
        with acting(places.clerk):
            assert [entry.return_remark for entry in roster.entries] == [
                "学历与毕业证书不符",
                None,
            ]
            assert rosters.remark_on(one) == "学历与毕业证书不符"
            assert rosters.remark_on(other) == ""

    def test_they_are_stored_encrypted(self, places, pair):
        _people, roster = pair
        send_back(places, roster, {1: "学历不符"})
        stored = db.session.scalar(
            text("SELECT return_remark FROM roster_entries WHERE roster_id = :id AND position = 1"),
            {"id": roster.id},
        )
        assert "学历" not in stored

    @pytest.mark.parametrize(
        ("marks", "reason", "wrong"),
        [
            ({1: "见11010119900307447X"}, "有误", {"remark-1"}),
            ({1: "电话138 0013 8000", 2: "甲" * 501}, "", {"reason", "remark-1", "remark-2"}),
            ({2: "好"}, " ", {"reason"}),
        ],
    )
    def test_all_that_is_wrong_is_told_at_once(self, places, pair, marks, reason, wrong):
        _people, roster = pair
        with pytest.raises(FieldErrors) as caught:
            send_back(places, roster, marks, reason)
        assert set(caught.value.errors) == wrong
        assert roster.state is RosterState.SUBMITTED

    def test_nobody_else_is_remarked_on(self, places, pair):
        _people, roster = pair
        with pytest.raises(NotFoundError):
            send_back(places, roster, {3: "谁"})

    def test_whoever_has_none_goes_on_the_next_roster_unchanged(self, places, pair):
        (one, other), roster = pair
        before = other.submission_code
        send_back(places, roster, {1: "学历不符"})
        with acting(places.clerk):
            edit(places.clerk, one, major="全科医学")
            again = rosters.remake(places.clerk, roster)
            codes = {entry.certificate_id: entry.submission_code for entry in again.entries}
            assert codes[other.id] == before
            # Until it is handed in again, the remark is there to be read.
            assert rosters.remark_on(one) == "学历不符"
            rosters.mark_printed(places.clerk, again)
            rosters.submit(places.clerk, again)
            assert rosters.remark_on(one) == ""

    def test_a_later_return_without_remarks_takes_the_former_ones_off(self, places, pair):
        (one, _other), roster = pair
        send_back(places, roster, {1: "学历不符"})
        with acting(places.clerk):
            again = rosters.remake(places.clerk, roster)
            rosters.mark_printed(places.clerk, again)
            rosters.submit(places.clerk, again)
        send_back(places, again, {})
        with acting(places.clerk):
            assert rosters.remark_on(one) == ""

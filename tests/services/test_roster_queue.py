"""The queue of a bureau."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import Institution, Roster, RosterState
from services import exam_years, home, scope
from services.certificates import doubts
from services.rosters import queue
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate, period_input
from tests.factories.exam_cycles import make_extension
from tests.factories.rosters import make_roster
from tests.services.roster_cases import NOW, clerk, january, places

__all__ = ["clerk", "january", "places"]


def later(days, **more):
    return time_machine.travel(NOW + dt.timedelta(days=days, **more), tick=False)


def long_waiting(days):
    statement = select(Roster.id).where(queue.has_waited(days))
    return list(db.session.scalars(statement))


class TestWaiting:
    def test_days_are_those_of_the_calendar_in_china(self, clerk):
        roster = make_roster(clerk, state=RosterState.SUBMITTED)
        assert queue.days_waiting(roster) == 0
        # 22:00 UTC of the day before is the morning of the 22nd there.
        with time_machine.travel(dt.datetime(2018, 1, 21, 22, tzinfo=dt.UTC), tick=False):
            assert queue.days_waiting(roster) == 7
            assert long_waiting(7) == [roster.id]
            assert long_waiting(8) == []

    def test_what_is_decided_or_at_home_does_not_wait(self, places, clerk):
        for state in (RosterState.PRINTED, RosterState.FILED, RosterState.RETURNED):
            roster = make_roster(clerk, state=state, bureau=places.city)
            with later(30), acting(places.city):
                assert queue.days_waiting(roster) is None
                assert long_waiting(1) == []

    def test_next_is_the_one_behind_and_then_the_oldest(self, places, clerk):
        rows = [make_roster(clerk, state=RosterState.SUBMITTED) for _ in range(3)]
        make_roster(places.other_clerk, state=RosterState.SUBMITTED)
        with acting(places.city):
            found = [queue.next_waiting(places.city, one) for one in rows]
        assert found == [rows[1], rows[2], rows[0]]

    def test_the_last_one_has_none_behind(self, places, clerk):
        roster = make_roster(clerk, state=RosterState.SUBMITTED)
        with acting(places.city):
            assert queue.next_waiting(places.city, roster) is None


class TestDeadlines:
    def test_an_extension_moves_them(self, places, clerk):
        own = make_roster(clerk, state=RosterState.SUBMITTED)
        with acting(places.other_clerk):
            other = make_roster(places.other_clerk)
        with acting(places.province):
            bureau = scope.find(Institution, own.bureau_id)
            make_extension(own.institution, bureau, until=dt.date(2018, 5, 1))
            found = queue.deadlines([own, other])
        assert found == {
            own.id: dt.date(2018, 5, 1),
            other.id: exam_years.cycle_of(2018).roster_due_on,
        }

    def test_what_is_decided_has_none(self, places, clerk):
        roster = make_roster(clerk, state=RosterState.FILED, bureau=places.city)
        assert queue.deadlines([roster]) == {}
        assert queue.deadlines([]) == {}

    @pytest.mark.parametrize(("day", "words"), [(20, "还有5天"), (15, "今天截止"), (12, "已过3天")])
    def test_in_words(self, app, day, words):
        assert queue.days_to(dt.date(2018, 1, day)) == words


def test_doubts_are_counted_with_their_people(places, clerk):
    short = period_input(started_on=dt.date(2017, 8, 1), ended_on=dt.date(2017, 8, 31))
    people = [make_certificate(clerk, periods=(short,)) for _ in range(2)]
    with acting(clerk):
        roster = make_roster(clerk, people)
        told = doubts.of_roster(roster)
        found = queue.doubts_of([roster])[roster.id]
    assert found == (sum(map(len, told.values())), 2)
    assert queue.doubts_of([]) == {}


def test_the_home_page_tells_what_waits_long(places, clerk):
    make_roster(clerk, state=RosterState.SUBMITTED)

    def tiles(days):
        with later(days), acting(places.city):
            return {tile.label: tile for tile in home.summary(places.city).tiles}

    assert "已等待7天以上的花名册" not in tiles(6)
    tile = tiles(7)["已等待7天以上的花名册"]
    assert (tile.count, dict(tile.arguments)) == (1, {"desk": "mine", "waits": "7"})
    scope.unbind()

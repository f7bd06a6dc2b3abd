"""Scans of the stamped paper of a roster."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from extensions import db
from models import ExamCycle, RosterScan, RosterState
from services import files, rosters
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.rosters import scans
from services.scans import receiving
from services.scope import Reason, find, unscoped
from tests.factories import uploads
from tests.factories.actors import acting
from tests.factories.rosters import make_roster, make_roster_scan
from tests.services.roster_cases import clerk, january, last_entry, places

__all__ = ["clerk", "january", "places"]


#: The clock of the tests is years behind that of the disk.
_ANY_AGE = -(10**10)


@pytest.fixture(scope="module")
def picture():
    return uploads.jpeg()


@pytest.fixture
def received(app, picture):
    got = receiving.receive(picture, "C:\\扫描\\花名册 110101199003074477.PNG")
    yield got
    receiving.give_up(got)


def demand(needs=True):
    with unscoped(Reason.MAINTENANCE):
        db.session.scalars(select(ExamCycle)).one().needs_scan = needs
        db.session.flush()


class TestAttaching:
    def test_a_file_is_kept_with_the_roster(self, clerk, received):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        scan = scans.attach(clerk, roster, received)
        assert (scan.roster_id, scan.position, scan.institution_id) == (
            roster.id,
            1,
            roster.institution_id,
        )
        assert "110101" not in scan.file_name
        assert files.load(scan.storage_name, scan.digest)
        entry = last_entry()
        assert entry.tag == "roster_scan:upload"
        assert received.stored.digest in str(entry.changes)
        assert scan.file_name not in str(entry.changes)
        assert scans.scans_of(roster) == [scan]

    @pytest.mark.parametrize(
        "state",
        [RosterState.DRAFT, RosterState.FILED, RosterState.RETURNED, RosterState.VOIDED],
    )
    def test_not_before_there_is_a_paper_nor_after_the_decision(
        self, places, clerk, received, state
    ):
        roster = make_roster(clerk, state=state, bureau=places.city)
        with acting(clerk), pytest.raises(DomainError, match="不能上传盖章扫描件"):
            scans.attach(clerk, roster, received)

    def test_while_it_is_at_the_bureau_files_are_added_and_none_is_taken_away(
        self, clerk, received
    ):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        first = make_roster_scan(roster)
        rosters.submit(clerk, roster)
        assert scans.attach(clerk, roster, received).position == 2
        with pytest.raises(DomainError, match="不能删除盖章扫描件"):
            scans.remove(clerk, first)
        assert len(scans.scans_of(roster)) == 2

    def test_a_filing_that_comes_between_is_noticed(self, places, clerk, received):
        roster = make_roster(clerk, state=RosterState.SUBMITTED)
        stale = roster.state
        with acting(places.city):
            rosters.file_roster(places.city, roster)
        # As another request would still see it.
        roster.__dict__["state"] = stale
        with acting(clerk), pytest.raises(DomainError, match="已备案"):
            scans.attach(clerk, roster, received)

    def test_neither_too_many_nor_too_large(self, clerk, received, monkeypatch):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        make_roster_scan(roster, size=1000)
        monkeypatch.setattr(receiving, "LARGEST_TOTAL", received.stored.size + 999)
        with pytest.raises(DomainError, match="不能再上传") as caught:
            scans.attach(clerk, roster, received)
        assert caught.value.field == "files"
        monkeypatch.setattr(scans, "MOST_SCANS", 1)
        with pytest.raises(DomainError, match="最多上传1个文件"):
            scans.attach(clerk, roster, received)

    def test_others_do_not(self, places, received):
        roster = make_roster(places.clerk, state=RosterState.PRINTED)
        scan = make_roster_scan(roster)
        for actor in (places.city, places.other_clerk):
            with acting(actor), pytest.raises(NotAllowedError):
                scans.attach(actor, roster, received)
        with acting(places.city), pytest.raises(NotAllowedError):
            scans.remove(places.city, scan)

    def test_they_do_not_go_along_to_another_roster(self, clerk):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        make_roster_scan(roster)
        assert scans.scans_of(rosters.remake(clerk, roster)) == []


class TestTakingAway:
    def test_before_it_is_handed_in(self, clerk):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        scan = make_roster_scan(roster)
        scans.remove(clerk, scan)
        assert scans.scans_of(roster) == []
        assert last_entry().tag == "roster_scan:remove"
        assert scan.digest in str(last_entry().changes)

    def test_the_file_is_swept(self, clerk, received):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        scan = scans.attach(clerk, roster, received)
        files.sweep(youngest=_ANY_AGE)
        assert files.load(scan.storage_name, scan.digest)
        scans.remove(clerk, scan)
        files.sweep(youngest=_ANY_AGE)
        with pytest.raises(files.FileDamagedError):
            files.load(received.stored.name, received.stored.digest)


class TestReading:
    def test_downloads_are_on_record_and_checked(self, places, clerk, received):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        scan = scans.attach(clerk, roster, received)
        with acting(places.city):
            assert scans.download(places.city, scan)[:2] == b"\xff\xd8"
            assert last_entry().tag == "roster_scan:download"
            damaged = make_roster_scan(
                roster, storage_name=files.store(b"other").name, digest="0" * 64
            )
            with pytest.raises(files.FileDamagedError):
                scans.download(places.city, damaged)

    def test_neighbours_find_none(self, places):
        scan = make_roster_scan(make_roster(places.clerk, state=RosterState.PRINTED))
        with acting(places.other_clerk), pytest.raises(NotFoundError):
            find(RosterScan, scan.id)


class TestDemand:
    def test_a_year_may_ask_for_one(self, clerk):
        demand()
        roster = make_roster(clerk, state=RosterState.PRINTED)
        with pytest.raises(DomainError, match="须附盖章扫描件"):
            rosters.submit(clerk, roster)
        assert roster.state is RosterState.PRINTED
        make_roster_scan(roster)
        rosters.submit(clerk, roster)
        assert roster.state is RosterState.SUBMITTED

    def test_usually_it_does_not(self, clerk):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        assert not rosters.lacks_scan(roster)
        demand()
        assert rosters.lacks_scan(roster)

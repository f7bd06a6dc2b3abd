"""People and rosters of synthetic provinces: what is written in bulk is what clerks would make."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import func, select

from extensions import db
from models import (
    Administrator,
    AuditEntry,
    CertificateState,
    Doubt,
    ExamCycle,
    Roster,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    VerificationStatus,
)
from models.engine import writing
from models.search_text import person_search_text_of
from services import scale
from services.actor import actor_of
from services.certificates import canonical_content, doubts, is_code_of
from services.certificates.content import content_sealed_by
from services.certificates.doubts import Grounds
from services.rosters import snapshot
from services.scale.years import YEARS
from services.scope import Reason, unscoped
from services.trail import checking
from services.verification import verify
from tests.databases import made_once, rolled_back
from tests.factories.actors import acting

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = 600
PER_COUNTY = 9
NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


def _fill() -> scale.Counts:
    with time_machine.travel(NOW, tick=False), writing():
        counts = scale.fill(PER_COUNTY, PEOPLE, progress=told.append)
        db.session.commit()
    return counts


told: list[int] = []


@pytest.fixture(scope="module")
def provinces(databases):
    with made_once(databases, _fill) as get:
        yield get


@pytest.fixture
def counts(provinces, database_backend, monkeypatch) -> Iterator[scale.Counts]:
    """A small province with people, seen as a whole in January 2018, and what was counted."""
    app, counts = provinces(database_backend)
    with (
        rolled_back(app, monkeypatch),
        time_machine.travel(NOW, tick=False),
        unscoped(Reason.MAINTENANCE),
    ):
        yield counts


def people():
    return db.session.scalars(select(TrialCertificate).order_by(TrialCertificate.id)).unique().all()


def test_as_many_as_were_asked_for_in_ten_years(counts):
    found = people()
    assert len(found) == counts.certificates == PEOPLE
    assert sum(told) % PEOPLE == 0
    years = Counter(one.exam_year for one in found)
    assert len(years) == YEARS
    assert max(years.values()) - min(years.values()) <= 1
    assert db.session.scalar(select(func.count(Roster.id))) == counts.rosters > 0
    # The largest houses have most of them, and most places nobody.
    homes = Counter(one.institution_id for one in found)
    assert len(homes) < 0.5 * counts.institutions
    assert sum(number for _, number in homes.most_common(30)) > 0.3 * PEOPLE


def test_most_are_entered_in_the_last_fortnight(counts):
    cycles = {one.year: one for one in db.session.scalars(select(ExamCycle))}
    last = sum(
        (min(cycles[one.exam_year].entry_closes_on, NOW.date()) - one.created_at.date()).days < 14
        for one in people()
    )
    assert 0.5 < last / PEOPLE < 0.7


def test_nobody_is_there_twice(counts):
    found = people()
    assert len({one.id_number for one in found}) == PEOPLE
    assert len({one.id_number_index for one in found}) == PEOPLE
    assert len({one.submission_code for one in found}) == PEOPLE


def test_what_the_mapped_class_keeps_is_kept(counts):
    for one in people()[::7]:
        twin = TrialCertificate(id_number=one.id_number, name=one.name)
        assert one.id_number_index == twin.id_number_index
        assert one.search_text == person_search_text_of(one.name)
        assert one.owner_path == one.institution.path
        assert all(period.owner_path == one.owner_path for period in one.periods)


def test_codes_vouch_for_what_is_there(counts):
    for one in people()[::7]:
        assert is_code_of(one, one.submission_code)
        code = db.session.scalars(
            select(SubmissionCode).where(SubmissionCode.certificate_id == one.id)
        ).one()
        assert code.code == one.submission_code
        assert content_sealed_by(code) == canonical_content(one)


def test_rosters_are_sealed_and_their_people_in_the_state_that_follows(counts):
    found = db.session.scalars(select(Roster)).all()
    assert {one.state for one in found} == {RosterState.FILED, RosterState.SUBMITTED}
    for one in found[::5]:
        assert snapshot.is_sealed_by(one, one.entries, one.code)
        assert verify(one.code).status is VerificationStatus.VALID
        members = [entry.certificate for entry in one.entries]
        assert snapshot.in_order(members) == members
        assert [snapshot.content_of(member) for member in members] == [
            entry.content for entry in one.entries
        ]
        state = CertificateState[one.state.name]
        assert {member.state for member in members} == {state}
        assert snapshot.receiving_bureau(one.institution)[0] == one.bureau_id
        version = int(one.head["version"])
        assert one.head == snapshot.head_of(
            one.institution, one.head["bureau_name"], cycle=_cycle(one), batch=1, version=version
        )


def _cycle(roster: Roster) -> ExamCycle:
    return db.session.scalars(select(ExamCycle).where(ExamCycle.year == roster.exam_year)).one()


def test_they_pass_every_check_but_that_of_time(counts):
    grounds = Grounds()
    kinds: Counter[Doubt] = Counter()
    for one in people():
        found = [doubt.kind for doubt in doubts.of_content(one, grounds)]
        kinds.update(found)
        stored = doubts.of_certificates([one.id]).get(one.id, ())
        assert [doubt.kind for doubt in stored] == found
    assert set(kinds) == {Doubt.SHORT}
    assert kinds[Doubt.SHORT] < PEOPLE / 4


def test_the_trail_tells_of_the_last_year_and_holds(counts):
    last = max(one.exam_year for one in people())
    of_last = sum(one.exam_year == last for one in people())
    tagged = select(func.count(AuditEntry.id)).where(AuditEntry.tag == "certificate:create")
    assert db.session.scalar(tagged) == of_last
    assert not [one for one in checking.check() if isinstance(one, checking.Finding)]


def test_whoever_works_there_sees_what_is_theirs(provinces, database_backend, monkeypatch):
    app, _counts = provinces(database_backend)
    with rolled_back(app, monkeypatch), time_machine.travel(NOW, tick=False):
        with unscoped(Reason.MAINTENANCE):
            home = people()[-1].institution
            account = db.session.scalars(
                select(Administrator).where(Administrator.institution_id == home.id)
            ).first()
        with acting(actor_of(account, home)):
            seen = set(db.session.scalars(select(TrialCertificate.institution_id)))
            assert seen == {home.id}
            listed = set(db.session.scalars(select(Roster.institution_id)))
            assert listed <= seen

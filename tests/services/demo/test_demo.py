"""The demo as a whole: certificates and rosters in every state, with codes that hold."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from extensions import db
from models import (
    AccountRole,
    Administrator,
    AuditEntry,
    CertificateDoubt,
    CertificateReview,
    CertificateState,
    CertificateType,
    CodeState,
    Conclusion,
    Doubt,
    ExamCycle,
    ImportState,
    Institution,
    OneTimeCode,
    OutboxMessage,
    ReviewResult,
    Roster,
    RosterEntry,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
    utc_now,
)
from services import certificates, clock, exam_years, rosters, verification
from services import demo as demo_service
from services.actor import actor_of
from services.audit import AuditTag
from services.certificates import doubts, rules
from services.certificates.importing import DESK
from services.demo import accounts as demo_accounts
from services.demo.people import ABOLISHED_REGIONS, RARE_NAMES
from services.demo.risks import OF_EACH
from services.institutions import completeness
from services.trail import checking
from services.verification import VerificationStatus
from tests.factories.actors import acting
from tests.factories.doubts import sentences_of

if TYPE_CHECKING:
    from services.actor import Actor
    from tests.services.demo.conftest import Seeded

#: An ID number or a mobile phone, standing alone.
NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])")
NAMED_PLACES = ("hb3017401", "hb3116001", "hb3030001")
#: Each check takes several queries; every so many-th certificate is looked at closely.
SAMPLE = 12
MOST_VERIFIED = 30
VOIDED = VerificationStatus.VOIDED


def all_certificates() -> list[TrialCertificate]:
    return list(db.session.scalars(select(TrialCertificate).order_by(TrialCertificate.id)).unique())


def all_rosters() -> list[Roster]:
    return list(db.session.scalars(select(Roster).order_by(Roster.id)).unique())


def actor_called(username: str) -> Actor:
    account = db.session.scalars(
        select(Administrator).where(Administrator.username_folded == username)
    ).one()
    return actor_of(account, account.institution)


def test_seeding_again_changes_nothing(seeded: Seeded) -> None:
    def count() -> int:
        return sum(
            db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Institution, Administrator, TrialCertificate, Roster, AuditEntry)
        )

    before = count()
    assert demo_service.seed_demo() is None
    assert count() == before


def test_nothing_is_sent_to_the_people_of_the_demo(seeded: Seeded) -> None:
    for model in (OutboxMessage, OneTimeCode):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_one_of_three_exam_years_is_open(seeded: Seeded) -> None:
    cycles = db.session.scalars(select(ExamCycle)).all()
    assert len(cycles) == 3
    assert [one.year for one in cycles if one.is_open_on(clock.today())] == [
        max(one.year for one in cycles)
    ]


def test_about_two_thousand_certificates_stand_there_in_every_state(seeded: Seeded) -> None:
    found = all_certificates()
    assert 1900 <= len(found) <= 2300
    assert len(found) == seeded.counts.certificates
    assert set(Counter(one.state for one in found)) == set(CertificateState)
    assert set(Counter(one.certificate_type for one in found)) == set(CertificateType)
    assert set(Counter(one.conclusion for one in found)) == set(Conclusion)
    assert min(Counter(one.exam_year for one in found).values()) > 300
    assert any(one.deleted_at for one in found)
    assert any(one.content_version > 1 for one in found)
    assert len({one.exam_category_code for one in found}) >= 8
    periods = db.session.scalar(select(func.count()).select_from(TrialPeriod)) or 0
    assert 1.1 < periods / len(found) < 1.3


def test_id_numbers_can_belong_to_nobody(seeded: Seeded) -> None:
    found = all_certificates()
    assert all(one.id_number[:6] in ABOLISHED_REGIONS for one in found)
    assert all(one.born_on.year >= 1985 for one in found)
    twice = [number for number, n in Counter(one.id_number for one in found).items() if n > 1]
    assert len(twice) == OF_EACH
    assert all(one.phone.startswith("160") for one in found)


def test_a_few_doubts_of_each_kind(seeded: Seeded) -> None:
    # An ID number of a region that never was would not be one of those that nobody can hold.
    wanted = set(Doubt) - {Doubt.ID_NUMBER}
    rows = db.session.execute(select(CertificateDoubt.kind, CertificateDoubt.certificate_id)).all()
    assert {kind for kind, _key in rows} == wanted
    doubtful = {key for _kind, key in rows}
    assert len(doubtful) < len(all_certificates()) / 5
    entered_twice = [key for kind, key in rows if kind is Doubt.TWO_PLACES]
    assert len(entered_twice) == 2 * OF_EACH


def test_doubts_are_those_that_would_be_found(seeded: Seeded) -> None:
    kept = select(CertificateDoubt.certificate_id, CertificateDoubt.sentence)
    before = sorted(map(tuple, db.session.execute(kept)))
    assert sum(doubts.recount()) > 1000
    assert sorted(map(tuple, db.session.execute(kept))) == before


def test_certificates_keep_the_rules_and_few_raise_doubts(seeded: Seeded) -> None:
    cycles = {one.year: one for one in db.session.scalars(select(ExamCycle))}
    every_so_many = TrialCertificate.id % SAMPLE == 0
    sample = db.session.scalars(select(TrialCertificate).where(every_so_many)).unique().all()
    assert len(sample) > 100
    for one in sample:
        data = certificates.input_of(one)
        clean, errors = rules.check(data, cycle=cycles[one.exam_year], today=clock.today())
        assert errors == {}
        assert clean == data
    assert sum(bool(sentences_of(one)) for one in sample) <= len(sample) / 20


def test_every_code_is_made_of_the_content_and_kept(seeded: Seeded) -> None:
    known: dict[int, list[SubmissionCode]] = {}
    for code in db.session.scalars(select(SubmissionCode).order_by(SubmissionCode.id)):
        known.setdefault(code.certificate_id, []).append(code)
    for one in all_certificates():
        assert certificates.code_of(one) == one.submission_code
        codes = known[one.id]
        assert [code.content_version for code in codes] == list(range(1, len(codes) + 1))
        assert len(codes) == one.content_version
        assert codes[-1].code == one.submission_code
        last = CodeState.VOIDED if one.deleted_at else CodeState.CURRENT
        assert [code.state for code in codes] == [
            *[CodeState.SUPERSEDED] * (len(codes) - 1),
            last,
        ]


def test_codes_verify_as_what_they_are(seeded: Seeded) -> None:
    codes = db.session.execute(
        select(SubmissionCode.code, SubmissionCode.state, TrialCertificate.deleted_at)
        .join(TrialCertificate, TrialCertificate.id == SubmissionCode.certificate_id)
        .order_by(SubmissionCode.id)
    ).all()
    expected = {
        CodeState.CURRENT: VerificationStatus.VALID,
        CodeState.SUPERSEDED: VerificationStatus.SUPERSEDED,
        CodeState.VOIDED: VOIDED,
    }
    for state, status in expected.items():
        of_state = [
            code.code
            for code in codes
            # With a certificate all codes that it ever had are void.
            if code.state is state and (code.deleted_at is None or status is VOIDED)
        ]
        assert of_state
        for code in of_state[:: -(-len(of_state) // MOST_VERIFIED)]:
            found = verification.verify(code)
            if status is VerificationStatus.VALID and found.printed_at is None:
                # Who is not on a roster yet has no paper yet.
                assert found.status is VerificationStatus.UNPRINTED
            else:
                assert found.status is status


def test_a_morning_of_reviews(seeded: Seeded) -> None:
    reviewer = db.session.scalars(
        select(Administrator).where(Administrator.username == demo_accounts.REVIEWER)
    ).one()
    assert reviewer.role is AccountRole.REVIEWER
    found = db.session.scalars(select(CertificateReview)).all()
    assert len(found) > 7
    assert {one.result for one in found} == set(ReviewResult)
    assert all(one.owner_path.startswith(reviewer.owner_path) for one in found)
    assert {one.actor_id for one in found} == {reviewer.id}
    recorded = select(AuditEntry.object_id).where(AuditEntry.tag == AuditTag.REVIEW_RECORD)
    assert len(db.session.scalars(recorded).all()) == len(found)


def test_a_table_of_people_waits_for_its_clerk(seeded: Seeded) -> None:
    actor = actor_called("hb3017401")
    (batch,) = DESK.recent(actor)
    assert batch.state is ImportState.PREVIEWED
    assert (batch.new_count, batch.changed_count, batch.wrong_count) == (2, 0, 1)
    rows = {row.name: row for row in DESK.preview_of(actor, batch.id).outcome.rows}
    assert rows["柯长青"].numbers == [3, 4]
    assert rows["明德润"].errors == {"ended_on": "截止时间应晚于开始时间。"}


def test_rosters_stand_there_in_every_state_sealed_by_their_codes(seeded: Seeded) -> None:
    found = all_rosters()
    assert len(found) == seeded.counts.rosters
    states = Counter(one.state for one in found)
    assert set(states) == set(RosterState)
    assert min(states.values()) >= 5
    for one in found:
        assert len(one.entries) == one.headcount > 0
        assert [entry.position for entry in one.entries] == list(range(1, one.headcount + 1))
        assert rosters.is_sealed_by(one, one.entries, one.code)
        assert one.return_reason or one.state is not RosterState.RETURNED
        if one.return_reason:
            assert one.state in {RosterState.RETURNED, RosterState.VOIDED}
            assert one.entries[0].return_remark


def test_some_were_given_back_mended_and_handed_in_again(seeded: Seeded) -> None:
    again = [one for one in all_rosters() if one.state is RosterState.SUBMITTED]
    compared = [found for one in again if (found := rosters.with_former(one)) is not None]
    assert compared
    for former, comparison in compared:
        assert former.return_reason
        assert [one.differences[0].label for one in comparison.changed] == ["所学专业"]


def test_codes_of_rosters_verify_as_what_they_are(seeded: Seeded) -> None:
    checked: Counter[RosterState] = Counter()
    replaced = {one.head.get("replaces") for one in all_rosters()}
    for one in all_rosters():
        if checked[one.state] == 8:
            continue
        checked[one.state] += 1
        found = verification.verify(one.code)
        if one.state is RosterState.DRAFT:
            assert found.status is VerificationStatus.UNPRINTED
        elif one.state not in {RosterState.RETURNED, RosterState.VOIDED}:
            assert found.status is VerificationStatus.VALID
        elif one.code in replaced:
            assert found.status is VerificationStatus.SUPERSEDED
        else:
            is_returned = one.state is RosterState.RETURNED
            assert found.status is (VerificationStatus.RETURNED if is_returned else VOIDED)


def test_certificates_have_the_state_of_the_roster_that_they_stand_on(seeded: Seeded) -> None:
    by_roster = {
        RosterState.SUBMITTED: CertificateState.SUBMITTED,
        RosterState.FILED: CertificateState.FILED,
    }
    certificate = TrialCertificate
    rows = db.session.execute(
        select(
            *(Roster.state.label("roster"), Roster.institution_id, Roster.exam_year),
            *(RosterEntry.is_living, RosterEntry.submission_code, certificate.id),
            *(certificate.state, certificate.conclusion),
            certificate.submission_code.label("code"),
            certificate.institution_id.label("owner"),
            certificate.exam_year.label("year"),
        )
        .join(RosterEntry, RosterEntry.roster_id == Roster.id)
        .join(certificate, certificate.id == RosterEntry.certificate_id)
    ).all()
    assert len(rows) > seeded.counts.rosters
    living: set[int] = set()
    for one in rows:
        assert one.owner == one.institution_id
        assert one.year == one.exam_year
        assert one.conclusion is Conclusion.QUALIFIED
        assert one.submission_code == one.code
        is_living = one.roster not in {RosterState.RETURNED, RosterState.VOIDED}
        assert one.is_living == is_living
        if is_living:
            assert one.id not in living
            living.add(one.id)
            assert one.state is by_roster.get(one.roster, CertificateState.COMPLETED)
    others = db.session.scalars(select(certificate.state).where(certificate.id.not_in(living)))
    assert set(others) == {CertificateState.COMPLETED}


def test_steps_of_a_roster_follow_one_another(seeded: Seeded) -> None:
    for one in all_rosters():
        steps = [one.created_at, one.printed_at, one.submitted_at, one.decided_at]
        taken = [step for step in steps if step is not None]
        assert taken == sorted(taken)
    too_early = (
        select(func.count())
        .select_from(Roster)
        .join(RosterEntry, RosterEntry.roster_id == Roster.id)
        .join(TrialCertificate, TrialCertificate.id == RosterEntry.certificate_id)
        .where(TrialCertificate.created_at > Roster.created_at)
    )
    assert db.session.scalar(too_early) == 0
    latest = db.session.scalar(select(func.max(AuditEntry.at)))
    assert latest is not None
    assert latest <= utc_now()


@pytest.mark.parametrize("username", NAMED_PLACES)
def test_a_clerk_of_a_named_place_can_make_a_roster_at_once(seeded: Seeded, username: str) -> None:
    actor = actor_called(username)
    year = exam_years.current_year()
    with acting(actor):
        waiting = rosters.candidates(actor, year)
        assert len(waiting) >= 5
        states = Counter(db.session.scalars(select(Roster.state).where(Roster.exam_year == year)))
        assert states[RosterState.RETURNED] == states[RosterState.FILED] == 1
        made = rosters.create(actor, year, [one.id for one in waiting])
        rosters.mark_printed(actor, made)
        rosters.submit(actor, made)
        assert made.state is RosterState.SUBMITTED


def test_rare_names_wait_for_a_roster(seeded: Seeded) -> None:
    waiting = set()
    for username in NAMED_PLACES:
        actor = actor_called(username)
        with acting(actor):
            found = rosters.candidates(actor, exam_years.current_year())
            waiting |= {one.name for one in found}
    assert {name for name, _ in RARE_NAMES} <= waiting


@pytest.mark.parametrize("username", ["hb2000201", "hb2000301", "hb2011601"])
def test_the_named_bureaux_have_rosters_to_decide(seeded: Seeded, username: str) -> None:
    actor = actor_called(username)
    with acting(actor):
        received = select(Roster.state).where(Roster.bureau_id == actor.institution_id)
        waiting = db.session.scalars(select(Roster.state).where(rosters.waits_for(actor))).all()
        states = db.session.scalars(received).all()
    assert set(waiting) == {RosterState.SUBMITTED}
    assert RosterState.FILED in states


def test_the_trail_tells_what_happened_in_its_order(seeded: Seeded) -> None:
    entries = db.session.execute(
        select(AuditEntry.at, AuditEntry.tag, AuditEntry.owner_path).order_by(AuditEntry.id)
    ).all()
    tags = Counter(entry.tag for entry in entries)
    assert tags[AuditTag.CERTIFICATE_CREATE] == seeded.counts.certificates
    assert tags[AuditTag.ROSTER_CREATE] == seeded.counts.rosters
    assert tags[AuditTag.ROSTER_FILE] == len(
        [one for one in all_rosters() if one.state is RosterState.FILED]
    )
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments)
    assert all(entry.owner_path.startswith("0001") for entry in entries)


def test_the_trail_is_a_whole_chain_and_holds_no_number_of_anybody(seeded: Seeded) -> None:
    assert [one for one in checking.check() if isinstance(one, checking.Finding)] == []
    rows = db.session.connection().exec_driver_sql("SELECT * FROM audit_entries").mappings().all()
    assert len(rows) > seeded.counts.certificates
    texts = [str(value) for row in rows for name, value in row.items() if name not in {"mac", "at"}]
    numbers = {one.id_number for one in all_certificates()}
    phones = {one.phone for one in all_certificates()}
    assert not {text for text in texts if NUMBERS.search(text)}
    assert not (numbers | phones) & set(texts)


def test_entries_of_rosters_hold_what_is_printed(seeded: Seeded) -> None:
    entry = db.session.scalars(select(RosterEntry).limit(1)).one()
    people = rosters.people_of(entry.roster)
    person = people[entry.position - 1]
    assert person["name"] == entry.certificate.name
    assert person["id_number"] == entry.certificate.id_number
    assert person["exam_category"]
    assert person["education"]
    assert person["gender"] in {"男", "女"}


def test_named_institutions_may_enter_people_and_some_others_may_not_yet(seeded: Seeded) -> None:
    rows = db.session.scalars(select(Institution)).unique().all()
    complete = {row.name for row in rows if completeness.is_complete(row)}
    assert {actor_called(username).institution_name for username in demo_accounts.NAMED} <= complete
    assert 0.75 < len(complete) / len(rows) < 0.95
    county = actor_called("hb2011601")
    below = {row.name for row in rows if county.is_above(row.path)}
    assert below - complete >= {"黄陂区鲁台社区卫生服务中心", "黄陂区康民口腔诊所"}

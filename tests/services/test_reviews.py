"""The desk: what a reviewer sees for a code, and what a verdict needs."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import (
    AuditEntry,
    CertificateReview,
    CertificateType,
    Conclusion,
    Institution,
    ReviewResult,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    VerificationStatus,
)
from services import certificates, clock, reviews, scope
from services.certificates import canonical_content, content_sealed_by
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.licence_validity import Validity
from services.reviews import verdicts
from services.scope import Reason, ScopeError, unscoped
from services.verification import verify
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate, period_input, practice_input
from tests.factories.exam_cycles import YEAR, make_exam_cycle
from tests.factories.rosters import make_roster
from tests.services.review_cases import (
    edit,
    january,
    made,
    places,
    printed,
    reviewer,
    tamper,
)

__all__ = ["january", "made", "places", "reviewer"]
MATCHES, DIFFERS, FORGED = ReviewResult.MATCHES, ReviewResult.DIFFERS, ReviewResult.FORGED


def entries(tag):
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalars(
            select(AuditEntry).where(AuditEntry.tag == tag).order_by(AuditEntry.id)
        ).all()


class TestLookingUp:
    def test_everything_lies_side_by_side(self, places, made, reviewer):
        seen = reviews.look_up(reviewer, made.submission_code)

        assert seen.status is VerificationStatus.VALID
        assert seen.may_match
        assert seen.certificate is made
        assert seen.paper.values == seen.today.values == canonical_content(made)
        assert seen.paper.head["institution_name"] == places.hospital.name
        assert len(seen.printed_at) == 1
        assert (seen.filed, list(seen.earlier)) == (None, [])
        assert [one.place for one in seen.licences] == [made.periods[0].place_name]

    def test_it_is_on_record_that_the_number_was_shown(self, made, reviewer):
        reviews.look_up(reviewer, made.submission_code.lower().replace("-", " "))

        (entry,) = entries("review:look_up")
        assert (entry.object_type, entry.object_id) == ("TrialCertificate", made.id)
        assert {change["new"] for change in entry.changes} == {
            *(made.submission_code, "有效", "证件号码已完整显示"),
        }
        assert made.id_number not in repr(entry.changes)

    def test_of_an_old_code_the_old_content_is_shown(self, places, made, reviewer):
        old = made.submission_code
        edit(places.clerk, made, school="同济医科大学")
        seen = reviews.look_up(reviewer, old)

        assert seen.status is VerificationStatus.SUPERSEDED
        assert not seen.may_match
        assert seen.version == 1
        assert seen.paper.values["school"] != "同济医科大学"
        assert seen.today.values["school"] == "同济医科大学"

    def test_data_changed_behind_the_back_show_beside_what_the_code_vouches_for(
        self, made, reviewer, session
    ):
        school, code = made.school, made.submission_code
        tamper(session, TrialCertificate, made.id, school="暗改大学")
        seen = reviews.look_up(reviewer, code)

        assert seen.status is VerificationStatus.INCONSISTENT
        assert seen.paper.values["school"] == school
        assert seen.today.values["school"] == "暗改大学"

    def test_kept_content_that_was_changed_too_is_not_shown(self, made, reviewer, session):
        code = made.submission_code
        key = session.scalar(select(SubmissionCode.id).where(SubmissionCode.code == code))
        content = json.loads(json.dumps({**canonical_content(made), "school": "暗改大学"}))
        tamper(session, SubmissionCode, key, content=json.dumps(content))
        tamper(session, TrialCertificate, made.id, school="暗改大学")

        assert reviews.look_up(reviewer, code).paper is None

    def test_codes_from_before_contents_were_kept(self, places, made, reviewer, session):
        code = made.submission_code
        key = session.scalar(select(SubmissionCode.id).where(SubmissionCode.code == code))
        tamper(session, SubmissionCode, key, content=None)

        assert reviews.look_up(reviewer, code).paper.values == canonical_content(made)
        edit(places.clerk, made, major="全科医学")
        assert reviews.look_up(reviewer, code).paper is None

    def test_status_is_what_anybody_is_told(self, places, made, reviewer):
        unprinted = make_certificate(places.clerk)
        for one in (made, unprinted):
            code = one.submission_code
            assert reviews.look_up(reviewer, code).status is verify(code).status
        with acting(places.clerk):
            certificates.delete(places.clerk, unprinted, "重复录入")
        seen = reviews.look_up(reviewer, unprinted.submission_code)
        assert seen.status is VerificationStatus.VOIDED

    @pytest.mark.parametrize("state", [RosterState.SUBMITTED, RosterState.FILED])
    def test_the_roster_is_told(self, places, made, reviewer, state):
        roster = make_roster(places.clerk, [made], state=state, bureau=places.city)
        seen = reviews.look_up(reviewer, made.submission_code)

        assert seen.filed.roster is roster
        assert seen.filed.is_filed is (state is RosterState.FILED)
        assert seen.filed.code == made.submission_code
        assert seen.filed.printed["id_number"] == made.id_number
        assert seen.filed.values == canonical_content(made)

    def test_a_living_roster_comes_before_a_dead_one(self, places, made, reviewer):
        dead = make_roster(places.clerk, [made], state=RosterState.VOIDED)
        assert reviews.look_up(reviewer, made.submission_code).filed.roster is dead
        living = make_roster(places.clerk, [made])
        assert reviews.look_up(reviewer, made.submission_code).filed.roster is living

    def test_licences_of_all_places(self, places, reviewer):
        here = period_input(place_name=places.hospital.name, place_id=places.hospital.id)
        there = period_input(
            place_name=places.other_hospital.name,
            place_id=places.other_hospital.id,
            started_on=here.started_on.replace(year=2015),
            ended_on=here.ended_on.replace(year=2016),
        )
        typed = period_input(
            place_name="某诊所",
            started_on=here.started_on.replace(year=2014),
            ended_on=here.ended_on.replace(year=2015),
        )
        row = make_certificate(places.clerk, periods=(here, there, typed))
        found = reviews.look_up(reviewer, row.submission_code).licences

        assert [(one.place, one.is_known, one.validity) for one in found] == [
            (places.hospital.name, True, Validity.VALID),
            # It stands on the other side of the wall.
            (places.other_hospital.name, False, None),
            ("某诊所", False, None),
        ]

    def test_what_a_true_paper_is_not_good_for(self, places, made, reviewer):
        def cautions(row):
            code = printed(places.clerk, row).submission_code
            seen = reviews.look_up(reviewer, code)
            assert seen.may_match
            assert seen.cautions == verify(code).cautions
            return list(seen.cautions)

        assert cautions(made) == []
        failed = make_certificate(places.clerk, conclusion=Conclusion.UNQUALIFIED)
        assert cautions(failed) == ["考核结论不是合格：不合格。"]
        pending = make_certificate(places.clerk, conclusion=Conclusion.PENDING)
        assert cautions(pending) == ["考核结论不是合格：考核中。"]
        with acting(places.clerk):
            certificates.delete(places.clerk, pending, "重复录入")
        assert reviews.look_up(reviewer, pending.submission_code).cautions == ()
        make_exam_cycle(YEAR, entry_closes_on=clock.today() - dt.timedelta(days=1))
        assert cautions(made) == []
        make_exam_cycle(YEAR + 1)
        assert cautions(made) == ["这是2018年度的证明，仅当年有效；现在是2019年度。"]

    def test_a_code_from_elsewhere_gets_the_public_answer(self, places, reviewer):
        row = printed(places.other_clerk, make_certificate(places.other_clerk))
        seen = reviews.look_up(reviewer, row.submission_code)

        assert seen.public == verify(row.submission_code)
        assert (seen.certificate, seen.paper, seen.today) == (None, None, None)
        assert row.id_number not in repr(seen)
        (entry,) = entries("review:look_up")
        assert (entry.object_id, entry.owner_path) == (None, reviewer.path)

    def test_a_forgery_is_on_record_and_a_typing_error_is_not(self, made, reviewer):
        code = certificates.code_of(make_unsaved(made))
        assert reviews.look_up(reviewer, code).status is VerificationStatus.UNKNOWN
        assert len(entries("review:look_up")) == 1
        seen = reviews.look_up(reviewer, code[:-1])
        assert seen.status is VerificationStatus.MISTYPED
        assert seen.public.misreading.sentence
        assert len(entries("review:look_up")) == 1

    def test_a_roster_is_no_paper_of_a_person(self, places, made, reviewer):
        roster = make_roster(places.clerk, [made], state=RosterState.PRINTED)
        seen = reviews.look_up(reviewer, roster.code)

        assert seen.certificate is None
        assert seen.public.headcount == 1

    def test_who_may(self, places, made):
        for actor in (places.city, places.province):
            with acting(actor):
                assert reviews.look_up(actor, made.submission_code).certificate is made
        with acting(places.clerk), pytest.raises(NotAllowedError):
            reviews.look_up(places.clerk, made.submission_code)


def make_unsaved(row):
    """Return content like that of ``row`` under a version that nobody has made."""

    class Unsaved:
        def __getattr__(self, name):
            return 9 if name == "content_version" else getattr(row, name)

    return Unsaved()


class TestVerdict:
    def test_it_keeps_what_was_found_and_who_found_it(self, places, made, reviewer):
        review = reviews.record(reviewer, made.submission_code, MATCHES, "")

        assert (review.result, review.status, review.note) == (
            MATCHES,
            VerificationStatus.VALID,
            "",
        )
        assert review.code.code == made.submission_code
        assert (review.institution_id, review.owner_path) == (
            places.hospital.id,
            places.hospital.path,
        )
        assert (review.actor_name, review.office) == (
            "shenhe1 何审核",
            places.city.institution_name,
        )
        (entry,) = entries("review:record")
        assert entry.object_id == made.id
        assert {"label": "审核结论", "old": "", "new": "相符"} in entry.changes

    def test_what_differs_needs_a_note(self, made, reviewer):
        with pytest.raises(DomainError, match="请填写不符的说明"):
            reviews.record(reviewer, made.submission_code, DIFFERS, "  ")
        review = reviews.record(reviewer, made.submission_code, DIFFERS, " 公章不清 ")
        assert review.note == "公章不清"

    @pytest.mark.parametrize("note", ["号码应为422222199005060029", "电话139 1234 5678"])
    def test_no_number_of_a_person_stands_in_a_note(self, made, reviewer, note):
        with pytest.raises(DomainError, match="不符的说明中不能写证件号码"):
            reviews.record(reviewer, made.submission_code, DIFFERS, note)

    def test_the_next_paper_scanned_into_the_note_is_no_note(self, places, made, reviewer):
        other = make_certificate(places.clerk)
        with pytest.raises(DomainError) as caught:
            reviews.record(reviewer, made.submission_code, DIFFERS, other.submission_code)
        assert caught.value.message == verdicts.IS_CODE

    def test_only_a_valid_paper_matches(self, places, made, reviewer):
        old = made.submission_code
        edit(places.clerk, made, major="全科医学")
        for code, words in ((old, "已被新版本替代"), (made.submission_code, "尚未打印")):
            with pytest.raises(DomainError, match=words):
                reviews.record(reviewer, code, MATCHES, "")
            assert reviews.record(reviewer, code, DIFFERS, "旧材料").status.label == words

    def test_sent_twice_it_is_one(self, made, reviewer):
        key = "a" * 32
        first = reviews.record(reviewer, made.submission_code, MATCHES, "", form_key=key)
        again = reviews.record(reviewer, made.submission_code, MATCHES, "", form_key=key)
        assert again is first
        with pytest.raises(DomainError, match="已经保存过"):
            reviews.record(reviewer, made.submission_code, DIFFERS, "改主意", form_key=key)
        assert len(entries("review:record")) == 1

    def test_a_second_look_on_the_same_day_is_another_and_shown(self, made, reviewer):
        reviews.record(reviewer, made.submission_code, DIFFERS, "缺签字")
        reviews.record(reviewer, made.submission_code, MATCHES, "补签后")
        seen = reviews.look_up(reviewer, made.submission_code)

        assert [(one.result, one.note, one.is_today) for one in seen.earlier] == [
            (MATCHES, "补签后", True),
            (DIFFERS, "缺签字", True),
        ]
        assert {one.who for one in seen.earlier} == {"shenhe1 何审核"}

    def test_a_code_from_elsewhere_has_no_verdict(self, places, made, reviewer):
        row = printed(places.other_clerk, make_certificate(places.other_clerk))
        roster = make_roster(places.clerk, [made], state=RosterState.PRINTED)
        for code in (row.submission_code, roster.code, "absurd"):
            with pytest.raises(NotFoundError):
                reviews.record(reviewer, code, MATCHES, "")

    def test_nobody_changes_or_deletes_it(self, made, reviewer, session):
        review = reviews.record(reviewer, made.submission_code, DIFFERS, "公章不清")
        session.flush()
        review.note = "没有问题"
        with pytest.raises(ScopeError):
            session.flush()
        session.expire(review)
        session.delete(review)
        with pytest.raises(ScopeError):
            session.flush()
        session.expunge(review)

    def test_an_institution_cannot(self, places, made):
        with acting(places.clerk), pytest.raises(NotAllowedError):
            reviews.record(places.clerk, made.submission_code, MATCHES, "")


class TestReading:
    def test_the_institution_sees_result_and_office_and_not_the_person(
        self, places, made, reviewer
    ):
        reviews.record(reviewer, made.submission_code, DIFFERS, "公章不清")
        with acting(places.clerk):
            (told,) = reviews.of_certificate(places.clerk, made)
        assert (told.result, told.note) == (DIFFERS, "公章不清")
        assert (told.who, told.office) == ("", places.city.institution_name)
        with acting(places.province):
            (told,) = reviews.of_certificate(places.province, made)
        assert told.who == "shenhe1 何审核"

    def test_others_see_nothing(self, places, made, reviewer):
        reviews.record(reviewer, made.submission_code, MATCHES, "")
        assert scope.count_visible(CertificateReview) == 1
        with acting(places.other_city):
            assert scope.count_visible(CertificateReview) == 0
            assert reviews.reviewers(places.other_city) == []

    def test_counts_and_latest(self, places, made, reviewer):
        reviews.record(reviewer, made.submission_code, MATCHES, "")
        reviews.record(reviewer, made.submission_code, DIFFERS, "公章不清")
        assert reviews.counts_of(reviewer) == {MATCHES: 1, DIFFERS: 1, FORGED: 0}
        assert [one.result for one in reviews.latest_of(reviewer, 1)] == [DIFFERS]
        assert reviews.reviewers(reviewer) == [(reviewer.administrator_id, "shenhe1 何审核")]
        with acting(places.city):
            assert reviews.counts_of(places.city) == {MATCHES: 0, DIFFERS: 0, FORGED: 0}

    @pytest.mark.parametrize(
        ("keyword", "count"), [("欧阳晓燕", 1), ("测试", 1), ("无此人", 0), ("code", 1)]
    )
    def test_search(self, made, reviewer, keyword, count):
        reviews.record(reviewer, made.submission_code, MATCHES, "")
        text = made.submission_code.lower() if keyword == "code" else keyword
        assert scope.count_visible(CertificateReview, reviews.search_condition(text)) == count


def test_every_version_keeps_the_content_for_which_its_code_vouches(places, made, session):
    edit(places.clerk, made, school="同济医科大学")
    practice = make_certificate(places.clerk, **vars(practice_input()))
    with unscoped(Reason.MAINTENANCE):
        codes = session.scalars(select(SubmissionCode).order_by(SubmissionCode.id)).all()
        found = [content_sealed_by(code) for code in codes]
    assert [content["school"] == "同济医科大学" for content in found[:2]] == [False, True]
    assert found[-1] == canonical_content(practice)
    assert found[-1]["certificate_type"] == CertificateType.PRACTICE.value


class TestForgery:
    @pytest.fixture
    def forged(self, made):
        """A code whose check character is right and that nobody gave."""
        return certificates.code_of(make_unsaved(made))

    def test_it_is_kept_with_its_bureau(self, places, reviewer, forged):
        assert reviews.look_up(reviewer, forged).may_be_forged
        review = reviews.record_forgery(reviewer, forged.lower(), " 机构称未出具 ")

        assert (review.result, review.status) == (FORGED, VerificationStatus.UNKNOWN)
        assert (review.code, review.printed_code, review.note) == (None, forged, "机构称未出具")
        assert (review.person, review.issued_by) == ("", "")
        assert review.owner_path == reviewer.path
        (entry,) = entries("review:record")
        assert (entry.object_id, entry.owner_path) == (None, reviewer.path)
        assert {"label": "审核结论", "old": "", "new": "疑似伪造"} in entry.changes
        assert {"label": "提交编码", "old": "", "new": forged} in entry.changes
        assert reviews.counts_of(reviewer)[FORGED] == 1
        assert [one.printed_code for one in reviews.latest_of(reviewer, 9)] == [forged]
        assert scope.count_visible(CertificateReview, reviews.search_condition(forged)) == 1
        with acting(places.other_city):
            assert scope.count_visible(CertificateReview) == 0

    def test_it_needs_a_note(self, reviewer, forged):
        with pytest.raises(DomainError, match="请填写疑似伪造的说明"):
            reviews.record_forgery(reviewer, forged, "")

    def test_sent_twice_it_is_one(self, reviewer, forged):
        key = "f" * 32
        first = reviews.record_forgery(reviewer, forged, "公章不对", form_key=key)
        assert reviews.record_forgery(reviewer, forged, "公章不对", form_key=key) is first
        assert len(entries("review:record")) == 1
        with pytest.raises(DomainError, match="已经保存过"):
            reviews.record_forgery(reviewer, forged, "改主意", form_key=key)

    def test_what_the_platform_gave_is_none(self, places, made, reviewer):
        elsewhere = printed(places.other_clerk, make_certificate(places.other_clerk))
        for row in (made, elsewhere):
            with pytest.raises(DomainError, match="不能登记为“疑似伪造”"):
                reviews.record_forgery(reviewer, row.submission_code, "公章不对")
        with pytest.raises(DomainError, match="不能登记为“疑似伪造”"):
            reviews.record(reviewer, made.submission_code, FORGED, "公章不对")

    def test_a_typing_error_is_none(self, reviewer, forged):
        with pytest.raises(NotFoundError):
            reviews.record_forgery(reviewer, forged[:-1], "公章不对")

    def test_who_may(self, places, made, forged):
        with acting(places.clerk), pytest.raises(NotAllowedError):
            reviews.record_forgery(places.clerk, forged, "公章不对")

    def test_it_is_of_no_bureau_that_the_reviewer_does_not_see(self, places, reviewer, session):
        with unscoped(Reason.MAINTENANCE):
            other = scope.find(Institution, places.other_city.institution_id)
        session.add(
            CertificateReview(
                institution=other,
                forged_code="27A-0000-0000-0000-0-01",
                status=VerificationStatus.UNKNOWN,
                result=FORGED,
                actor_id=reviewer.administrator_id,
                actor_name="",
                actor_path=reviewer.path,
                office="",
            )
        )
        with pytest.raises(ScopeError):
            session.flush()
        session.expunge_all()

    def test_a_verdict_without_a_code_is_a_forgery(self, places, reviewer, session):
        review = CertificateReview(
            institution=scope.find(Institution, reviewer.institution_id),
            status=VerificationStatus.VALID,
            result=MATCHES,
            actor_id=reviewer.administrator_id,
            actor_name="",
            actor_path=reviewer.path,
            office="",
        )
        session.add(review)
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()

"""Rosters on their way from the printer to the bureau's file, and back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import (
    CertificateState,
    Institution,
    Roster,
    RosterEntry,
    RosterState,
)
from services import certificates, institutions, rosters, scope, verification
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.scope import Reason, unscoped
from services.verification import VerificationStatus
from tests.factories.actors import acting, make_actor
from tests.factories.certificates import make_certificate
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.rosters import make_roster
from tests.services.roster_cases import clerk, edit, january, last_entry, places, waiting

__all__ = ["clerk", "january", "places"]


class TestPrintAndSubmit:
    def test_whole_way_to_the_file(self, places, session):
        made = make_certificate(places.clerk)
        roster = make_roster(places.clerk, [made])
        with acting(places.clerk):
            rosters.mark_printed(places.clerk, roster)
            assert (roster.state, roster.printed_at) == (RosterState.PRINTED, roster.printed_at)
            assert roster.printed_at is not None
            rosters.submit(places.clerk, roster)
            assert made.state is CertificateState.SUBMITTED
            session.commit()
        with acting(places.city):
            assert waiting(session, places.city) == [roster]
            rosters.file_roster(places.city, roster)
            session.commit()
            entry = last_entry()
        session.expire_all()
        with unscoped(Reason.MAINTENANCE):
            assert roster.state is RosterState.FILED
            assert roster.decided_at is not None
            assert made.state is CertificateState.FILED
            assert roster.entries[0].is_living
        assert entry.tag == "roster:file"
        assert entry.changes == [{"label": "状态", "old": "已报送", "new": "已备案"}]

    def test_printing_again_changes_nothing(self, clerk):
        roster = make_roster(clerk, state=RosterState.PRINTED)
        before = (roster.printed_at, roster.version, last_entry().id)

        rosters.mark_printed(clerk, roster)

        assert (roster.printed_at, roster.version, last_entry().id) == before

    def test_draft_is_not_handed_in(self, clerk):
        with pytest.raises(DomainError, match="尚未打印"):
            rosters.submit(clerk, make_roster(clerk))

    def test_changed_people_stop_it_by_name(self, clerk):
        changed = make_certificate(clerk, name="吴改过")
        same = make_certificate(clerk, name="郑没改")
        roster = make_roster(clerk, [changed, same], state=RosterState.PRINTED)
        edit(clerk, changed, major="全科医学")

        assert rosters.changed_since(roster) == ["吴改过"]
        with pytest.raises(DomainError, match="吴改过") as caught:
            rosters.submit(clerk, roster)

        assert same.name not in caught.value.message
        assert roster.state is RosterState.PRINTED
        assert same.state is CertificateState.COMPLETED

    def test_changed_phone_does_not(self, clerk):
        made = make_certificate(clerk)
        roster = make_roster(clerk, [made], state=RosterState.PRINTED)
        edit(clerk, made, phone="13900139000")

        rosters.submit(clerk, roster)

        assert made.state is CertificateState.SUBMITTED

    def test_deleted_person_stops_printing(self, clerk):
        made = make_certificate(clerk, name="冯走了")
        roster = make_roster(clerk, [made])
        certificates.delete(clerk, made, "误录")

        with pytest.raises(DomainError, match="冯走了"):
            rosters.mark_printed(clerk, roster)
        assert roster.state is RosterState.DRAFT

    def test_long_lists_of_names_are_cut(self, clerk):
        people = [make_certificate(clerk) for _ in range(12)]
        roster = make_roster(clerk, people, state=RosterState.PRINTED)
        for one in people:
            edit(clerk, one, major="全科医学")

        with pytest.raises(DomainError, match="等12人"):
            rosters.submit(clerk, roster)

    def test_hand_in_once_only(self, clerk):
        roster = make_roster(clerk, state=RosterState.SUBMITTED)

        with pytest.raises(DomainError, match="已报送"):
            rosters.submit(clerk, roster)

    @pytest.mark.parametrize("step", [rosters.mark_printed, rosters.submit, rosters.void])
    def test_others_do_none_of_it(self, places, step):
        roster = make_roster(places.clerk, state=RosterState.PRINTED)
        for actor in (places.city, places.province, places.other_clerk):
            with acting(actor), pytest.raises(NotAllowedError):
                step(actor, roster)

    def test_institution_above_another_does_none_of_it(self, places):
        roster = make_roster(make_actor(make_institution(places.hospital)))
        with acting(places.clerk), pytest.raises(NotAllowedError, match="试用机构"):
            rosters.void(places.clerk, roster)


class TestDecisions:
    def test_return_frees_the_people_and_says_why(self, places, session):
        made = make_certificate(places.clerk)
        roster = make_roster(places.clerk, [made], state=RosterState.SUBMITTED)
        with acting(places.city):
            rosters.return_roster(places.city, roster, "  带教老师有误\r\n请修改 ")
            entry = last_entry()
            assert not roster.entries[0].is_living
        assert roster.state is RosterState.RETURNED
        assert roster.return_reason == "带教老师有误\n请修改"
        assert made.state is CertificateState.COMPLETED
        assert {"label": "退回原因", "old": "", "new": "带教老师有误\n请修改"} in entry.changes

    def test_a_filing_is_revoked_with_a_reason_and_its_people_are_free(self, places):
        made = make_certificate(places.clerk)
        roster = make_roster(places.clerk, [made], state=RosterState.FILED, bureau=places.city)
        with acting(places.city):
            rosters.revoke_filing(places.city, roster, "带教老师有误")
            entry = last_entry()
            assert not roster.entries[0].is_living
        assert (roster.state, roster.return_reason) == (RosterState.RETURNED, "带教老师有误")
        assert made.state is CertificateState.COMPLETED
        assert entry.tag == "roster:revoke"
        assert entry.changes == [
            {"label": "状态", "old": "已备案", "new": "退回"},
            {"label": "退回原因", "old": "", "new": "带教老师有误"},
        ]
        with acting(places.clerk):
            assert rosters.remake(places.clerk, roster).headcount == 1

    def test_returning_and_revoking_are_not_the_same(self, places):
        submitted = make_roster(places.clerk, state=RosterState.SUBMITTED)
        filed = make_roster(places.clerk, state=RosterState.FILED, bureau=places.city)
        with acting(places.city):
            with pytest.raises(DomainError, match="已报送"):
                rosters.revoke_filing(places.city, submitted, "有误")
            with pytest.raises(DomainError, match="已备案"):
                rosters.return_roster(places.city, filed, "有误")
        assert (submitted.state, filed.state) == (RosterState.SUBMITTED, RosterState.FILED)

    def test_only_the_receiver_revokes(self, places):
        roster = make_roster(places.clerk, state=RosterState.FILED, bureau=places.city)
        for actor in (places.province, places.clerk):
            with acting(actor), pytest.raises(NotAllowedError):
                rosters.revoke_filing(actor, roster, "有误")
        with acting(places.city), pytest.raises(DomainError, match="请填写原因"):
            rosters.revoke_filing(places.city, roster, " ")
        assert roster.state is RosterState.FILED

    def test_who_answers_for_what_was_filed_before_its_institution_moved(self, places):
        made = make_certificate(places.clerk)
        roster = make_roster(places.clerk, [made], state=RosterState.FILED, bureau=places.city)
        with acting(places.city):
            assert rosters.heirs([roster]) == {}
        with unscoped(Reason.MAINTENANCE):
            other = scope.find(Institution, places.other_city.institution_id)
        with acting(places.province):
            institutions.move(places.province, places.hospital, other)
            assert rosters.heirs([roster]) == {roster.id: (other.id, other.name)}
            with pytest.raises(NotAllowedError, match=other.name):
                rosters.revoke_filing(places.province, roster, "有误")
        with acting(places.other_city):
            rosters.revoke_filing(places.other_city, roster, "带教老师有误")
        assert roster.state is RosterState.RETURNED
        assert made.state is CertificateState.COMPLETED

    def test_below_its_bureau_it_moves_to_a_nearer_one_and_stays_its(self, places):
        roster = make_roster(places.clerk, state=RosterState.FILED, bureau=places.city)
        with unscoped(Reason.MAINTENANCE):
            county = make_bureau(scope.find(Institution, places.city.institution_id))
        with acting(places.city):
            institutions.move(places.city, places.hospital, county)
            assert rosters.heirs([roster]) == {}
        officer = make_actor(county)
        with acting(officer), pytest.raises(NotAllowedError):
            rosters.revoke_filing(officer, roster, "有误")
        with acting(places.city):
            rosters.revoke_filing(places.city, roster, "带教老师有误")

    @pytest.mark.parametrize("reason", ["", "  \n", "x" * 501, "a\0b"])
    def test_return_needs_a_reason(self, places, reason):
        roster = make_roster(places.clerk, state=RosterState.SUBMITTED)
        with acting(places.city), pytest.raises(DomainError) as caught:
            rosters.return_roster(places.city, roster, reason)
        assert set(caught.value.errors) == {"reason"}
        assert roster.state is RosterState.SUBMITTED

    def test_only_the_receiving_bureau_decides(self, places):
        roster = make_roster(places.clerk, state=RosterState.SUBMITTED)
        for actor in (places.province, places.clerk, places.other_city):
            with acting(actor):
                with pytest.raises(NotAllowedError):
                    rosters.file_roster(actor, roster)
                with pytest.raises(NotAllowedError):
                    rosters.return_roster(actor, roster, "不合格")
        assert roster.state is RosterState.SUBMITTED

    @pytest.mark.parametrize(
        "state", [state for state in RosterState if state is not RosterState.SUBMITTED]
    )
    def test_only_what_was_handed_in_is_decided(self, places, state):
        roster = make_roster(places.clerk, state=state, bureau=places.city)
        with acting(places.city):
            for act, done, name in (
                (lambda: rosters.file_roster(places.city, roster), RosterState.FILED, "备案"),
                (
                    lambda: rosters.return_roster(places.city, roster, "理由"),
                    RosterState.RETURNED,
                    "退回",
                ),
            ):
                with pytest.raises(DomainError) as caught:
                    act()
                told = caught.value.message
                title = f"{roster.head['institution_name']}{roster.exam_year}年第{roster.batch}批"
                assert told.startswith(f"{title}花名册")
                if state is done:
                    assert f"已经是“{state.label}”状态" in told
                    assert told.endswith("办理），不用再办一次。")
                else:
                    assert told.endswith(f"现在是“{state.label}”状态，不能{name}。")
        assert roster.state is state

    def test_decision_on_an_old_view_loses(self, places, session):
        roster = make_roster(places.clerk, state=RosterState.SUBMITTED)
        with acting(places.city):
            # Somebody else decides: the row in this session still says 已报送.
            session.execute(
                rosters.moving.update(Roster)
                .where(Roster.id == roster.id)
                .values(state=RosterState.FILED),
                execution_options={"synchronize_session": False},
            )
            assert roster.state is RosterState.SUBMITTED
            with pytest.raises(DomainError, match="由他人办理"):
                rosters.return_roster(places.city, roster, "理由")
            assert roster.state is RosterState.FILED
            assert roster.return_reason is None

    def test_decision_fails_whole_when_a_person_is_not_as_handed_in(self, places, session):
        made = make_certificate(places.clerk)
        roster = make_roster(places.clerk, [made], state=RosterState.SUBMITTED)
        with acting(places.city):
            made.state = CertificateState.COMPLETED
            session.flush()
            with pytest.raises(DomainError, match="刚刚被修改"):
                rosters.file_roster(places.city, roster)
            assert roster.state is RosterState.SUBMITTED


class TestReading:
    def test_what_waits_for_a_bureau_was_handed_in_to_it(self, places, session):
        make_roster(places.clerk, state=RosterState.FILED, bureau=places.city)
        handed_in = make_roster(places.clerk, state=RosterState.SUBMITTED)
        make_roster(places.clerk, state=RosterState.PRINTED)
        make_roster(places.other_clerk, state=RosterState.SUBMITTED)

        with acting(places.city):
            assert waiting(session, places.city) == [handed_in]
        with acting(places.province):
            assert waiting(session, places.province) == []

    def test_what_waits_for_an_institution_is_its_own_and_not_handed_in(self, places, session):
        waits = [
            make_roster(places.clerk, state=state, bureau=places.city)
            for state in (RosterState.DRAFT, RosterState.PRINTED, RosterState.RETURNED)
        ]
        for state in (RosterState.SUBMITTED, RosterState.FILED, RosterState.VOIDED):
            make_roster(places.clerk, state=state, bureau=places.city)
        make_roster(make_actor(make_institution(places.hospital)))

        with acting(places.clerk):
            assert waiting(session, places.clerk) == waits

    @pytest.mark.parametrize("state", [RosterState.DRAFT, RosterState.VOIDED])
    def test_there_is_no_paper_of_what_was_never_printed(self, places, state):
        roster = make_roster(places.clerk, state=state)
        with acting(places.clerk), pytest.raises(DomainError, match="尚未打印"):
            rosters.find_printed(roster.id)

    def test_search(self, places, session):
        roster = make_roster(places.clerk)
        make_roster(places.other_clerk)

        def found(keyword):
            statement = select(Roster).where(rosters.search_condition(keyword))
            return session.scalars(statement).unique().all()

        with acting(places.province):
            assert found(roster.code.lower()) == [roster]
            assert found(places.hospital.name) == [roster]
            assert found("_") == []

    def test_neighbour_sees_neither_roster_nor_entries(self, places, session):
        roster = make_roster(places.clerk)
        with acting(places.other_city):
            with pytest.raises(NotFoundError):
                scope.find(Roster, roster.id)
            assert session.scalars(select(RosterEntry)).all() == []


class TestUnlocking:
    """备案 locks, 撤销备案 unlocks with a reason, and what is changed then has a new version."""

    def test_the_new_version_has_another_code_and_the_old_roster_counts_no_more(self, places):
        clerk, made = places.clerk, make_certificate(places.clerk)
        roster = make_roster(clerk, [made], state=RosterState.FILED, bureau=places.city)
        old_code, old_version = made.submission_code, made.content_version
        with acting(clerk):
            certificates.mark_printed(clerk, [made])

        def worth(code):
            return verification.verify(code).status

        with acting(clerk), pytest.raises(DomainError):
            edit(clerk, made, major="全科医学")
        assert worth(roster.code) is VerificationStatus.VALID
        with acting(places.city):
            rosters.revoke_filing(places.city, roster, "专业有误")
        assert worth(roster.code) is VerificationStatus.RETURNED
        assert worth(old_code) is VerificationStatus.VALID
        with acting(clerk):
            edit(clerk, made, major="全科医学")
            assert made.content_version == old_version + 1
            assert made.submission_code != old_code
            assert worth(old_code) is VerificationStatus.SUPERSEDED
            again = rosters.remake(clerk, roster)
            assert again.head["version"] == "2"
            assert again.code != roster.code
            rosters.mark_printed(clerk, again)
        assert worth(roster.code) is VerificationStatus.SUPERSEDED
        assert worth(again.code) is VerificationStatus.VALID

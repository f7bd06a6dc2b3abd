"""Making rosters: who may be on one, and what stands on it."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from models import (
    CertificateState,
    CertificateType,
    Conclusion,
    Roster,
    RosterState,
)
from models.exam_cycle import ROSTER_NOTES
from services import certificates, numbering, rosters, scope
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.scope import Reason, ScopeError, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.certificates import make_certificate, period_input, practice_input
from tests.factories.exam_cycles import YEAR
from tests.factories.institutions import make_institution
from tests.factories.rosters import make_roster
from tests.services.roster_cases import clerk, edit, january, last_entry, places

__all__ = ["clerk", "january", "places"]


class TestCandidates:
    def test_only_those_who_passed_and_are_free(self, places, clerk):
        free = make_certificate(clerk)
        make_certificate(clerk, conclusion=Conclusion.PENDING)
        make_certificate(clerk, conclusion=Conclusion.UNQUALIFIED)
        make_certificate(clerk, exam_year=2019)
        make_certificate(places.other_clerk)
        make_certificate(make_actor(make_institution(places.hospital)))
        make_roster(clerk)
        make_roster(clerk, state=RosterState.FILED, bureau=places.city)
        certificates.delete(clerk, make_certificate(clerk), "误录")

        assert rosters.candidates(clerk, YEAR) == [free]

    def test_those_of_returned_and_voided_rosters_are_free_again(self, places, clerk):
        first, second = make_certificate(clerk), make_certificate(clerk)
        make_roster(clerk, [first], state=RosterState.RETURNED, bureau=places.city)
        make_roster(clerk, [second], state=RosterState.VOIDED)

        assert {one.id for one in rosters.candidates(clerk, YEAR)} == {first.id, second.id}

    def test_bureaux_have_none(self, places):
        with acting(places.city), pytest.raises(NotAllowedError):
            rosters.candidates(places.city, YEAR)


class TestCreate:
    def test_order_is_by_category_then_by_sound(self, clerk):
        people = [
            make_certificate(clerk, name=name, exam_category_code=category)
            for name, category in [
                ("赵一", "141"),
                ("安二", "142"),
                ("张三", "110"),
                ("周四", "110"),
                ("阿依", "130"),
                ("王五", "120"),
                ("丁六", "210"),
                ("巴桑", "244"),
            ]
        ]

        roster = make_roster(clerk, people)

        assert [one["name"] for one in rosters.people_of(roster)] == [
            *("丁六", "张三", "周四"),
            "王五",
            "阿依",
            *("安二", "巴桑", "赵一"),
        ]
        assert [entry.position for entry in roster.entries] == list(range(1, 9))

    @staticmethod
    def licence(places):
        """Return the licence in use of the hospital."""
        with unscoped(Reason.MAINTENANCE):
            licence = places.hospital.licence_in_use
        assert licence is not None
        return licence

    def test_head_is_what_held_when_it_was_made(self, places, clerk):
        places.hospital.registration_number = "1" * 22
        self.licence(places).registration_number = "2" * 22

        roster = make_roster(clerk)

        assert roster.head == {
            "institution_name": places.hospital.name,
            "registration_number": "2" * 22,
            "bureau_name": places.city.institution_name,
            "exam_year": "2018",
            "batch": "1",
            "version": "1",
            "notes": ROSTER_NOTES,
        }
        assert (roster.batch, roster.headcount) == (1, 1)
        assert roster.state is RosterState.DRAFT

    def test_without_a_licence_in_use_the_institutions_own_number_counts(self, places, clerk):
        places.hospital.registration_number = "1" * 22
        # 疾病预防控制中心 practises without one.
        places.hospital.category_code = "J1"
        self.licence(places).is_in_use = False

        assert make_roster(clerk).head["registration_number"] == "1" * 22

    def test_bureau_is_the_nearest_above(self, places):
        village = make_actor(make_institution(places.hospital))

        roster = make_roster(village)

        assert roster.bureau_id == places.city.institution_id
        with acting(village):
            assert roster.bureau.name == places.city.institution_name

    def test_without_a_bureau_there_is_no_roster(self, app):
        clerk = make_actor(make_institution())

        with pytest.raises(DomainError, match="上级考试管理机构"):
            make_roster(clerk)

    def test_printed_values_are_kept_as_they_were(self, clerk):
        periods = (
            period_input(started_on=dt.date(2016, 9, 1), ended_on=dt.date(2017, 2, 28)),
            period_input(
                department="外科", started_on=dt.date(2017, 3, 1), ended_on=dt.date(2017, 8, 31)
            ),
        )
        made = make_certificate(clerk, periods=periods)
        roster = make_roster(clerk, [made])
        edit(clerk, made, name="周大燕", periods=(period_input(department="儿科"),))

        assert rosters.people_of(roster) == [
            {
                "position": 1,
                "name": "周晓燕",
                "gender": "女",
                "id_number": made.id_number,
                "education": "大学本科毕业",
                "major": "临床医学",
                "certificate_type": "医师资格考试试用期考核证明",
                "exam_category": "临床执业医师",
                "department": "内科\n外科",
                "period_text": "2016.09-2017.02\n2017.03-2017.08",
                "months": "12个月",
                "mentor": "蒋建国（110420102000001）",
                "conclusion": "合格",
                "remark": "",
                "submission_code": roster.entries[0].submission_code,
            }
        ]
        assert roster.entries[0].submission_code != made.submission_code

    def test_assistants_are_remarked(self, clerk):
        with acting(clerk):
            made = certificates.create(clerk, practice_input())

        assert rosters.people_of(make_roster(clerk, [made]))[0]["remark"] == "执业助理医师报考"

    def test_code_seals_head_people_and_values(self, clerk, session):
        roster = make_roster(clerk, [make_certificate(clerk), make_certificate(clerk)])

        assert roster.code.startswith("HMC-18A-")
        assert rosters.is_sealed_by(roster, roster.entries, roster.code)
        assert not rosters.is_sealed_by(roster, roster.entries[::-1], roster.code)
        assert not rosters.is_sealed_by(roster, roster.entries[:1], roster.code)

    def test_snapshot_never_changes(self, clerk, session):
        roster = make_roster(clerk)
        roster.head = {**roster.head, "institution_name": "别的医院"}
        with pytest.raises(ScopeError):
            session.flush()
        session.rollback()

    def test_entry_never_changes(self, clerk, session):
        entry = make_roster(clerk).entries[0]
        entry.content = json.dumps({})
        with pytest.raises(ScopeError):
            session.flush()
        session.rollback()

    def test_batches_count_for_each_institution_and_year(self, places, clerk):
        numbers = [make_roster(clerk).batch for _ in range(3)]
        other = make_roster(places.other_clerk).batch
        next_year = make_roster(clerk, [make_certificate(clerk, exam_year=2019)]).batch

        assert (numbers, other, next_year) == ([1, 2, 3], 1, 1)

    def test_batches_given_without_the_counter_are_passed_over(self, clerk, session):
        first = make_roster(clerk)
        counter = f"roster:{clerk.institution_id}:{YEAR}"
        session.execute(
            numbering.update(numbering.Counter)
            .where(numbering.Counter.name == counter)
            .values(value=0)
        )

        assert make_roster(clerk).batch == first.batch + 1

    def test_same_form_sent_twice_makes_one_roster(self, clerk):
        made = make_certificate(clerk)
        first = rosters.create(clerk, YEAR, [made.id], form_key="roster-form-1")

        assert rosters.create(clerk, YEAR, [made.id], form_key="roster-form-1") is first
        assert scope.count_visible(Roster) == 1

    def test_keys_may_come_straight_from_the_form(self, clerk):
        made = make_certificate(clerk)

        assert rosters.create(clerk, YEAR, [str(made.id)]).headcount == 1

    @pytest.mark.parametrize("keys", [["x"], ["99999999999999999999"], [0], ["１"]])
    def test_keys_that_are_none_are_not_found(self, clerk, keys):
        with pytest.raises(NotFoundError):
            rosters.create(clerk, YEAR, keys)

    def test_nobody_chosen(self, clerk):
        with pytest.raises(DomainError, match="至少选择一人"):
            rosters.create(clerk, YEAR, [])

    def test_those_who_may_not_are_named(self, places, clerk):
        good = make_certificate(clerk)
        bad = make_certificate(clerk, name="孙未过", conclusion=Conclusion.PENDING)
        taken = make_certificate(clerk, name="钱已列")
        make_roster(clerk, [taken])

        with pytest.raises(DomainError, match="孙未过、钱已列") as caught:
            rosters.create(clerk, YEAR, [good.id, bad.id, taken.id])

        assert good.name not in caught.value.message
        assert rosters.candidates(clerk, YEAR) == [good]

    def test_strangers_are_not_found(self, places, clerk):
        stranger = make_certificate(places.other_clerk)

        with pytest.raises(NotFoundError):
            rosters.create(clerk, YEAR, [stranger.id])

    def test_people_of_an_institution_below_are_not_ours(self, places, clerk):
        below = make_certificate(make_actor(make_institution(places.hospital)))

        with pytest.raises(NotAllowedError):
            rosters.create(clerk, YEAR, [below.id])

    def test_act_is_recorded(self, clerk):
        roster = make_roster(clerk)

        entry = last_entry()
        assert (entry.tag, entry.object_id, entry.object_label) == (
            "roster:create",
            roster.id,
            roster.code,
        )


class TestVoidAndRemake:
    @pytest.mark.parametrize(
        "state", [RosterState.DRAFT, RosterState.PRINTED, RosterState.RETURNED]
    )
    def test_void_frees_the_people(self, places, clerk, state):
        made = make_certificate(clerk)
        roster = make_roster(clerk, [made], state=state, bureau=places.city)

        rosters.void(clerk, roster)

        assert roster.state is RosterState.VOIDED
        assert rosters.candidates(clerk, YEAR) == [made]

    @pytest.mark.parametrize(
        "state", [RosterState.SUBMITTED, RosterState.FILED, RosterState.VOIDED]
    )
    def test_what_is_away_is_not_voided(self, places, clerk, state):
        roster = make_roster(clerk, state=state, bureau=places.city)

        told = "已经是“已作废”状态，不用再办" if state is RosterState.VOIDED else "状态，不能作废。"
        with pytest.raises(DomainError, match=told):
            rosters.void(clerk, roster)
        with pytest.raises(DomainError, match=f"现在是“{state.label}”状态，不能重新生成。"):
            rosters.remake(clerk, roster)
        assert roster.state is state

    def test_remake_takes_present_values(self, clerk):
        changed, same = make_certificate(clerk), make_certificate(clerk)
        old = make_roster(clerk, [changed, same], state=RosterState.PRINTED)
        edit(clerk, changed, name="安先行")

        new = rosters.remake(clerk, old)

        assert old.state is RosterState.VOIDED
        assert [one["name"] for one in rosters.people_of(new)] == ["安先行", "周晓燕"]
        assert (new.batch, new.head["version"], new.head["replaces"]) == (2, "2", old.code)
        assert rosters.changed_since(new) == []
        rosters.mark_printed(clerk, new)
        rosters.submit(clerk, new)

    def test_remake_leaves_out_who_does_not_qualify_any_more(self, clerk):
        stays, fails, leaves = (make_certificate(clerk) for _ in range(3))
        old = make_roster(clerk, [stays, fails, leaves])
        edit(clerk, fails, conclusion=Conclusion.UNQUALIFIED)
        certificates.delete(clerk, leaves, "误录")

        new = rosters.remake(clerk, old)

        assert [entry.certificate_id for entry in new.entries] == [stays.id]

    def test_remake_of_nobody_leaves_the_old_one(self, clerk):
        made = make_certificate(clerk)
        old = make_roster(clerk, [made])
        edit(clerk, made, conclusion=Conclusion.UNQUALIFIED)

        with pytest.raises(DomainError, match="不能重新生成"):
            rosters.remake(clerk, old)

        assert old.state is RosterState.DRAFT
        assert old.entries[0].is_living

    def test_returned_and_corrected_roster_is_remade(self, places, clerk):
        made = make_certificate(clerk)
        old = make_roster(clerk, [made], state=RosterState.RETURNED, bureau=places.city)
        edit(clerk, made, major="全科医学")

        new = rosters.remake(clerk, old)
        rosters.mark_printed(clerk, new)
        rosters.submit(clerk, new)

        assert made.state is CertificateState.SUBMITTED

    def test_remake_once_only(self, clerk):
        old = make_roster(clerk)
        rosters.remake(clerk, old)

        with pytest.raises(DomainError, match="已作废"):
            rosters.remake(clerk, old)

    def test_version_counts_on(self, clerk):
        roster = make_roster(clerk)
        for _ in range(2):
            roster = rosters.remake(clerk, roster)

        assert roster.head["version"] == "3"


def test_mixed_types_stand_on_one_roster(clerk):
    with acting(clerk):
        practice = certificates.create(clerk, practice_input())
    roster = make_roster(clerk, [make_certificate(clerk), practice])

    kinds = {one["certificate_type"] for one in rosters.people_of(roster)}

    assert kinds == {kind.label for kind in CertificateType}

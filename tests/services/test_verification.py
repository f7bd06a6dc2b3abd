"""What anybody learns about a printed code, and what nobody does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from extensions import db
from models import (
    CertificateState,
    CertificateType,
    CodeState,
    Conclusion,
    Roster,
    RosterEntry,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
)
from services import certificates, rosters, scope
from services.certificates import canonical_content, input_of
from services.certificates.content import FIELDS, FIELDS_OF_PERIOD
from services.scope import Reason, unscoped
from services.signing import CodeKey, CodeKeys
from services.verification import VerificationStatus, verify
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import YEAR, make_exam_cycle
from tests.factories.places import make_places
from tests.factories.rosters import make_roster

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def places(app):
    found = make_places()
    make_exam_cycle()
    return found


@pytest.fixture
def made(places):
    return make_certificate(places.clerk, name="欧阳晓燕")


def edit(actor, certificate, **values):
    with acting(actor):
        certificates.update(
            actor, certificate, replace(input_of(certificate), **values), certificate.version
        )


def tamper(session, model, key, **values):
    """Change a row behind the platform's back."""
    with unscoped(Reason.MAINTENANCE):
        session.flush()
        session.execute(
            update(model).where(model.id == key).values(**values),
            execution_options={"synchronize_session": False},
        )
        session.expire_all()


class TestCertificate:
    def test_current_code_is_valid_and_shows_masked_data(self, places, made):
        found = verify(made.submission_code)

        assert found.status is VerificationStatus.VALID
        assert found.is_valid
        assert found.code == made.submission_code
        assert found.name == "欧*"
        assert found.id_tail == made.id_number[-4:]
        assert found.institution == places.hospital.name
        assert found.exam_year == YEAR
        assert found.certificate_type is CertificateType.TRIAL
        assert found.category == "临床执业医师"
        assert found.period_text == "2016.09-2017.08"
        assert found.conclusion is Conclusion.QUALIFIED
        assert (found.headcount, found.roster_state) == (None, None)

    def test_nothing_more_is_told(self, made):
        shown = repr(verify(made.submission_code)) + str(verify(made.submission_code).facts)

        for secret in (made.name, made.id_number, made.id_number[:-4], made.phone, "蒋建国"):
            assert secret not in shown

    def test_facts_stand_in_order_with_labels(self, places, made):
        assert verify(made.submission_code).facts == [
            ("编码", made.submission_code),
            ("姓名", "欧*"),
            ("证件号码后四位", made.id_number[-4:]),
            ("出具机构", places.hospital.name),
            ("考试年度", "2018"),
            ("报考类型", "医师资格考试试用期考核证明"),
            ("报考类别", "临床执业医师"),
            ("起止时间", "2016.09-2017.08"),
            ("考核结论", "合格"),
        ]

    def test_needs_no_actor_and_leaves_none(self, made, session):
        scope.unbind()
        session.expunge_all()

        assert verify(made.submission_code).is_valid
        assert session.scalars(select(TrialCertificate)).all() == []
        assert not any(isinstance(row, TrialCertificate) for row in session.identity_map.values())

    def test_is_read_however_it_was_typed(self, made):
        assert verify(f" {made.submission_code.lower().replace('-', '')} ").is_valid

    def test_old_code_is_superseded(self, places, made):
        old = made.submission_code
        edit(places.clerk, made, major="全科医学")

        assert verify(old).status is VerificationStatus.SUPERSEDED
        assert verify(made.submission_code).is_valid

    def test_deleted_certificate_is_voided(self, places, made):
        with acting(places.clerk):
            certificates.delete(places.clerk, made, "误录")

        assert verify(made.submission_code).status is VerificationStatus.VOIDED

    @pytest.mark.parametrize("typed", ["", "18A-0000-0000-0000-1-01", "你好", "x" * 1000, "\0"])
    def test_mistyped_code(self, app, typed):
        found = verify(typed)

        assert found.status is VerificationStatus.MISTYPED
        assert (found.code, found.facts) == ("", [])

    def test_code_of_another_key_does_not_exist(self, app, made, session, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setitem(app.extensions, "code_keys", CodeKeys(CodeKey("z" * 32)))
            foreign = certificates.code_of(made)

        found = verify(foreign)

        assert found.status is VerificationStatus.UNKNOWN
        assert found.facts == [("编码", foreign)]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("name", "欧阳小燕"),
            ("id_document_code", "02"),
            ("id_number", "422222199005060029"),
            ("gender_code", "1"),
            ("born_on", dt.date(1990, 5, 7)),
            ("ethnic_group_code", "02"),
            ("education_code", "31"),
            ("school", "华中科技大学"),
            ("major", "口腔医学"),
            ("graduated_on", dt.date(2012, 6, 30)),
            ("exam_category_code", "210"),
            ("practice_certificate_number", "210420102000001"),
            ("qualification_certificate_number", "2"),
            ("conclusion", Conclusion.UNQUALIFIED),
            ("content_version", 2),
        ],
    )
    def test_data_changed_behind_the_platforms_back(self, made, session, column, value):
        tamper(session, TrialCertificate, made.id, **{column: value})

        found = verify(made.submission_code)

        assert found.status is VerificationStatus.INCONSISTENT
        assert found.facts == [("编码", found.code)]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("place_name", "武汉市第二医院"),
            ("department", "外科"),
            ("started_on", dt.date(2016, 8, 1)),
            ("ended_on", dt.date(2017, 9, 1)),
            ("mentor_name", "别人"),
            ("mentor_practice_certificate_number", "110420102000002"),
            ("content", "什么也没做"),
        ],
    )
    def test_periods_changed_behind_the_platforms_back(self, made, session, column, value):
        with unscoped(Reason.MAINTENANCE):
            key = made.periods[0].id
        tamper(session, TrialPeriod, key, **{column: value})

        assert verify(made.submission_code).status is VerificationStatus.INCONSISTENT

    def test_state_and_phone_are_no_content(self, made, session):
        tamper(
            session,
            TrialCertificate,
            made.id,
            state=CertificateState.FILED,
            phone="13900139000",
        )

        assert verify(made.submission_code).is_valid

    def test_code_moved_to_another_certificate(self, places, made, session):
        other = make_certificate(places.clerk)
        with unscoped(Reason.MAINTENANCE):
            session.execute(
                update(SubmissionCode)
                .where(SubmissionCode.code == made.submission_code)
                .values(certificate_id=other.id)
            )

        assert verify(made.submission_code).status is VerificationStatus.INCONSISTENT

    def test_old_code_made_current_again(self, places, made, session):
        old = made.submission_code
        edit(places.clerk, made, major="全科医学")
        with unscoped(Reason.MAINTENANCE):
            session.execute(
                update(SubmissionCode)
                .where(SubmissionCode.code == old)
                .values(state=CodeState.CURRENT)
            )

        assert verify(old).status is VerificationStatus.INCONSISTENT


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
        assert verify(made.submission_code).is_valid
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


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
dates = st.dates(dt.date(1950, 1, 1), dt.date(2030, 1, 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_any_single_change_of_content_changes_the_code(places, made, data):
    with acting(places.clerk):
        code, content = certificates.code_of(made), canonical_content(made)
        target, names = data.draw(
            st.sampled_from([(made, FIELDS), (made.periods[0], FIELDS_OF_PERIOD)])
        )
        name = data.draw(st.sampled_from(names))
        old = getattr(target, name)
        match old:
            case dt.date():
                values = dates
            case CertificateType():
                values = st.sampled_from(CertificateType)
            case Conclusion():
                values = st.sampled_from(Conclusion)
            case int():
                values = st.integers(0, 3000)
            case _:
                values = texts
        try:
            with db.session.no_autoflush:
                setattr(target, name, data.draw(values))
                same = canonical_content(made) == content
                assert (certificates.code_of(made) == code) == same
        finally:
            db.session.refresh(made)
            db.session.refresh(made.periods[0])


def test_content_holds_every_column_that_is_printed(places, made):
    kept = {
        *("id", "institution_id"),
        *(column.key for column in TrialCertificate.__mapper__.column_attrs),
    }
    no_content = {
        "owner_path",
        "state",
        "id_number_index",
        "phone",
        "content_version",
        "submission_code",
        "form_key",
        "deleted_at",
        "deleted_by",
        "delete_reason",
        "search_text",
        "created_at",
        "updated_at",
        "version",
    }
    assert set(FIELDS) == kept - no_content
    columns = {column.key for column in TrialPeriod.__mapper__.column_attrs}
    assert set(FIELDS_OF_PERIOD) == columns - {
        *("id", "certificate_id", "position", "place_id", "institution_id", "owner_path")
    }

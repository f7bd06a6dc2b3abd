"""What anybody learns about a printed code, and what nobody does."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from extensions import db
from models import (
    CertificateState,
    CertificateType,
    CodeState,
    Conclusion,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
)
from services import certificates, scope
from services.certificates import canonical_content
from services.certificates.content import FIELDS, FIELDS_OF_PERIOD
from services.scope import Reason, replanting, unscoped
from services.signing import CodeKey, CodeKeys
from services.verification import VerificationStatus, verify
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import YEAR, make_exam_cycle
from tests.services.verification_cases import edit, january, made, places, printed, tamper

__all__ = ["january", "made", "places"]


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
            ("打印时间", "2018-01-15 10:00"),
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
        # Nobody can have a paper with the new code yet.
        assert verify(made.submission_code).status is VerificationStatus.UNPRINTED
        printed(places.clerk, made)
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
            ("exam_year", YEAR - 1),
        ],
    )
    def test_data_changed_behind_the_platforms_back(self, made, session, column, value):
        make_exam_cycle(YEAR - 1)
        tamper(session, TrialCertificate, made.id, **{column: value})

        found = verify(made.submission_code)

        assert found.status is VerificationStatus.INCONSISTENT
        assert found.facts == [("编码", found.code)]

    def test_type_or_institution_changed_behind_the_platforms_back(self, places, made, session):
        numbers = {name: "1" for name in FIELDS if name.endswith("certificate_number")}
        key = made.id
        tamper(
            session,
            TrialCertificate,
            key,
            certificate_type=CertificateType.PRACTICE,
            **numbers,
        )
        assert verify(made.submission_code).status is VerificationStatus.INCONSISTENT
        back = dict.fromkeys(numbers)
        tamper(session, TrialCertificate, key, certificate_type=CertificateType.TRIAL, **back)
        assert verify(made.submission_code).is_valid
        other = places.other_hospital
        with replanting():
            tamper(session, TrialCertificate, key, institution_id=other.id, owner_path=other.path)
        assert verify(made.submission_code).status is VerificationStatus.INCONSISTENT

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

"""Uploading and confirming tables of people: as shown, all or nothing, once."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from extensions import db
from models import (
    AuditEntry,
    CertificateDoubt,
    CertificateState,
    CertificateType,
    CodeState,
    Conclusion,
    Doubt,
    ImportBatch,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
)
from services import audit, certificates
from services.certificates.importing import writing
from services.errors import DomainError, NotAllowedError, NotFoundError, StaleVersionError
from services.institutions import importing as institutions
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.certificates import (
    ASSISTANT,
    certificate_input,
    make_certificate,
    make_id_number,
    period_input,
)
from tests.factories.exam_cycles import YEAR
from tests.factories.people_tables import people_table, period_row, person_row
from tests.factories.rosters import make_roster
from tests.services.importing.batch_cases import failing_at
from tests.services.people_import.people_cases import (
    CHANGED,
    DESK,
    NEW,
    UNCHANGED,
    WRONG,
    applied,
    clerk,
    count,
    entries,
    imported,
    january,
    outcome_of,
    people,
    places,
    statuses,
    uploaded,
)

__all__ = ["clerk", "january", "places"]


NAMES = ["赵甲", "赵乙", "赵丙", "赵丁", "赵戊"]


def rewritten(row, **values):
    """Return the row of a saved person, with what is changed."""
    return person_row(id_number=row.id_number, **values)


def test_new_people_are_as_if_entered_on_the_form(places, clerk):
    number = make_id_number(gender="1")
    further = {"id_number": number, **period_row(department="外科", started_on="2017-09-01")}
    rows = [
        person_row(id_number=number, name="钱甲", ended_on="2017-08-31"),
        person_row(name="孙乙", conclusion="考核中"),
        {**further, "ended_on": "2017-12-31"},
    ]
    assert imported(clerk, *rows).new_count == 2
    second, first = people(clerk)
    assert (first.name, first.gender_code, first.born_on) == ("钱甲", "1", dt.date(1990, 5, 6))
    assert first.state is CertificateState.COMPLETED
    assert [(one.department, one.position) for one in first.periods] == [("内科", 0), ("外科", 1)]
    assert {one.place_id for one in first.periods} == {places.hospital.id}
    assert second.conclusion is Conclusion.PENDING
    with acting(clerk):
        for row in (first, second):
            assert certificates.is_code_of(row, row.submission_code)
            (code,) = certificates.versions_of(clerk, row)
            assert code.code == row.submission_code
        found = certificates.doubts.of_certificates([first.id, second.id])
    assert found == {}
    made = entries(audit.AuditTag.CERTIFICATE_CREATE)
    assert [entry.object_label for entry in made] == ["钱甲", "孙乙"]
    labels = {change["label"]: change["new"] for change in made[0].changes}
    assert labels["学历"] == "大学本科毕业"
    assert number not in str([entry.changes for entry in made])
    (whole,) = entries(audit.AuditTag.CERTIFICATE_IMPORT)
    assert whole.changes == [{"label": "新增行数", "old": "", "new": "2"}]


def test_it_is_the_same_as_by_the_form_to_the_letter(clerk, places):
    """Content, trail and doubts do not depend on the way in which a person came."""
    by_form = make_certificate(
        clerk,
        name="钱甲",
        periods=(period_input(place_name=places.hospital.name, ended_on=dt.date(2017, 5, 1)),),
    )
    imported(clerk, person_row(name="孙乙", ended_on="2017-05-01"))
    by_table = next(row for row in people(clerk) if row.name == "孙乙")
    left_out = {"id", "name", "id_number"}
    one, other = (
        {k: v for k, v in certificates.canonical_content(row).items() if k not in left_out}
        for row in (by_form, by_table)
    )
    assert one == other
    assert (by_form.version, by_form.content_version) == (by_table.version, 1)
    with acting(clerk):
        told = certificates.doubts.of_certificates([by_form.id, by_table.id])
        assert [t.sentence for t in told[by_form.id]] == [t.sentence for t in told[by_table.id]]
    first, second = entries(audit.AuditTag.CERTIFICATE_CREATE)
    assert [c for c in first.changes if c["label"] != "姓名"] == [
        c for c in second.changes if c["label"] != "姓名"
    ]


def test_the_same_file_again_changes_nothing(clerk):
    data = people_table([person_row(), person_row()])
    applied(clerk, uploaded(clerk, data))
    before = count(TrialCertificate), count(SubmissionCode), count(AuditEntry)
    assert statuses(outcome_of(clerk, data)) == [UNCHANGED, UNCHANGED]
    key = uploaded(clerk, data)
    with pytest.raises(DomainError, match="没有需要新增或修改的内容"):
        applied(clerk, key)
    db.session.rollback()
    # The uploads, and the one that was given up for the second.
    assert (count(TrialCertificate), count(SubmissionCode), count(AuditEntry)) == (
        *before[:2],
        before[2] + 3,
    )


def test_what_differs_is_changed_with_a_new_code(clerk):
    imported(clerk, person_row(conclusion="考核中"))
    (row,) = people(clerk)
    old = row.submission_code
    outcome = outcome_of(clerk, people_table([rewritten(row, phone="13900139000")]))
    (shown,) = outcome.rows
    assert shown.status.value == CHANGED
    assert shown.changes == [
        {"label": "手机号", "old": "138****8000", "new": "139****9000"},
        {"label": "考核结论", "old": "考核中", "new": "合格"},
    ]
    imported(clerk, rewritten(row, phone="13900139000"))
    (after,) = people(clerk)
    assert (after.phone, after.conclusion) == ("13900139000", Conclusion.QUALIFIED)
    assert (after.content_version, after.submission_code != old) == (2, True)
    with unscoped(Reason.MAINTENANCE):
        states = dict(db.session.execute(select(SubmissionCode.code, SubmissionCode.state)).all())
    assert states == {old: CodeState.SUPERSEDED, after.submission_code: CodeState.CURRENT}
    (entry,) = entries(audit.AuditTag.CERTIFICATE_UPDATE)
    assert {change["label"] for change in entry.changes} >= {"手机号", "考核结论"}


def test_a_phone_alone_makes_no_new_code(clerk):
    imported(clerk, person_row())
    (row,) = people(clerk)
    imported(clerk, rewritten(row, phone="13900139000"))
    (after,) = people(clerk)
    assert (after.content_version, after.submission_code) == (1, row.submission_code)


def test_empty_cells_and_rows_without_periods_leave_what_is_there(clerk):
    imported(clerk, person_row(conclusion="考核中"))
    (row,) = people(clerk)
    keys = {"exam_year": str(YEAR), "certificate_type": "试用期", "id_number": row.id_number}
    imported(clerk, {**keys, "conclusion": "不合格"})
    (after,) = people(clerk)
    assert after.conclusion is Conclusion.UNQUALIFIED
    assert (after.school, len(after.periods)) == ("武汉大学", 1)


def test_periods_that_are_given_replace_all(clerk):
    number = make_id_number()
    keys = {"exam_year": str(YEAR), "certificate_type": "试用期", "id_number": number}
    imported(
        clerk,
        person_row(id_number=number, ended_on="2017-02-28"),
        {**keys, **period_row(started_on="2017-03-01", department="外科")},
    )
    (shown,) = outcome_of(clerk, people_table([{**keys, **period_row(department="儿科")}])).rows
    assert [change["label"] for change in shown.changes] == [
        "试用信息第1段 试用科室",
        "试用信息第1段 截止时间",
        "试用信息第2段",
    ]
    imported(clerk, {**keys, **period_row(department="儿科")})
    (after,) = people(clerk)
    assert [period.department for period in after.periods] == ["儿科"]
    assert count(TrialPeriod) == 1


def test_both_types_stand_in_one_table(clerk):
    number = make_id_number()
    practice = person_row(
        id_number=number,
        certificate_type="执业期",
        education_code="大学专科毕业",
        qualification_certificate_number=f"201442210{number}",
        practice_certificate_number=ASSISTANT,
    )
    imported(clerk, person_row(id_number=number), practice)
    found = {row.certificate_type: row for row in people(clerk)}
    assert set(found) == set(CertificateType)
    assert found[CertificateType.PRACTICE].practice_certificate_number == ASSISTANT


def test_numbers_of_an_assistant_are_ignored_on_trial_and_said_so(clerk):
    table = people_table([person_row(practice_certificate_number=ASSISTANT)])
    (row,) = outcome_of(clerk, table).rows
    assert row.status.value == NEW
    assert any("不需填写，已忽略" in note for note in row.notes)


@pytest.mark.parametrize("state", [RosterState.SUBMITTED, RosterState.FILED])
def test_what_was_handed_in_is_wrong_when_it_differs_only(clerk, places, state):
    imported(clerk, person_row())
    (row,) = people(clerk)
    make_roster(clerk, [row], state=state, bureau=places.city)
    db.session.commit()
    assert statuses(outcome_of(clerk, people_table([rewritten(row)]))) == [UNCHANGED]
    (shown,) = outcome_of(clerk, people_table([rewritten(row, name="赵六")])).rows
    assert shown.status.value == WRONG
    assert "不能修改" in shown.errors["id_number"]


def test_a_roster_that_would_be_void_is_named(clerk):
    imported(clerk, person_row())
    (row,) = people(clerk)
    make_roster(clerk, [row], state=RosterState.PRINTED)
    db.session.commit()
    (shown,) = outcome_of(clerk, people_table([rewritten(row, school="华中科技大学")])).rows
    assert any("2018年第1批花名册（已打印）" in note for note in shown.notes)


def test_doubts_are_foreseen_as_they_are_kept(clerk, places):
    """The mentor of five at once, a short trial, a place that is not in the library.

    That another institution has one of them is told of saved people only.
    """
    rows = [person_row(name=NAMES[n]) for n in range(5)]
    rows.append(person_row(name="孙乙", started_on="2017-06-01", place_name="某某诊所"))
    make_certificate(places.other_clerk, id_number=rows[0]["id_number"])
    data = people_table(rows)
    outcome = outcome_of(clerk, data)
    assert outcome.doubt_count == 6
    foreseen = {row.name: sorted(row.doubts) for row in outcome.rows}
    imported(clerk, *rows)
    saved = people(clerk)
    with acting(clerk):
        told = certificates.doubts.of_certificates([row.id for row in saved])
    assert {
        row.name: sorted(
            one.sentence for one in told.get(row.id, ()) if one.kind is not Doubt.TWO_PLACES
        )
        for row in saved
    } == foreseen
    assert Doubt.TWO_PLACES in {one.kind for some in told.values() for one in some}
    with unscoped(Reason.MAINTENANCE):
        kinds = db.session.execute(
            select(CertificateDoubt.institution_id, CertificateDoubt.kind).where(
                CertificateDoubt.kind == Doubt.TWO_PLACES
            )
        ).all()
    # The other institution has been told, too.
    assert {key for key, _kind in kinds} == {places.hospital.id, places.other_hospital.id}


def test_doubts_of_changed_people_leave_out_what_is_replaced(clerk):
    imported(clerk, *(person_row(name=NAMES[n]) for n in range(3)))
    rows = [rewritten(row, name=row.name, phone="13900139000") for row in people(clerk)]
    # Three trainees are as many as may be; counted twice they would be six.
    assert outcome_of(clerk, people_table(rows)).doubt_count == 0


def test_somebody_who_saved_meanwhile_is_not_overwritten(clerk):
    imported(clerk, person_row())
    (row,) = people(clerk)
    key = uploaded(clerk, people_table([rewritten(row, name="赵六")]))
    with acting(clerk):
        saved = certificates.find(row.id)
        data = certificates.input_of(saved)
        certificates.update(clerk, saved, replace_phone(data), saved.version)
        db.session.commit()
    assert applied(clerk, key) is None
    (after,) = people(clerk)
    assert after.name == "周晓燕"
    with acting(clerk), pytest.raises(StaleVersionError):
        DESK.apply(clerk, key, 1)
    assert applied(clerk, key).changed_count == 1
    assert people(clerk)[0].name == "赵六"


def replace_phone(data):
    return certificate_input(
        **{
            name: getattr(data, name)
            for name in data.__dataclass_fields__
            if name not in {"phone", "form_key"}
        },
        phone="13700137000",
    )


def test_somebody_entered_while_it_is_written_is_found_too(clerk, monkeypatch):
    number = make_id_number()
    key = uploaded(clerk, people_table([person_row(id_number=number)]))
    original = writing._create

    def enter_and_create(actor, owner, people, codes):
        certificates.create(actor, certificate_input(id_number=number, name="先到"))
        return original(actor, owner, people, codes)

    monkeypatch.setattr(writing, "_create", enter_and_create)
    with pytest.raises(StaleVersionError):
        applied(clerk, key)
    db.session.rollback()
    assert people(clerk) == []


@pytest.mark.parametrize("nth", [1, 3, 6])
def test_a_fault_at_anybody_leaves_nothing(clerk, monkeypatch, nth):
    old = [person_row(name=NAMES[n]) for n in range(3)]
    imported(clerk, *old)
    changed = [{**row, "school": "华中科技大学"} for row in old]
    key = uploaded(clerk, people_table([*changed, *(person_row() for _ in range(3))]))
    models = (TrialCertificate, TrialPeriod, SubmissionCode, CertificateDoubt, AuditEntry)
    before = [count(model) for model in models]
    with monkeypatch.context() as patch:
        patch.setattr(writing.audit, "record", failing_at(nth, audit.record))
        with pytest.raises(RuntimeError):
            applied(clerk, key)
    db.session.rollback()
    assert [count(model) for model in models] == before
    assert applied(clerk, key).new_count == 3


def test_entry_that_is_closed_is_refused_like_on_the_form(clerk, january):
    imported(clerk, person_row())
    (row,) = people(clerk)
    january.move_to(dt.datetime(2019, 1, 15, tzinfo=dt.UTC))
    table = people_table([rewritten(row, name="赵六"), person_row(), rewritten(row, name="周晓燕")])
    with acting(clerk):
        shown = DESK.preview_of(clerk, uploaded(clerk, people_table([person_row()]))).outcome
    assert "截止" in shown.rows[0].errors["exam_year"]
    (changed, new) = outcome_of(clerk, table).rows
    assert "截止" in changed.errors["exam_year"]
    assert "截止" in new.errors["exam_year"]


def test_an_incomplete_record_takes_nobody_new(clerk, places):
    imported(clerk, person_row())
    (row,) = people(clerk)
    with unscoped(Reason.MAINTENANCE):
        places.hospital.address = None
        db.session.commit()
    with pytest.raises(DomainError, match="资料尚不完整"):
        uploaded(clerk, people_table([person_row()]))
    db.session.rollback()
    assert statuses(outcome_of(clerk, people_table([rewritten(row, name="赵六")]))) == [CHANGED]


def test_the_batch_is_the_uploaders_alone(clerk, places):
    key = uploaded(clerk, people_table([person_row()]))
    colleague = make_actor(places.hospital)
    for other in (colleague, places.other_clerk):
        with acting(other):
            for act in (DESK.find_own, DESK.preview_of, DESK.workbook_of):
                with pytest.raises(NotFoundError):
                    act(other, key)
            with pytest.raises(NotFoundError):
                DESK.apply(other, key, 1)
    with acting(places.city), pytest.raises(NotAllowedError):
        DESK.upload(places.city, "x.xlsx", people_table([person_row()]))


def test_people_and_institutions_do_not_mix(clerk):
    key = uploaded(clerk, people_table([person_row()]))
    with acting(clerk):
        if clerk.may(institutions.DESK.permission):
            assert institutions.recent(clerk) == []
            with pytest.raises(NotFoundError):
                institutions.find_own(clerk, key)
        assert [batch.id for batch in DESK.recent(clerk)] == [key]
        assert count(ImportBatch) == 1


def test_the_outcome_survives_being_kept(clerk):
    number = make_id_number()
    rows = [person_row(id_number=number), {"id_number": number, "name": "别人", **period_row()}]
    outcome = outcome_of(clerk, people_table(rows))
    assert type(outcome).unpacked(outcome.packed()) == outcome
    assert outcome.wrong_cells().keys() == {3}

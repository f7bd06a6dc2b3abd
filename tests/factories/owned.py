"""One row of every kind that an institution can own."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from sqlalchemy import select

from extensions import db
from models import (
    AuthMethod,
    CertificateDoubt,
    CertificateDraft,
    CertificateReview,
    CertificateType,
    CodePrint,
    Conclusion,
    Doubt,
    ExamCycle,
    Institution,
    Job,
    JobKind,
    Owned,
    ReviewResult,
    Roster,
    RosterEntry,
    SignInSession,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
    VerificationStatus,
)
from services.scope import Reason, unscoped
from tests.factories.account_batches import make_account_batch
from tests.factories.administrators import make_administrator
from tests.factories.exam_cycles import make_extension
from tests.factories.imports import make_import_batch
from tests.factories.institutions import make_former_name
from tests.factories.licences import make_licence, make_scan
from tests.factories.rosters import make_roster_scan

_numbers = count(1)

#: The address code was given up before the birth year: nobody bears this number.
ID_NUMBER = "422222198501010014"


def make_cycle(year: int = 2018, **values: Any) -> ExamCycle:
    """Return the stored exam year, made unless it is there."""
    cycle = db.session.scalar(select(ExamCycle).where(ExamCycle.year == year))
    if cycle is None:
        cycle = ExamCycle(
            **{
                "year": year,
                "entry_opens_on": dt.date(year - 1, 9, 1),
                "entry_closes_on": dt.date(year, 1, 20),
                "roster_due_on": dt.date(year, 1, 31),
                "trial_cutoff_on": dt.date(year, 8, 31),
                **values,
            }
        )
        db.session.add(cycle)
        db.session.flush()
    return cycle


def make_plain_certificate(institution: Institution, **values: Any) -> TrialCertificate:
    """Return a stored certificate with one period and one code; its values follow no rule."""
    cycle, number = make_cycle(), next(_numbers)
    with unscoped(Reason.MAINTENANCE):
        certificate = TrialCertificate(
            institution=institution,
            periods=[
                TrialPeriod(
                    position=1,
                    place_name=institution.name,
                    department="内科",
                    started_on=dt.date(2017, 1, 1),
                    ended_on=dt.date(2018, 1, 1),
                    mentor_name="孙某",
                    mentor_practice_certificate_number="110420000000001",
                    content="门诊",
                )
            ],
            **{
                "exam_year": cycle.year,
                "certificate_type": CertificateType.TRIAL,
                "name": "周某",
                "id_document_code": "01",
                "id_number": f"{ID_NUMBER[:-4]}{number:04d}",
                "gender_code": "1",
                "born_on": dt.date(1985, 1, 1),
                "ethnic_group_code": "01",
                "education_code": "21",
                "school": "某医学院",
                "major": "临床医学",
                "graduated_on": dt.date(2016, 6, 30),
                "phone": "13800138000",
                "exam_category_code": "110",
                "conclusion": Conclusion.QUALIFIED,
                "submission_code": f"TEST-{number:06d}",
                **values,
            },
        )
        code = SubmissionCode(
            certificate=certificate, code=certificate.submission_code, content_version=1
        )
        db.session.add_all([certificate, code])
        db.session.flush()
    return certificate


def make_plain_roster(institution: Institution, bureau: Institution, **values: Any) -> Roster:
    """Return a stored roster of one person, received by ``bureau``."""
    certificate, number = make_plain_certificate(institution), next(_numbers)
    with unscoped(Reason.MAINTENANCE):
        roster = Roster(
            institution=institution,
            entries=[
                RosterEntry(
                    certificate=certificate,
                    position=1,
                    submission_code=certificate.submission_code,
                    content="{}",
                )
            ],
            **{
                "exam_year": certificate.exam_year,
                "batch": number,
                "code": f"HMC-TEST-{number:06d}",
                "head": {},
                "headcount": 1,
                "bureau_id": bureau.id,
                **values,
            },
        )
        db.session.add(roster)
        db.session.flush()
    return roster


def make_everything(institution: Institution, bureau: Institution) -> list[Owned]:
    """Return one stored row of every owned model for ``institution``."""
    administrator = make_administrator(institution)
    roster = make_plain_roster(institution, bureau)
    (entry,) = roster.entries
    with unscoped(Reason.MAINTENANCE):
        code = db.session.scalars(
            select(SubmissionCode).where(SubmissionCode.certificate_id == entry.certificate_id)
        ).one()
        session = SignInSession(
            institution=institution,
            administrator=administrator,
            token_hash=f"{next(_numbers):064d}",
            method=AuthMethod.PASSWORD,
            address="192.0.2.1",
            last_address="192.0.2.1",
            device="test",
            device_hash="",
        )
        printed = CodePrint(
            code=code,
            head={},
            actor_id=administrator.id,
            actor_name=administrator.full_name,
            actor_path=institution.path,
            office=institution.name,
        )
        doubt = CertificateDoubt(
            certificate=entry.certificate, kind=Doubt.SHORT, sentence="不满一年，请核对。"
        )
        job = Job(
            institution=institution,
            administrator=administrator,
            kind=JobKind.GRID_EXPORT,
            title="导出列表",
            arguments="{}",
            address="192.0.2.1",
            request_id="",
        )
        draft = CertificateDraft(
            institution=institution,
            administrator_id=administrator.id,
            form_key=f"draft-{next(_numbers):06d}",
            content="{}",
        )
        review = CertificateReview(
            code=code,
            status=VerificationStatus.VALID,
            result=ReviewResult.MATCHES,
            actor_id=administrator.id,
            actor_name=administrator.full_name,
            actor_path=institution.path,
            office=institution.name,
        )
        db.session.add_all([session, printed, doubt, draft, job, review])
        db.session.flush()
    licence = make_licence(institution)
    return [
        make_extension(institution, bureau),
        make_former_name(institution),
        licence,
        *licence.departments,
        make_scan(licence),
        make_import_batch(administrator),
        make_account_batch(administrator, [administrator.id]),
        administrator,
        session,
        job,
        entry.certificate,
        *entry.certificate.periods,
        doubt,
        draft,
        code,
        printed,
        review,
        roster,
        entry,
        make_roster_scan(roster),
    ]

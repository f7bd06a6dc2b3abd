"""Entering, changing and deleting certificates (谁试用、谁采集、谁负责)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy import update as update_rows
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from extensions import db
from models import (
    CertificateState,
    CodeState,
    Institution,
    InstitutionKind,
    Roster,
    RosterEntry,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
    utc_now,
)
from models.encryption import blind_index
from services import audit, exam_years, form_keys, scope
from services.audit import AuditTag
from services.certificates import doubts, rules
from services.certificates.changes import changes_between, stretches_of
from services.certificates.content import canonical_content, code_of, sealed_content
from services.certificates.inputs import ENTERED, ENTERED_OF_PERIOD, input_of
from services.clock import today
from services.errors import DomainError, FieldErrors, NotAllowedError, StaleVersionError
from services.exam_years import entry
from services.institutions.completeness import require_complete
from services.permissions import Permission

if TYPE_CHECKING:
    from sqlalchemy import Select

    from services.actor import Actor
    from services.certificates.inputs import CertificateInput

DUPLICATE: Final = "本机构本年度已录入该人员的同类型考核证明，请勿重复录入，可在列表中修改。"
#: Years outside are typing errors, and no database need be asked for them.
_YEARS: Final = range(2000, 2100)


def visible() -> Select[TrialCertificate]:
    """Return the statement of all certificates that were not deleted."""
    return select(TrialCertificate).where(TrialCertificate.deleted_at.is_(None))


def find(key: object) -> TrialCertificate:
    """Return the certificate with ``key``, or raise ``NotFoundError``, for deleted ones too."""
    return scope.find(TrialCertificate, key, statement=visible())


def create(actor: Actor, data: CertificateInput) -> TrialCertificate:
    """Enter a certificate for the actor's own institution, whose record must be complete.

    The same form sent a second time (``form_key``) gives the certificate of the first time. Raises
    ``FieldErrors`` with every broken rule.
    """
    actor.require(Permission.CERTIFICATE_WRITE)
    if actor.kind is not InstitutionKind.HEALTHCARE:
        raise NotAllowedError("考核证明由试用机构填报，考试管理机构不能填报。")
    clean, errors = _checked(data, actor, opening_for=data.exam_year)
    earlier = _sent_before(clean)
    if earlier is not None:
        return earlier
    owner = scope.find(Institution, actor.institution_id)
    require_complete(owner)
    _refuse(errors, actor.institution_id, clean)
    doubts.hold_certificate(owner.id, doubts.ties_of(clean))
    try:
        with db.session.begin_nested():
            certificate = TrialCertificate(
                institution=owner,
                institution_id=owner.id,
                form_key=clean.form_key,
                state=CertificateState.COMPLETED,
                content_version=1,
            )
            after = _fill(certificate, clean)
            changes = changes_between(certificate, [], after)
            # The code holds the key that the database is going to give; until then, a place holder.
            certificate.submission_code = uuid4().hex
            db.session.add(certificate)
            db.session.flush()
            certificate.submission_code = code_of(certificate)
            _keep_code(certificate)
            audit.record(actor, AuditTag.CERTIFICATE_CREATE, certificate, changes=changes)
            db.session.flush()
            doubts.keep(certificate)
    except IntegrityError as error:
        earlier = _sent_before(clean)
        if earlier is not None:
            return earlier
        _refuse({}, actor.institution_id, clean)
        raise DomainError(form_keys.EXPIRED) from error
    return certificate


def update(
    actor: Actor, certificate: TrialCertificate, data: CertificateInput, expected_version: int
) -> None:
    """Change a certificate; changed content makes a new code, and the old one is superseded.

    Entry must be open for its exam year, and for the one to which it is moved.
    ``expected_version`` is the ``version`` that the form was filled from. Raises ``FieldErrors``
    with every broken rule, ``StaleVersionError`` when somebody else has saved meanwhile.
    """
    require_own(actor, certificate)
    if certificate.version != expected_version:
        raise StaleVersionError
    _require_editable(certificate)
    entry.require_open(certificate)
    year = data.exam_year if data.exam_year != certificate.exam_year else None
    clean, errors = _checked(data, actor, opening_for=year)
    _refuse(errors, certificate.institution_id, clean, besides=certificate.id)
    ties = doubts.ties_of(certificate)
    doubts.hold_certificate(certificate.institution_id, ties, doubts.ties_of(clean))
    try:
        with db.session.begin_nested():
            before, content = stretches_of(certificate), canonical_content(certificate)
            after = _fill(certificate, clean)
            old_code = certificate.submission_code
            if canonical_content(certificate) != content:
                certificate.content_version += 1
                certificate.submission_code = code_of(certificate)
            changes = changes_between(certificate, before, after)
            if certificate.submission_code != old_code:
                _retire_code(old_code, CodeState.SUPERSEDED, certificate)
                _keep_code(certificate)
            if changes:
                audit.record(actor, AuditTag.CERTIFICATE_UPDATE, certificate, changes=changes)
            db.session.flush()
            doubts.keep(certificate, before=ties)
    except StaleDataError as error:
        raise StaleVersionError from error
    except IntegrityError as error:
        _refuse({}, certificate.institution_id, clean, besides=certificate.id)
        raise DomainError("该内容与已有记录冲突，未保存。请核对后重试。") from error


def delete(actor: Actor, certificate: TrialCertificate) -> None:
    """Delete a certificate; its row and its codes are kept, the codes as voided."""
    require_own(actor, certificate)
    _require_editable(certificate)
    entry.require_open(certificate)
    if _is_on_printed_roster(certificate):
        raise DomainError("该人员已列入打印的花名册，请先作废花名册，再删除。")
    ties = doubts.ties_of(certificate)
    doubts.hold_certificate(certificate.institution_id, ties)
    try:
        with db.session.begin_nested():
            certificate.deleted_at = utc_now()
            _retire_code(certificate.submission_code, CodeState.VOIDED, certificate)
            audit.record(actor, AuditTag.CERTIFICATE_DELETE, certificate)
            db.session.flush()
            doubts.keep(certificate, before=ties)
    except StaleDataError as error:
        raise StaleVersionError from error


def require_own(actor: Actor, certificate: TrialCertificate) -> None:
    """Raise ``NotAllowedError`` unless the actor enters people where the certificate is."""
    actor.require(Permission.CERTIFICATE_WRITE)
    if certificate.institution_id != actor.institution_id:
        raise NotAllowedError("考核证明由填报的试用机构负责，其他机构不能修改。")


def problems(data: CertificateInput) -> dict[str, str]:
    """Return what is wrong with an entry by itself, by field; other records are not looked at."""
    return _checked(data)[1]


def reveal(actor: Actor, certificate: TrialCertificate, *, way: str) -> None:
    """Record that ID number and phone of a certificate are shown in full, and by which ``way``."""
    actor.require(Permission.CERTIFICATE_READ)
    actor.require(Permission.PERSONAL_READ)
    changes = [audit.said("方式", way)]
    audit.record(actor, AuditTag.CERTIFICATE_REVEAL, certificate, changes=changes)


def _checked(
    data: CertificateInput, actor: Actor | None = None, *, opening_for: int | None = None
) -> tuple[CertificateInput, dict[str, str]]:
    """Return the input in normal form and its errors.

    Entry for the exam year ``opening_for`` must be open today at the actor's institution.
    """
    day, cycle = today(), None
    if data.exam_year in _YEARS:
        cycle = exam_years.cycle_of(data.exam_year)
    clean, errors = rules.check(data, cycle=cycle, today=day)
    if cycle is not None and actor is not None and cycle.year == opening_for:
        sentence = entry.refusal(actor.institution_id, actor.path, cycle.year)
        if sentence:
            errors.setdefault("exam_year", sentence)
    return clean, errors


def _sent_before(data: CertificateInput) -> TrialCertificate | None:
    """Return the certificate that the same form has made already, if there is one."""
    earlier = form_keys.sent_before(TrialCertificate, data.form_key)
    if earlier is None:
        return None
    if earlier.deleted_at is not None:
        raise DomainError(form_keys.DELETED)
    saved = input_of(earlier)
    if any(getattr(saved, name) != getattr(data, name) for name in (*ENTERED, "periods")):
        # Sent again after going back and changing it: nothing may be lost without a word.
        raise DomainError(form_keys.CHANGED)
    return earlier


def _refuse(
    errors: dict[str, str],
    institution_id: int,
    data: CertificateInput,
    *,
    besides: int | None = None,
) -> None:
    """Raise all errors; with them, when the person has such a certificate here already."""
    keys = {"exam_year", "certificate_type", "id_number"}
    if keys.isdisjoint(errors):
        index = blind_index(data.id_number, "trial_certificates.id_number")
        twins = visible().where(
            TrialCertificate.institution_id == institution_id,
            TrialCertificate.exam_year == data.exam_year,
            TrialCertificate.certificate_type == data.certificate_type,
            TrialCertificate.id_number_index == index,
            TrialCertificate.id != (besides or 0),
        )
        if db.session.scalar(twins.with_only_columns(TrialCertificate.id).limit(1)) is not None:
            errors = {**errors, "id_number": DUPLICATE}
    if errors:
        raise FieldErrors(errors)


def _require_editable(certificate: TrialCertificate) -> None:
    if certificate.deleted_at is not None:
        raise DomainError("该考核证明已被删除。")
    if not certificate.is_editable:
        way_back = "撤销备案" if certificate.state is CertificateState.FILED else "退回花名册"
        raise DomainError(
            f"该考核证明{certificate.state.label}，不能修改或删除；"
            f"如有错误，请联系接收单位{way_back}。"
        )


def _is_on_printed_roster(certificate: TrialCertificate) -> bool:
    statement = (
        select(Roster.id)
        .join(RosterEntry, RosterEntry.roster_id == Roster.id)
        .where(
            RosterEntry.certificate_id == certificate.id,
            RosterEntry.is_living,
            Roster.state != RosterState.DRAFT,
        )
    )
    return db.session.scalar(statement.limit(1)) is not None


def _fill(certificate: TrialCertificate, data: CertificateInput) -> list[dict[str, Any]]:
    """Write checked input into a certificate; return its periods as they are now."""
    for name in ENTERED:
        value = getattr(data, name)
        if getattr(certificate, name) != value:
            setattr(certificate, name, value)
    for position, entered in enumerate(data.periods):
        if position == len(certificate.periods):
            certificate.periods.append(TrialPeriod())
        period = certificate.periods[position]
        for name in ENTERED_OF_PERIOD:
            value = getattr(entered, name)
            if getattr(period, name) != value:
                setattr(period, name, value)
        period.position = position
    del certificate.periods[len(data.periods) :]
    return stretches_of(certificate)


def _keep_code(certificate: TrialCertificate) -> None:
    """Enter the present code of a stored certificate among all that it ever had."""
    db.session.add(
        SubmissionCode(
            certificate=certificate,
            code=certificate.submission_code,
            content_version=certificate.content_version,
            content=sealed_content(certificate),
            state=CodeState.CURRENT,
        )
    )


def _retire_code(code: str, state: CodeState, certificate: TrialCertificate) -> None:
    """Let a code stand for nothing any more."""
    db.session.execute(
        update_rows(SubmissionCode)
        .where(SubmissionCode.code == code, SubmissionCode.certificate_id == certificate.id)
        .values(state=state),
        execution_options={"synchronize_session": "fetch"},
    )

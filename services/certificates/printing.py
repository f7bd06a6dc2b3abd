"""Printing certificates: each print is kept with the version that was printed, and by whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from extensions import db
from models import (
    Administrator,
    CertificateType,
    CodePrint,
    CodeState,
    Institution,
    SubmissionCode,
    TrialCertificate,
    label_of,
    utc_now,
)
from services import audit, scope
from services.audit import CHINA, AuditTag
from services.certificates.use_cases import visible
from services.errors import DomainError
from services.permissions import Permission

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from services.actor import Actor

#: Certificates in one paper; a longer one keeps a whole process busy for too long.
MOST_AT_ONCE: Final = 100


@dataclass(frozen=True)
class Print:
    """One print: when, and by whom as far as the reader may know."""

    at: dt.datetime
    #: The operator, or only the office when it is one above the reader.
    who: str


@dataclass(frozen=True)
class Version:
    """One code that a certificate had, with all of its prints, oldest first."""

    number: int
    code: str
    state: CodeState
    made_at: dt.datetime
    prints: tuple[Print, ...]


def find_to_print(keys: Sequence[object]) -> list[TrialCertificate]:
    """Return the certificates with all of ``keys`` in the order given.

    Raises ``NotFoundError`` when one of them is not there, was deleted or cannot be seen, and
    ``DomainError`` when there are more of them than a paper holds.
    """
    if len(keys) > MOST_AT_ONCE:
        raise DomainError(
            f"一次最多打印{MOST_AT_ONCE}份考核证明，您选择了{len(keys)}份。请分几次选择、打印。"
        )
    statement = visible().options(
        joinedload(TrialCertificate.institution).joinedload(Institution.licence_in_use),
        joinedload(TrialCertificate.ethnic_group),
        joinedload(TrialCertificate.exam_cycle),
    )
    return scope.find_all(TrialCertificate, keys, statement=statement)


def mark_printed(actor: Actor, certificates: Iterable[TrialCertificate]) -> None:
    """Record that the papers of certificates, each with its present code, were printed.

    Raises ``DomainError`` when one was changed or deleted since it was read: its paper would bear
    a code that counts no more, and perhaps a part of the new content.
    """
    actor.require(Permission.CERTIFICATE_READ)
    chosen = {one.submission_code: one for one in certificates}
    present = db.session.scalars(
        select(SubmissionCode)
        .where(SubmissionCode.code.in_(chosen), SubmissionCode.state == CodeState.CURRENT)
        .execution_options(populate_existing=True)
    )
    codes = {code.code: code for code in present}
    overtaken = [one.name for text, one in chosen.items() if text not in codes]
    if overtaken:
        raise DomainError(f"“{overtaken[0]}”的信息刚刚被修改或删除，没有打印。请刷新后重新打印。")
    label = label_of(TrialCertificate.submission_code)
    for text, certificate in chosen.items():
        db.session.add(
            CodePrint(
                code=codes[text],
                printed_at=utc_now(),
                head=head_of(certificate),
                actor_id=actor.administrator_id,
                actor_name=audit.name_of(actor),
                actor_path=actor.path,
                office=actor.institution_name,
            )
        )
        changes = [audit.said(label, text)]
        audit.record(actor, AuditTag.CERTIFICATE_PRINT, certificate, changes=changes)
    db.session.flush()


def printed_on(certificates: Iterable[TrialCertificate]) -> dict[int, dt.date]:
    """Return by certificate the day on which this very paper was first printed, if it was.

    A paper is another one with another version, and when what it says of the institution, or its
    notes, have changed; so a later print of the same paper is the same to the byte.
    """
    chosen = {one.submission_code: one for one in certificates}
    known = db.session.execute(
        select(SubmissionCode.code, CodePrint.head, CodePrint.printed_at)
        .join(CodePrint, CodePrint.code_id == SubmissionCode.id)
        .where(SubmissionCode.code.in_(chosen))
        .order_by(CodePrint.id)
    )
    days: dict[int, dt.date] = {}
    for code, head, at in known:
        certificate = chosen[code]
        if head == head_of(certificate):
            days.setdefault(certificate.id, at.astimezone(CHINA).date())
    return days


def head_of(certificate: TrialCertificate) -> dict[str, str]:
    """Return what a paper says beside the content of its code: the institution, and the notes.

    Both are as they are at the time of the print.
    """
    institution, cycle = certificate.institution, certificate.exam_cycle
    licence = institution.licence_in_use
    is_practice = certificate.certificate_type is CertificateType.PRACTICE
    return {
        "institution_name": institution.name,
        "registration_number": (licence.registration_number if licence else None)
        or institution.registration_number
        or "",
        "address": institution.address or "",
        "postcode": institution.postcode or "",
        "notes": cycle.practice_notes if is_practice else cycle.certificate_notes,
    }


def versions_of(actor: Actor, certificate: TrialCertificate) -> list[Version]:
    """Return every code that a certificate had, newest first, with all prints (提交编码记录).

    Those who printed from above the actor's node are named by their office only, as in the trail.
    """
    actor.require(Permission.CERTIFICATE_READ)
    rows = db.session.execute(
        select(SubmissionCode, CodePrint, Administrator.id.label("colleague"))
        .outerjoin(CodePrint, CodePrint.code_id == SubmissionCode.id)
        # Whoever has an account that the actor sees is known, wherever they once stood.
        .outerjoin(Administrator, Administrator.id == CodePrint.actor_id)
        .where(SubmissionCode.certificate_id == certificate.id)
        .order_by(SubmissionCode.content_version.desc(), SubmissionCode.id.desc(), CodePrint.id)
    )
    versions: dict[int, Version] = {}
    for code, printed, colleague in rows:
        version = versions.setdefault(
            code.id, Version(code.content_version, code.code, code.state, code.created_at, ())
        )
        if printed is not None:
            is_known = bool(colleague) or audit.is_known_operator(actor, printed.actor_path)
            who = printed.actor_name if is_known else printed.office
            prints = (*version.prints, Print(printed.printed_at, who))
            versions[code.id] = replace(version, prints=prints)
    return list(versions.values())

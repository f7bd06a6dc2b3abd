"""The audit trail of the demo: who entered, printed, handed in and filed what stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import RosterState, TrialCertificate, label_of
from services import audit
from services.actor import actor_of
from services.audit import AuditTag

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from models import (
        Administrator,
        CertificateReview,
        CodePrint,
        EntryExtension,
        Roster,
    )
    from services.actor import Actor

#: TEST-NET-1: stands for no computer.
_ADDRESS = "192.0.2.17"


_DELETE = AuditTag.CERTIFICATE_DELETE


def actors_of(administrators: list[Administrator]) -> dict[int, Actor]:
    """Return who acts for each institution, by its key: its first account."""
    actors: dict[int, Actor] = {}
    for administrator in administrators:
        if administrator.institution_id not in actors:
            actors[administrator.institution_id] = actor_of(
                administrator, administrator.institution, address=_ADDRESS
            )
    return actors


def add_trail(
    actors: Mapping[int, Actor],
    certificates: list[TrialCertificate],
    rosters: list[Roster],
    prints: list[CodePrint],
    extensions: list[EntryExtension],
    reviews: tuple[Actor, list[CertificateReview]],
) -> None:
    """Record every act that led to what was stored."""
    acts = [
        *_of_certificates(certificates),
        *_of_rosters(rosters),
        *(
            (
                one.printed_at,
                one.code.certificate.institution_id,
                AuditTag.CERTIFICATE_PRINT,
                one.code.certificate,
            )
            for one in prints
        ),
        *(
            (one.created_at, one.bureau_id, AuditTag.ENTRY_EXTENSION_GRANT, one)
            for one in extensions
        ),
    ]
    reviewer, found = reviews
    done = [
        *((moment, actors[key], tag, target) for moment, key, tag, target in acts),
        *(
            (
                one.reviewed_at,
                reviewer,
                AuditTag.REVIEW_RECORD,
                one.code.certificate if one.code is not None else None,
            )
            for one in found
        ),
    ]
    # The trail is read by key, so it is written in the order in which things happened.
    for moment, actor, tag, target in sorted(done, key=lambda act: act[0]):
        reason = getattr(target, "delete_reason", None) if tag is _DELETE else None
        changes = [audit.said(label_of(TrialCertificate.delete_reason), reason)] if reason else []
        audit.record(actor, tag, target, changes=changes).at = moment


def _of_certificates(
    certificates: list[TrialCertificate],
) -> Iterator[tuple[dt.datetime, int, AuditTag, TrialCertificate]]:
    for one in certificates:
        yield one.created_at, one.institution_id, AuditTag.CERTIFICATE_CREATE, one
        if one.content_version > 1:
            yield one.created_at, one.institution_id, AuditTag.CERTIFICATE_UPDATE, one
        if one.deleted_at is not None:
            yield one.deleted_at, one.institution_id, AuditTag.CERTIFICATE_DELETE, one


def _of_rosters(rosters: list[Roster]) -> Iterator[tuple[dt.datetime, int, AuditTag, Roster]]:
    for roster in rosters:
        own = roster.institution_id
        yield roster.created_at, own, AuditTag.ROSTER_CREATE, roster
        if roster.printed_at is not None:
            yield roster.printed_at, own, AuditTag.ROSTER_PRINT, roster
        if roster.submitted_at is not None:
            yield roster.submitted_at, own, AuditTag.ROSTER_SUBMIT, roster
        if roster.decided_at is not None:
            was_filed = roster.state is RosterState.FILED
            tag = AuditTag.ROSTER_FILE if was_filed else AuditTag.ROSTER_RETURN
            yield roster.decided_at, roster.bureau_id, tag, roster
        if roster.state is RosterState.VOIDED:
            last = roster.decided_at or roster.printed_at or roster.created_at
            yield last, own, AuditTag.ROSTER_VOID, roster

"""Looking a code up at the desk: what the paper must show, the record today, and what was filed.

Of a code that lies outside of the reviewer's part of the tree no more is told than anybody learns.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from extensions import db
from models import (
    CodePrint,
    Institution,
    Licence,
    Roster,
    RosterEntry,
    RosterState,
    SubmissionCode,
    TrialCertificate,
    VerificationStatus,
)
from services import audit, form_keys, signing
from services.audit import AuditTag
from services.certificates import canonical_content, content_sealed_by, doubts, head_of
from services.licence_validity import Validity, validity_of
from services.permissions import Permission
from services.reviews.reading import Told, of_certificate
from services.verification import (
    Verification,
    cautions_of,
    explanation_of,
    status_of_certificate,
    verify,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from services.actor import Actor

NUMBER_SHOWN: Final = "证件号码已完整显示"


@dataclass(frozen=True)
class Content:
    """What a version says: its canonical content, and what the paper says of the institution."""

    values: Mapping[str, Any]
    #: Empty where it is not known what the paper said.
    head: Mapping[str, str]


@dataclass(frozen=True)
class Filed:
    """The roster that names the person, as it was made."""

    roster: Roster
    #: The code that stands on it.
    code: str
    #: The values that it prints, as its snapshot holds them.
    printed: Mapping[str, str]
    #: All content of that version, where it was kept.
    values: Mapping[str, Any] | None

    @property
    def is_filed(self) -> bool:
        """Whether its bureau has filed it (已备案)."""
        return self.roster.state is RosterState.FILED


@dataclass(frozen=True)
class LicenceSeen:
    """The licence of a place where the trial was served; ``None`` where the reader sees none."""

    place: str
    licence: Licence | None
    validity: Validity | None
    #: Whether the place stands in the reviewer's part of the library at all.
    is_known: bool


@dataclass(frozen=True)
class Seen:
    """What lies on the desk for one code."""

    status: VerificationStatus
    code: str
    #: What anybody learns; all there is of what lies elsewhere, or nowhere.
    public: Verification | None = None
    certificate: TrialCertificate | None = None
    version: int = 0
    paper: Content | None = None
    today: Content | None = None
    filed: Filed | None = None
    #: When papers with this code were printed, latest first.
    printed_at: tuple[dt.datetime, ...] = ()
    #: What a true paper is not good for.
    cautions: Sequence[str] = ()
    doubts: Sequence[doubts.Told] = ()
    licences: Sequence[LicenceSeen] = ()
    earlier: Sequence[Told] = ()
    form_key: str = ""

    @property
    def may_match(self) -> bool:
        """Whether the paper can be what it says: all else is not to be accepted."""
        return self.status is VerificationStatus.VALID

    @property
    def may_be_forged(self) -> bool:
        """Whether the paper bears a code that the platform never gave."""
        return self.status is VerificationStatus.UNKNOWN

    @property
    def explanation(self) -> str:
        """What the status means for whoever holds the paper."""
        return self.public.explanation if self.public else explanation_of(self.status)


def look_up(actor: Actor, typed: str) -> Seen:
    """Return what there is to compare with the paper of a typed or scanned code.

    It shows the ID number in full, so it leaves an entry; so does a code that nobody gave, which
    may be a forgery. A typing error leaves none.
    """
    actor.require(Permission.REVIEW_WRITE)
    actor.require(Permission.PERSONAL_READ)
    code = signing.read_code(typed)
    known = find_code(code) if code is not None and signing.has_key_of(code) else None
    if known is None:
        return _public(actor, typed)
    seen = _seen(actor, known)
    changes = [*said_of(known, seen.status), audit.said("个人信息", NUMBER_SHOWN)]
    audit.record(actor, AuditTag.REVIEW_LOOK_UP, known.certificate, changes=changes)
    return seen


def find_code(code: str, *, holds: bool = False) -> SubmissionCode | None:
    """Return a code of the reviewer's part of the tree with its certificate, if there is one.

    With ``holds`` nobody gives the certificate another code until the transaction ends.
    """
    statement = (
        select(SubmissionCode)
        .where(SubmissionCode.code == code)
        .options(
            joinedload(SubmissionCode.certificate).options(
                joinedload(TrialCertificate.institution)
                .joinedload(Institution.licence_in_use)
                .lazyload(Licence.departments),
                joinedload(TrialCertificate.exam_cycle),
            )
        )
    )
    if holds:
        statement = statement.with_for_update(of=SubmissionCode)
    return db.session.scalars(statement).unique().one_or_none()


def status_of(code: SubmissionCode, prints: Sequence[object]) -> VerificationStatus:
    """Return what a code is worth now."""
    certificate = code.certificate
    return status_of_certificate(
        code.code, code.state, certificate, certificate.periods, is_printed=bool(prints)
    )


def prints_of(code: SubmissionCode) -> Sequence[Any]:
    """Return head and moment of each print of a code, latest first."""
    return db.session.execute(
        select(CodePrint.head, CodePrint.printed_at)
        .where(CodePrint.code_id == code.id)
        .order_by(CodePrint.id.desc())
    ).all()


def said_of(code: SubmissionCode, status: VerificationStatus) -> list[audit.Change]:
    """Return what entries say of a code and its worth."""
    return said_of_text(code.code, status)


def said_of_text(code: str, status: VerificationStatus) -> list[audit.Change]:
    """Return the same of a code of which the platform, or the reviewer, has no record."""
    return [audit.said("提交编码", code), audit.said("编码状态", status.label)]


def _public(actor: Actor, typed: str) -> Seen:
    found = verify(typed)
    if found.status is not VerificationStatus.MISTYPED:
        changes = said_of_text(found.code, found.status)
        audit.record(actor, AuditTag.REVIEW_LOOK_UP, changes=changes)
    return Seen(found.status, found.code, public=found)


def _seen(actor: Actor, code: SubmissionCode) -> Seen:
    certificate, prints = code.certificate, prints_of(code)
    status = status_of(code, prints)
    today = Content(canonical_content(certificate), head_of(certificate))
    sealed = content_sealed_by(code)
    if sealed is None and status in {VerificationStatus.VALID, VerificationStatus.UNPRINTED}:
        # The code vouches for the record itself.
        sealed = dict(today.values)
    return Seen(
        status,
        code.code,
        certificate=certificate,
        version=code.content_version,
        paper=Content(sealed, prints[0].head if prints else {}) if sealed is not None else None,
        today=today,
        filed=_filed(certificate),
        printed_at=tuple(one.printed_at for one in prints),
        cautions=(
            cautions_of(certificate.exam_cycle, certificate.conclusion)
            if status is VerificationStatus.VALID
            else ()
        ),
        doubts=doubts.of_certificates([certificate.id]).get(certificate.id, ()),
        licences=_licences(certificate),
        earlier=of_certificate(actor, certificate),
        form_key=form_keys.draw(),
    )


def _filed(certificate: TrialCertificate) -> Filed | None:
    """Return the roster in which the person stands, else the last one in which they stood."""
    found = db.session.execute(
        select(RosterEntry, Roster, SubmissionCode)
        .join(Roster, Roster.id == RosterEntry.roster_id)
        .outerjoin(SubmissionCode, SubmissionCode.code == RosterEntry.submission_code)
        .where(RosterEntry.certificate_id == certificate.id)
        .order_by(RosterEntry.is_living.desc(), RosterEntry.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    entry, roster = found[0], found[1]
    code: SubmissionCode | None = found[2]
    values = content_sealed_by(code) if code is not None else None
    return Filed(roster, entry.submission_code, json.loads(entry.content), values)


def _licences(certificate: TrialCertificate) -> list[LicenceSeen]:
    """Return the licence in use of each place of the trial, each place once."""
    own = certificate.institution
    places = {period.place_name: period.place_id for period in certificate.periods}
    others = {key for key in places.values() if key not in {None, own.id}}
    known: dict[int, Licence | None] = {own.id: own.licence_in_use}
    if others:
        rows = db.session.execute(
            select(Institution.id, Licence)
            .outerjoin(Licence, (Licence.institution_id == Institution.id) & Licence.is_in_use)
            .where(Institution.id.in_(others))
            .options(lazyload(Licence.departments))
        )
        known.update({key: licence for key, licence in rows})  # noqa: C416 - rows are no pairs
    found = []
    for name, key in places.items():
        place = own.id if key is None and name == own.name else key
        licence = known.get(place or 0)
        found.append(
            LicenceSeen(name, licence, validity_of(licence) if licence else None, place in known)
        )
    return found

"""Drafts (草稿): what a clerk has typed and not saved, kept on the server as it was typed.

They are the institution's own: its accounts see them, nobody above does. Saving one is no act on
record; showing and throwing one away is.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from extensions import db
from models import CertificateDraft, Institution, InstitutionKind, TrialCertificate, utc_now
from services import audit, form_keys, scope
from services.audit import AuditTag
from services.certificates.use_cases import require_editable, require_own
from services.errors import DomainError, NotAllowedError, StaleVersionError
from services.housekeeping import clear_away
from services.permissions import Permission
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from services.actor import Actor

#: So long a draft is kept after it was last saved.
KEPT_FOR: Final = dt.timedelta(days=30)
#: Drafts of one institution.
MOST: Final = 50
#: Characters of one draft: a form with as many periods as it takes has fewer.
LONGEST: Final = 60_000
LABEL: Final = "草稿"

#: Names and values of a form's fields, in their order.
Typed = list[tuple[str, str]]


@dataclass(frozen=True, repr=False)
class Told:
    """A draft as a list names it."""

    id: int
    #: Whose certificate it is going to be; empty when no name was typed yet.
    name: str
    who: str
    saved_at: dt.datetime
    is_own: bool
    #: The certificate of which it is a change.
    certificate_id: int | None


@dataclass(frozen=True, repr=False)
class Opened:
    """A draft that is shown in its form."""

    id: int
    version: int
    certificate_id: int | None
    typed: Typed


def save(
    actor: Actor,
    typed: Typed,
    *,
    form_key: str | None = None,
    certificate: TrialCertificate | None = None,
    expected_version: int = 0,
) -> CertificateDraft | None:
    """Keep what was typed into the form with ``form_key``, or into that of ``certificate``.

    ``expected_version`` is that of the draft that the page knows, 0 for none. Returns ``None`` when
    the form was saved as a certificate meanwhile. Raises ``StaleVersionError`` when there is a
    newer draft, ``DomainError`` when there are too many, or it is too long.
    """
    _require_clerk(actor)
    own = select(CertificateDraft).where(CertificateDraft.institution_id == actor.institution_id)
    if certificate is not None:
        require_own(actor, certificate)
        require_editable(certificate)
        known = own.where(
            CertificateDraft.certificate_id == certificate.id,
            CertificateDraft.administrator_id == actor.administrator_id,
        )
    else:
        if not form_key:
            raise DomainError(form_keys.EXPIRED)
        if form_keys.sent_before(TrialCertificate, form_key) is not None:
            return None
        known = own.where(CertificateDraft.form_key == form_key)
    content = json.dumps(dict(typed), ensure_ascii=False, separators=(",", ":"))
    if len(content) > LONGEST:
        raise DomainError("填写的内容过长，不能存为草稿。")
    draft = db.session.scalars(known.with_for_update()).unique().one_or_none()
    if draft is not None:
        if draft.version != expected_version:
            raise StaleVersionError(
                "这份信息已有另一份草稿，本页内容没有存为草稿。请先在列表上方打开或删除该草稿。"
            )
        draft.content, draft.administrator_id = content, actor.administrator_id
        draft.updated_at = utc_now()
        db.session.flush()
        return draft
    _clear_expired()
    if len(db.session.scalars(_living(actor).with_only_columns(CertificateDraft.id)).all()) >= MOST:
        raise DomainError(f"本机构已有{MOST}份草稿，不能再存。请先在列表上方打开或删除草稿。")
    draft = CertificateDraft(
        institution=scope.find(Institution, actor.institution_id),
        administrator_id=actor.administrator_id,
        form_key=form_key if certificate is None else None,
        certificate_id=certificate.id if certificate is not None else None,
        content=content,
    )
    try:
        with db.session.begin_nested():
            db.session.add(draft)
            db.session.flush()
    except IntegrityError:
        # Sent twice at once, or the key of somebody else's form.
        raise StaleVersionError("草稿正在保存，请稍后再试。") from None
    return draft


def told(actor: Actor) -> list[Told]:
    """Return the drafts of the actor's institution, the latest first."""
    _require_clerk(actor)
    rows = db.session.scalars(
        _living(actor)
        .options(joinedload(CertificateDraft.administrator))
        .order_by(CertificateDraft.updated_at.desc(), CertificateDraft.id.desc())
    ).unique()
    return [
        Told(
            id=row.id,
            name=dict(_typed(row)).get("name", ""),
            who=row.administrator.full_name if row.administrator else "",
            saved_at=row.updated_at,
            is_own=row.administrator_id == actor.administrator_id,
            certificate_id=row.certificate_id,
        )
        for row in rows
    ]


def open_draft(actor: Actor, key: object) -> Opened:
    """Return a draft with all that was typed, on record; raises ``NotFoundError``."""
    draft = _find(actor, key)
    audit.record(actor, AuditTag.CERTIFICATE_DRAFT_OPEN, draft, label=LABEL)
    mine = draft.certificate_id is None or draft.administrator_id == actor.administrator_id
    # Of somebody else's change one goes on in a draft of one's own.
    return Opened(draft.id, draft.version if mine else 0, draft.certificate_id, _typed(draft))


def discard(actor: Actor, key: object) -> None:
    """Throw a draft of the own institution away; raises ``NotFoundError``."""
    draft = _find(actor, key)
    audit.record(actor, AuditTag.CERTIFICATE_DRAFT_DISCARD, draft, label=LABEL)
    db.session.delete(draft)
    db.session.flush()


def forget(
    actor: Actor,
    *,
    form_key: str | None = None,
    certificate_id: int | None = None,
    opened: int | None = None,
) -> None:
    """Remove the draft of what was just saved; of a change the own one, and the one ``opened``."""
    purpose = (
        CertificateDraft.form_key == form_key
        if certificate_id is None
        else CertificateDraft.certificate_id == certificate_id
    )
    whose = [CertificateDraft.administrator_id == actor.administrator_id]
    if certificate_id is None:
        whose = [CertificateDraft.form_key.is_not(None)]
    elif opened is not None:
        whose.append(CertificateDraft.id == opened)
    db.session.execute(
        delete(CertificateDraft).where(
            CertificateDraft.institution_id == actor.institution_id, purpose, or_(*whose)
        ),
        execution_options={"synchronize_session": False},
    )


def _require_clerk(actor: Actor) -> None:
    actor.require(Permission.CERTIFICATE_WRITE)
    if actor.kind is not InstitutionKind.HEALTHCARE:
        raise NotAllowedError


def _find(actor: Actor, key: object) -> CertificateDraft:
    _require_clerk(actor)
    return scope.find(CertificateDraft, key, statement=_living(actor))


def _living(actor: Actor) -> Select[CertificateDraft]:
    """Return the statement of the institution's drafts that are not over; a change's while it is.

    What was deleted is changed no more.
    """
    saved = select(TrialCertificate.form_key).where(
        TrialCertificate.form_key == CertificateDraft.form_key
    )
    gone = select(TrialCertificate.id).where(TrialCertificate.deleted_at.is_not(None))
    return select(CertificateDraft).where(
        CertificateDraft.institution_id == actor.institution_id,
        ~_is_over(),
        # Saved in the moment in which the draft was.
        CertificateDraft.form_key.is_(None) | CertificateDraft.form_key.not_in(saved),
        or_(
            CertificateDraft.certificate_id.is_(None),
            CertificateDraft.certificate_id.not_in(gone),
        ),
    )


def _is_over() -> ColumnElement[bool]:
    condition: ColumnElement[bool] = CertificateDraft.updated_at <= utc_now() - KEPT_FOR
    return condition


def _clear_expired() -> None:
    """Remove what is over anywhere: an institution may never come back for it."""
    with unscoped(Reason.MAINTENANCE):
        clear_away(CertificateDraft.id, _is_over())


def _typed(draft: CertificateDraft) -> Typed:
    return [(str(name), str(value)) for name, value in json.loads(draft.content).items()]

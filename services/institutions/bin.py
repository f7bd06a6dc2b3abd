"""The recycle bin (回收站): deleting an institution, bringing it back, removing it for good.

Deleting puts the segment ``BIN`` before the path by one UPDATE. The foreign keys carry that to all
that the institution owns, so that it lies outside of everybody's part of the tree.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, literal, select
from sqlalchemy import delete as delete_rows
from sqlalchemy import update as update_rows

from extensions import db
from models import (
    AccountBatch,
    Administrator,
    AuditEntry,
    CertificateDraft,
    EntryExtension,
    FormerName,
    ImportBatch,
    Institution,
    Job,
    Licence,
    LicenceScan,
    Roster,
    SignInSession,
    TrialCertificate,
    TrialPeriod,
    utc_now,
)
from models.institution import BIN, SEGMENT_LENGTH
from services import audit, numbering
from services.audit import AuditTag
from services.errors import DomainError, NotFoundError
from services.institutions import moves, names, placing
from services.institutions.editing import NAME_TWICE
from services.institutions.record import locked_error, require_superior, require_unlocked
from services.permissions import Permission
from services.saving import saving
from services.scope import (
    Reason,
    count_visible,
    find,
    in_bin,
    parse_key,
    replanting,
    subtree,
    unscoped,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from services.actor import Actor

#: So long a deleted institution can be restored.
KEPT_FOR: Final = dt.timedelta(days=30)
#: How the two databases say that a row is still referred to.
_REFERRED_TO: Final = ("fk_", "FOREIGN KEY")
_UNSYNCHRONISED: Final = {"synchronize_session": False}


@dataclass(frozen=True)
class Purged:
    """What a purge did: how many it removed, and how many are kept since records refer to them."""

    removed: int
    kept: int


@dataclass(frozen=True)
class _Binned:
    """What restoring needs to know of an institution in the bin."""

    id: int
    path: str
    parent_id: int | None
    category_code: str | None
    name: str
    deleted_at: dt.datetime


def delete(actor: Actor, institution: Institution) -> None:
    """Put a lower institution on which nothing hangs into the recycle bin of its bureau.

    Its former names, licences and deleted accounts ride along. Raises ``DomainError`` naming what
    hangs on it, ``LockedError`` when it is locked.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    require_superior(actor, institution)
    require_unlocked(institution)
    numbering.take_turn(moves.MOVES)
    with saving(), replanting():
        _hold(institution)
        hanging = _hanging(institution)
        if hanging:
            raise DomainError(f"该机构还有{'、'.join(hanging)}，不能删除。请先处理后再删除。")
        audit.record(actor, AuditTag.INSTITUTION_DELETE, institution)
        db.session.execute(
            update_rows(Institution)
            .where(Institution.id == institution.id)
            .values(
                path=literal(BIN) + Institution.path,
                deleted_at=utc_now(),
                deleted_by=actor.full_name,
                version=Institution.version + 1,
                updated_at=Institution.updated_at,
            ),
            execution_options=_UNSYNCHRONISED,
        )
    db.session.expunge(institution)
    db.session.expire_all()


def restore(actor: Actor, key: object) -> Institution:
    """Bring an institution back below its parent, with all that rode along with it.

    Raises ``NotFoundError`` when it does not lie in the actor's recycle bin, and ``DomainError``
    when the time is over, the parent is deleted itself or no longer one to which such a bureau
    reports, or a name is taken meanwhile.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    numbering.take_turn(moves.MOVES)
    binned = _find(actor, key)
    if binned.deleted_at <= utc_now() - KEPT_FOR:
        raise DomainError(f"“{binned.name}”删除已超过{KEPT_FOR.days}天，不能恢复。")
    parent = db.session.scalar(select(Institution).where(Institution.id == binned.parent_id))
    if parent is None:
        above = names.name_of(binned.parent_id)
        raise DomainError(f"上级机构“{above}”已删除，请先恢复“{above}”，再恢复“{binned.name}”。")
    placing.require_rank(binned.category_code or "", parent)
    for name in (binned.name, *_former_names(actor, binned.id)):
        _require_free(name, binned)
    with saving(NAME_TWICE, DomainError(_taken(binned.name, binned))), replanting():
        _replant(actor, binned, numbering.next_path(parent))
    db.session.expire_all()
    restored = find(Institution, binned.id)
    audit.record(actor, AuditTag.INSTITUTION_RESTORE, restored)
    return restored


def purge() -> Purged:
    """Remove for good what was deleted more than 30 days ago; for a command, not for an account.

    Deleted accounts, their sessions and imported workbooks are handed to the parent, since a user
    name is never given twice and the trail refers to them; what other records still refer to is
    kept. Files of scans are removed by the next sweep of files without a row.
    """
    removed = kept = 0
    with unscoped(Reason.MAINTENANCE):
        expired = db.session.execute(
            select(Institution.id, Institution.path, Institution.name, Institution.parent_id)
            .where(Institution.deleted_at <= utc_now() - KEPT_FOR)
            # Those below come before those above, which they refer to.
            .order_by(func.length(Institution.path).desc(), Institution.id)
        ).all()
        for row in expired:
            try:
                with saving(_REFERRED_TO, DomainError("")):
                    _remove(row)
            except DomainError:
                kept += 1
            else:
                removed += 1
    return Purged(removed, kept)


def restorable() -> ColumnElement[bool]:
    """Return the condition that a deleted institution can still be restored."""
    condition: ColumnElement[bool] = Institution.deleted_at > utc_now() - KEPT_FOR
    return condition


def days_left(institution: Institution) -> int:
    """Return for how many more days a deleted institution can be restored, today included."""
    if institution.deleted_at is None:
        return 0
    left = institution.deleted_at + KEPT_FOR - utc_now()
    return max(0, -(-left // dt.timedelta(days=1)))


def deleters(actor: Actor, keys: Sequence[int]) -> dict[int, str]:
    """Return who deleted each of the institutions, as far as the actor may know; one query.

    Whoever acts from above the own node is known by office only.
    """
    statement = (
        select(
            AuditEntry.object_id,
            AuditEntry.actor_path,
            AuditEntry.actor_name,
            AuditEntry.institution_name,
        )
        .where(
            AuditEntry.object_type == Institution.__name__,
            AuditEntry.object_id.in_(keys),
            AuditEntry.tag == AuditTag.INSTITUTION_DELETE.value,
        )
        .order_by(AuditEntry.id)
    )
    return {
        key: name if audit.is_known_operator(actor, path) else office
        for key, path, name, office in db.session.execute(statement)
        if key is not None
    }


def _hold(institution: Institution) -> None:
    """Keep others from adding to the institution, or changing it, until the transaction ends.

    A row that somebody is adding to it at this moment is waited for, so that it is counted.
    """
    held = db.session.execute(
        select(Institution.path, Institution.locked_at)
        .where(Institution.id == institution.id)
        .with_for_update()
    ).one_or_none()
    if held is None:
        raise NotFoundError
    if held.locked_at is not None:
        raise locked_error(institution.id)
    # It may have moved along with a bureau above it.
    db.session.expire(institution, ["path", "parent_id"])


def _hanging(institution: Institution) -> list[str]:
    """Return what hangs on the institution, as parts of a sentence."""
    own = institution.id
    with unscoped(Reason.REFERENCES):
        received = count_visible(Roster, Roster.bureau_id == own)
        served = db.session.scalar(
            select(func.count(TrialPeriod.certificate_id.distinct())).where(
                TrialPeriod.place_id == own, TrialPeriod.institution_id != own
            )
        )
    counted = (
        (count_visible(Institution, Institution.parent_id == own), "个下级机构"),
        (
            count_visible(
                Administrator,
                Administrator.institution_id == own,
                Administrator.deleted_at.is_(None),
            ),
            "个用户",
        ),
        # The codes of deleted certificates stay known, so these hang on it as well.
        (
            count_visible(TrialCertificate, TrialCertificate.institution_id == own),
            "条考核证明（含已删除的）",
        ),
        (count_visible(Roster, Roster.institution_id == own), "份花名册"),
        (received, "份报送到该机构的花名册"),
        (served or 0, "条其他机构的考核证明以其为试用机构"),
    )
    return [f"{count}{what}" for count, what in counted if count]


def _find(actor: Actor, key: object) -> _Binned:
    with in_bin(actor):
        row = db.session.execute(
            select(
                Institution.id,
                Institution.path,
                Institution.parent_id,
                Institution.category_code,
                Institution.name,
                Institution.deleted_at,
            ).where(Institution.id == (parse_key(key) or 0))
        ).one_or_none()
    if row is None or row.deleted_at is None or not actor.is_above(row.path.removeprefix(BIN)):
        raise NotFoundError
    return _Binned(row.id, row.path, row.parent_id, row.category_code, row.name, row.deleted_at)


def _former_names(actor: Actor, key: int) -> list[str]:
    with in_bin(actor):
        return list(
            db.session.scalars(select(FormerName.name).where(FormerName.institution_id == key))
        )


def _require_free(name: str, binned: _Binned) -> None:
    others = names.claim(name, bearer_id=binned.id)
    if others:
        raise DomainError(_taken(name, binned, names.within(others)))


def _taken(name: str, binned: _Binned, bearer: str | None = None) -> str:
    which = "名称" if name == binned.name else "曾用名"
    by = f"“{bearer}”使用（或为其曾用名）" if bearer is not None else "其他机构使用"
    return f"“{binned.name}”的{which}“{name}”已被{by}，不能恢复；请先更改该机构的名称或曾用名。"


def _replant(actor: Actor, binned: _Binned, new_path: str) -> None:
    """Move the institution out of the bin; what was deleted below it before stays there."""
    itself = Institution.id == binned.id
    below = literal(BIN + new_path) + func.substr(Institution.path, len(binned.path) + 1)
    with in_bin(actor):
        db.session.execute(
            update_rows(Institution)
            .where(subtree(Institution.path, binned.path))
            .values(
                path=case((itself, new_path), else_=below),
                deleted_at=case((itself, None), else_=Institution.deleted_at),
                deleted_by=case((itself, None), else_=Institution.deleted_by),
                version=case((itself, Institution.version + 1), else_=Institution.version),
                updated_at=case((itself, utc_now()), else_=Institution.updated_at),
            ),
            execution_options=_UNSYNCHRONISED,
        )


def _remove(row: Any) -> None:
    """Remove one institution with what only it needs; hand the rest to its parent."""
    above = db.session.execute(
        select(Institution.id, Institution.path).where(Institution.id == row.parent_id)
    ).one()
    handed_over = {"institution_id": above.id, "owner_path": above.path}
    for model in (SignInSession, ImportBatch, AccountBatch, Job, Administrator):
        db.session.execute(
            update_rows(model).where(model.institution_id == row.id).values(handed_over),
            execution_options=_UNSYNCHRONISED,
        )
    for owned in (CertificateDraft, EntryExtension, FormerName, LicenceScan, Licence):
        db.session.execute(
            delete_rows(owned).where(owned.institution_id == row.id),
            execution_options=_UNSYNCHRONISED,
        )
    db.session.execute(
        delete_rows(Institution).where(Institution.id == row.id),
        execution_options=_UNSYNCHRONISED,
    )
    audit.record_platform(
        AuditTag.INSTITUTION_PURGE,
        institution_id=row.id,
        owner_path=row.path.removeprefix(BIN)[:-SEGMENT_LENGTH],
        label=row.name,
    )

"""The tree: where a node may stand, and moving one with all below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, literal, select, update
from sqlalchemy.orm import aliased

from extensions import db
from models import (
    Administrator,
    Institution,
    InstitutionKind,
    Roster,
    RosterState,
    TrialCertificate,
    utc_now,
)
from models.institution import BIN, LONGEST_PATH, SEGMENT_LENGTH
from services import audit, numbering, sessions
from services.audit import AuditTag
from services.errors import DomainError, NotFoundError
from services.institutions import names
from services.institutions.placing import require_rank
from services.institutions.record import hold_unlocked, require_superior, require_unlocked
from services.permissions import Permission
from services.saving import saving
from services.scope import ancestors, count_visible, in_bin, replanting, subtree

if TYPE_CHECKING:
    from services.actor import Actor

#: Two moves at once could each put a node below the other; so they go one after the other.
MOVES: Final = "institution:moves"


@dataclass(frozen=True)
class MovePreview:
    """What moving a node will hand over: everything at it and below it."""

    name: str
    before: str
    after: str
    institutions: int
    accounts: int
    certificates: int
    rosters: int

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """What moves along, labelled, in the order of a person's interest."""
        return (
            ("机构（含本身）", self.institutions),
            ("用户", self.accounts),
            ("考核证明", self.certificates),
            ("花名册", self.rosters),
        )

    def __str__(self) -> str:
        """Say it in a sentence."""
        moved = "、".join(f"{label} {count}" for label, count in self.counts)
        return f"“{self.name}”将由“{self.before}”改为上报到“{self.after}”，一并移交：{moved}。"


def require_place(kind: InstitutionKind, parent: Institution, *, levels: int = 1) -> None:
    """Raise ``DomainError`` unless a node of ``kind`` with ``levels`` in all may stand there."""
    if kind is InstitutionKind.BUREAU and not parent.is_bureau:
        raise DomainError(
            "考试管理机构只能上报到考试管理机构，请重新选择信息上报。", field="parent_id"
        )
    if len(parent.path) + levels * SEGMENT_LENGTH > LONGEST_PATH:
        raise DomainError("机构层级过多，请选择更高一级的机构作为信息上报。", field="parent_id")


def require_move(
    actor: Actor,
    institution: Institution,
    new_parent: Institution,
    *,
    category_code: str | None = None,
) -> None:
    """Raise unless the node may be moved below ``new_parent``, with another category if given."""
    require_superior(actor, institution)
    if not (actor.is_at(new_parent.path) or actor.is_above(new_parent.path)):
        raise NotFoundError
    require_unlocked(institution)
    if new_parent.path.startswith(institution.path):
        raise DomainError("信息上报不能是该机构自身或其下级机构。", field="parent_id")
    above = len(institution.path) - SEGMENT_LENGTH
    levels = (_deepest(actor, institution.path) - above) // SEGMENT_LENGTH
    require_place(institution.kind, new_parent, levels=levels)
    require_rank(category_code or institution.category_code or "", new_parent)
    _require_nothing_waits(institution)


def _require_nothing_waits(institution: Institution) -> None:
    """Raise while a roster from this part of the tree waits for the decision of its bureau."""
    waiting = count_visible(
        Roster,
        subtree(Roster.owner_path, institution.path),
        Roster.state == RosterState.SUBMITTED,
    )
    if waiting:
        raise DomainError(
            f"该机构及其下级有{waiting}份花名册已报送、尚未办理，请先备案或退回后再变更信息上报。",
            field="parent_id",
        )


def preview(actor: Actor, institution: Institution, new_parent: Institution) -> MovePreview:
    """Return what moves along when the node is moved; raises as ``require_move``."""
    require_move(actor, institution, new_parent)
    path = institution.path
    return MovePreview(
        name=institution.name,
        before=names.name_of(institution.parent_id),
        after=new_parent.name,
        institutions=count_visible(Institution, subtree(Institution.path, path)),
        accounts=count_visible(
            Administrator,
            subtree(Administrator.owner_path, path),
            Administrator.deleted_at.is_(None),
        ),
        certificates=count_visible(
            TrialCertificate,
            subtree(TrialCertificate.owner_path, path),
            TrialCertificate.deleted_at.is_(None),
        ),
        rosters=count_visible(Roster, subtree(Roster.owner_path, path)),
    )


def move(actor: Actor, institution: Institution, new_parent: Institution) -> None:
    """Let a lower node report to ``new_parent``; all below it moves along.

    Locks of offices that it leaves are the new parent's from then on. The paths of the subtree are
    rewritten by one UPDATE, those of what lies in its recycle bin by another; the database carries
    them into ``owner_path`` of every row that belongs to one of its institutions. Afterwards all
    rows that the session holds are read anew. Moving a node to where it is changes nothing.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    numbering.take_turn(MOVES)
    # Another move may have come first: decide by where the nodes are now.
    for node in (institution, new_parent):
        db.session.refresh(node, ["path", "parent_id", "category_code", "locked_at"])
    require_move(actor, institution, new_parent)
    if institution.parent_id == new_parent.id:
        return
    before, after = names.name_of(institution.parent_id), new_parent.name
    with saving(), replanting():
        hold_unlocked(institution)
        _rewrite(actor, institution, new_parent)
    db.session.expire_all()
    sessions.end_below(institution.path)
    label = Institution.parent_id.info["label"]
    audit.record(
        actor,
        AuditTag.INSTITUTION_MOVE,
        institution,
        changes=[{"label": label, "old": before, "new": after}],
    )


def _rewrite(actor: Actor, institution: Institution, new_parent: Institution) -> None:
    old_path, key = institution.path, institution.id
    within = subtree(Institution.path, old_path)
    # Whoever adds a node below one of these has counted it at its parent and holds that row: wait
    # for them here, since the UPDATE would not see rows that were committed after it began.
    db.session.execute(select(Institution.id).where(within).with_for_update()).all()
    # Whoever handed a roster in meanwhile held one of these rows, too.
    _require_nothing_waits(institution)
    new_path = numbering.next_path(new_parent)
    _hand_over_locks(old_path, new_path, new_parent.id)
    itself = Institution.id == key
    db.session.execute(
        update(Institution)
        .where(within)
        .values(
            path=literal(new_path) + func.substr(Institution.path, len(old_path) + 1),
            parent_id=case((itself, new_parent.id), else_=Institution.parent_id),
            version=case((itself, Institution.version + 1), else_=Institution.version),
            updated_at=case((itself, utc_now()), else_=Institution.updated_at),
        ),
        execution_options={"synchronize_session": False},
    )

    with in_bin(actor):
        replant(BIN + old_path, BIN + new_path)


def _hand_over_locks(old_path: str, new_path: str, new_parent_id: int) -> None:
    """Let locks of offices that will no longer stand above count as those of the new parent."""
    left = set(ancestors(old_path)) - set(ancestors(new_path))
    office = aliased(Institution)
    db.session.execute(
        update(Institution)
        .where(
            subtree(Institution.path, old_path),
            Institution.locked_by_id.in_(select(office.id).where(office.path.in_(left))),
        )
        .values(locked_by_id=new_parent_id, updated_at=Institution.updated_at),
        execution_options={"synchronize_session": False},
    )


def replant(old_path: str, new_path: str) -> None:
    """Rewrite the beginning of all paths at and below ``old_path`` that the session sees."""
    db.session.execute(
        update(Institution)
        .where(subtree(Institution.path, old_path))
        .values(
            path=literal(new_path) + func.substr(Institution.path, len(old_path) + 1),
            updated_at=Institution.updated_at,
        ),
        execution_options={"synchronize_session": False},
    )


def _deepest(actor: Actor, path: str) -> int:
    """Return the length of the longest path at or below ``path``, the recycle bin included."""
    longest = func.max(func.length(Institution.path))
    living = db.session.scalar(select(longest).where(subtree(Institution.path, path)))
    with in_bin(actor):
        binned = db.session.scalar(select(longest).where(subtree(Institution.path, BIN + path)))
    return max(living or len(path), (binned or 0) - len(BIN))

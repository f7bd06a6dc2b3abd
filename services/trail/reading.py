"""Reading the trail: conditions that an index serves at ten million entries, and stories.

Pages go by key from the newest entry on, so one index has to give both the rows and their order.
For the top of the tree that is the key itself, or the act; for everybody else it is the column of
their level, which other conditions must not compete with: SQLite knows no better than to take the
first index that fits.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import false, func, or_, select

from extensions import db
from models import Administrator, AuditEntry
from models.institution import SEGMENT_LENGTH
from services import audit, trail_privacy
from services.permissions import Permission
from services.scope import Reason, subtree, unscoped

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from services.actor import Actor

#: An entry carries the moment of the act and gets its key with the commit: no act takes longer.
LONGEST_ACT: Final = dt.timedelta(days=1)
#: Accounts that a name may find; of a name that more people have, any page is full soon anyway.
_MOST_PEOPLE: Final = 200
#: Entries of a story on one page.
PAGE_SIZE: Final = 50
_BRANCHES: Final = {2: AuditEntry.branch_2, 3: AuditEntry.branch_3, 4: AuditEntry.branch_4}
_DEEPEST: Final = max(_BRANCHES)

#: What acts are done to, by the name of the mapped class.
OBJECTS: Final = {
    "Institution": "机构",
    "FormerName": "曾用名",
    "Licence": "执业许可证",
    "LicenceScan": "证照",
    "Administrator": "用户",
    "TrialCertificate": "考核证明",
    "CertificateDraft": "考核证明草稿",
    "Roster": "花名册",
    "RosterScan": "盖章扫描件",
    "ExamCycle": "考试年度",
    "EntryExtension": "填报延期",
    "ImportBatch": "批量导入",
    "Job": "后台任务",
    "AccountBatch": "批量开户",
    "SecurityPolicy": "安全策略",
}


def at_or_below(path: str) -> ColumnElement[bool]:
    """Return the condition that an act concerned what stood at or below ``path`` at the time."""
    levels = min(len(path) // SEGMENT_LENGTH, _DEEPEST)
    if levels not in _BRANCHES:
        return subtree(AuditEntry.owner_path, path)
    condition: ColumnElement[bool] = _BRANCHES[levels] == path[: levels * SEGMENT_LENGTH]
    if len(path) > levels * SEGMENT_LENGTH:
        condition &= subtree(AuditEntry.owner_path, path)
    return condition


def by_act(tag: str, *, is_narrowed: bool) -> ColumnElement[bool]:
    """Return the condition for one kind of act; ``is_narrowed``: to a part of the tree."""
    condition: ColumnElement[bool] = (
        _aside(AuditEntry.tag) == tag if is_narrowed else AuditEntry.tag == tag
    )
    return condition


def by_object_type(name: str) -> ColumnElement[bool]:
    """Return the condition for acts on one kind of object."""
    # There are too many of each kind to collect them by the index and sort them.
    condition: ColumnElement[bool] = _aside(AuditEntry.object_type) == name
    return condition


def by_words(actor: Actor, words: str) -> ColumnElement[bool]:
    """Return the condition for a person, by a part of the name, or an object, by its whole name.

    Only people at or below the actor's node are found: of superiors the office alone is known.
    """
    found = or_(
        Administrator.full_name.contains(words, autoescape=True),
        Administrator.username_folded.contains(words.casefold(), autoescape=True),
    )
    keys = db.session.scalars(select(Administrator.id).where(found).limit(_MOST_PEOPLE + 1)).all()
    people: ColumnElement[bool] = false()
    if len(keys) > _MOST_PEOPLE:
        people = AuditEntry.actor_name.contains(words, autoescape=True)
    elif keys:
        people = AuditEntry.actor_id.in_(keys)
    return or_(
        people & subtree(AuditEntry.actor_path, actor.path),
        trail_privacy.may_be_searched(actor) & (AuditEntry.object_label == words),
    )


def between(first: dt.datetime | None, until: dt.datetime | None) -> ColumnElement[bool] | None:
    """Return the condition for moments from ``first`` to before ``until``; either may be open.

    The moments are turned into a range of keys as well, so that a list of last year does not begin
    by reading this year's entries.
    """
    conditions: list[ColumnElement[bool]] = []
    with unscoped(Reason.TRAIL):
        if first is not None:
            before = _nearest(AuditEntry.at < first - LONGEST_ACT, AuditEntry.at.desc())
            conditions.append(_aside(AuditEntry.at) >= first)
            if before is not None:
                conditions.append(AuditEntry.id > before)
        if until is not None:
            behind = _nearest(AuditEntry.at >= until + LONGEST_ACT, AuditEntry.at)
            conditions.append(_aside(AuditEntry.at) < until)
            if behind is not None:
                conditions.append(AuditEntry.id < behind)
    if not conditions:
        return None
    condition, *others = conditions
    for other in others:
        condition &= other
    return condition


def _aside(column: Any) -> Any:
    """Return ``column`` in a form in which its index cannot serve, so that another one leads."""
    return func.coalesce(column, column)


def _nearest(condition: ColumnElement[bool], order: Any) -> int | None:
    return db.session.scalar(select(AuditEntry.id).where(condition).order_by(order).limit(1))


@dataclass(frozen=True)
class Told:
    """One entry as its reader may know it."""

    key: int
    at: dt.datetime
    act: str
    result: str
    #: The operator; empty for superiors, of whom ``office`` is known.
    who: str
    office: str
    address: str
    changes: list[audit.Change]


@dataclass(frozen=True)
class Story:
    """What happened to one object, oldest first; a part of it."""

    kind: str
    name: str
    entries: list[Told]
    #: The key behind which the next part begins, if there is one.
    more_after: int | None


def story(actor: Actor, entry: AuditEntry, *, after: int | None = None) -> Story:
    """Return all that the actor may know of what happened to the object of ``entry``.

    An act that concerned no object is told alone.
    """
    actor.require(Permission.AUDIT_READ)
    if entry.object_id is None:
        return Story("", trail_privacy.shown_object(actor, entry), [_told(actor, entry)], None)
    statement = select(AuditEntry).where(
        AuditEntry.object_type == entry.object_type, AuditEntry.object_id == entry.object_id
    )
    if after is not None:
        statement = statement.where(AuditEntry.id > after)
    rows = db.session.scalars(statement.order_by(AuditEntry.id).limit(PAGE_SIZE + 1)).all()
    return Story(
        kind=OBJECTS.get(entry.object_type, entry.object_type),
        name=trail_privacy.shown_object(actor, entry),
        entries=[_told(actor, row) for row in rows[:PAGE_SIZE]],
        more_after=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
    )


def _told(actor: Actor, row: AuditEntry) -> Told:
    is_known = audit.is_nobody(row) or audit.is_known_operator(actor, row.actor_path)
    return Told(
        key=row.id,
        at=row.at,
        act=audit.label_of_tag(row.tag),
        result=row.result.label,
        who=row.actor_name if is_known else "",
        office=row.institution_name,
        address=row.address if is_known else "",
        changes=trail_privacy.shown_changes(actor, row),
    )

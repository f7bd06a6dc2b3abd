"""What the trail tells those who may not read personal data: the act, but not whom it concerned.

Entries of certificates, rosters and licences name people and quote what was entered about them;
so do those of exports of the trail, by what it was narrowed to. An
auditor needs to know that something was done, by whom and when; whoever may not open a certificate
does not read it out of the trail either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import true

from models import AuditEntry
from services.audit import AuditTag, Change, said, story_of
from services.permissions import Permission

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from services.actor import Actor

#: Resources (the first part of a tag) whose entries hold personal data.
PERSONAL_RESOURCES: Final = frozenset(
    {"certificate", "licence", "licence_scan", "review", "roster"}
)
HIDDEN: Final = "（含个人信息，不显示）"


def holds_personal_data(tag: str) -> bool:
    """Whether entries with ``tag`` may name people; an export of the trail names whom it sought."""
    return tag.partition(":")[0] in PERSONAL_RESOURCES or tag == AuditTag.AUDIT_EXPORT.value


_PERSONAL_TAGS: Final = tuple(tag.value for tag in AuditTag if holds_personal_data(tag.value))


def shown_object(actor: Actor, entry: AuditEntry) -> str:
    """Return the name of what an entry is about, as far as ``actor`` may know it."""
    return entry.object_label if _may_read(actor, entry) else HIDDEN


def shown_story(actor: Actor, entry: AuditEntry) -> str:
    """Return what an entry says was changed; only which fields, where the values are personal."""
    if _may_read(actor, entry):
        return story_of(entry.changes)
    return "、".join(change["label"] for change in entry.changes)


def shown_changes(actor: Actor, entry: AuditEntry) -> list[Change]:
    """Return what an entry says was changed, change by change; personal values are hidden."""
    if _may_read(actor, entry):
        return list(entry.changes)
    return [said(change["label"], HIDDEN) for change in entry.changes]


def may_be_searched(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of entries whose object ``actor`` may look for by name.

    Without it, a search would tell what the list hides.
    """
    if actor.may(Permission.PERSONAL_READ):
        return true()
    return AuditEntry.tag.not_in(_PERSONAL_TAGS)


def _may_read(actor: Actor, entry: AuditEntry) -> bool:
    return actor.may(Permission.PERSONAL_READ) or not holds_personal_data(entry.tag)

"""填报延期: more days for one institution in one exam year, granted by a bureau above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import EntryExtension, ExamCycle, Institution, InstitutionKind, label_of
from services import audit, clock, form_keys
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors, NotAllowedError
from services.exam_years.reading import cycle_of
from services.fields import FieldChecks
from services.institutions import search
from services.permissions import Permission
from services.reasons import check_reason
from services.saving import check_version, saving

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import ColumnElement

    from services.actor import Actor

_TWICE: Final = (
    "uq_entry_extensions_institution_id_exam_year",
    "entry_extensions.institution_id, entry_extensions.exam_year",
)
_TWICE_SENTENCE: Final = "该机构在这个考试年度已有延期，请在列表中选中原记录修改。"
#: Longer would be a new season, and is mostly a slip of the pen.
_MOST_DAYS: Final = 365


@dataclass(frozen=True)
class ExtensionInput:
    """What the form holds; institution and year are fixed once it is granted."""

    until: dt.date | None
    reason: str


def in_force() -> ColumnElement[bool]:
    """Return the condition that an extension gives its institution more days today or later."""
    moved = select(ExamCycle.year).where(
        ExamCycle.year == EntryExtension.exam_year,
        or_(
            ExamCycle.entry_closes_on < EntryExtension.until,
            ExamCycle.roster_due_on < EntryExtension.until,
        ),
    )
    return (EntryExtension.until >= clock.today()) & moved.exists()


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that ``keyword`` is in the institution's name, initials or codes."""
    found = select(Institution.id).where(search.search_condition(keyword))
    return EntryExtension.institution_id.in_(found)


def may_decide(actor: Actor, extension: EntryExtension) -> bool:
    """Whether the actor may change or withdraw an extension."""
    return actor.may(Permission.EXAM_EXTEND) and actor.is_above(extension.owner_path)


def grant(
    actor: Actor,
    institution: Institution,
    year: int | None,
    data: ExtensionInput,
    *,
    form_key: str | None = None,
) -> EntryExtension:
    """Give an institution below the actor's bureau until the end of a day, with a reason.

    The same form sent a second time (``form_key``) gives the extension of the first time. Raises
    ``FieldErrors``.
    """
    require_deciding(actor, institution.path)
    if institution.kind is not InstitutionKind.HEALTHCARE:
        raise DomainError("填报延期只批准给试用机构，请选择试用机构。", field="institution_name")
    cycle = cycle_of(year)
    reason = _checked(data, cycle)
    assert cycle is not None
    assert data.until is not None
    values = {
        "exam_year": cycle.year,
        "institution_id": institution.id,
        "until": data.until,
        "reason": reason,
    }
    earlier = form_keys.sent_before(EntryExtension, form_key)
    if earlier is not None:
        return form_keys.unchanged(earlier, values)
    del values["institution_id"]
    try:
        with saving(_TWICE, FieldErrors({"exam_year": _TWICE_SENTENCE})):
            extension = EntryExtension(
                institution=institution,
                bureau_id=actor.institution_id,
                form_key=form_key,
                **values,
            )
            db.session.add(extension)
            changes = audit.changes_of(extension)
    except (FieldErrors, IntegrityError) as error:
        return form_keys.made_meanwhile(EntryExtension, form_key, error)
    audit.record(actor, AuditTag.ENTRY_EXTENSION_GRANT, extension, changes=[*changes, _by(actor)])
    return extension


def change(
    actor: Actor, extension: EntryExtension, data: ExtensionInput, expected_version: int
) -> None:
    """Give other days or another reason; the actor's bureau answers for it from then on."""
    require_deciding(actor, extension.owner_path)
    check_version(extension, expected_version)
    reason = _checked(data, extension.cycle)
    assert data.until is not None
    with saving():
        extension.until, extension.reason = data.until, reason
        changes = audit.changes_of(extension)
        if changes:
            extension.bureau_id = actor.institution_id
    if changes:
        audit.record(
            actor, AuditTag.ENTRY_EXTENSION_CHANGE, extension, changes=[*changes, _by(actor)]
        )


def withdraw(actor: Actor, extension: EntryExtension, reason: str) -> None:
    """Take an extension back; what was entered or handed in meanwhile stays as it is."""
    require_deciding(actor, extension.owner_path)
    text = check_reason(reason, "取消原因")
    changes = [
        {"label": label_of(EntryExtension.until), "old": str(extension.until), "new": ""},
        audit.said("取消原因", text),
    ]
    audit.record(actor, AuditTag.ENTRY_EXTENSION_WITHDRAW, extension, changes=changes)
    with saving():
        db.session.delete(extension)


def require_deciding(actor: Actor, path: str) -> None:
    """Raise ``NotAllowedError`` unless the actor decides for institutions at ``path``."""
    actor.require(Permission.EXAM_EXTEND)
    if not actor.is_above(path):
        raise NotAllowedError("填报延期由上级考试管理机构批准，本机构不能自行办理。")


def _by(actor: Actor) -> audit.Change:
    return audit.said(label_of(EntryExtension.bureau_id), actor.institution_name)


def _checked(data: ExtensionInput, cycle: ExamCycle | None) -> str:
    """Return the reason in normal form, or raise all that is wrong."""
    checks = FieldChecks()
    if cycle is None:
        checks.fail("exam_year", "请选择考试年度。")
    if data.until is None:
        checks.fail("until", f"请填写{label_of(EntryExtension.until)}。")
    elif data.until < clock.today():
        checks.fail("until", "延至的日期不能早于今天。")
    elif cycle is not None and data.until <= cycle.entry_closes_on:
        checks.fail(
            "until",
            f"{cycle.year}年度填报本来就到{cycle.entry_closes_on}截止，延至的日期应在此之后。",
        )
    elif cycle is not None and (data.until - cycle.entry_closes_on).days > _MOST_DAYS:
        checks.fail("until", "延期不能超过一年，请核对日期。")
    reason = checks.rule("reason", lambda: check_reason(data.reason, "延期原因"))
    checks.finish()
    return str(reason)

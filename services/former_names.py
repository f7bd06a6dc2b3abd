"""Former names (曾用名) in the record of an institution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extensions import db
from models import FormerName, Institution, label_of
from services import audit, clock
from services.audit import AuditTag
from services.fields import FieldChecks
from services.institutions.names import has_borne, is_same, require_free
from services.institutions.record import hold_unlocked, require_changeable
from services.saving import check_version, saving

if TYPE_CHECKING:
    import datetime as dt

    from services.actor import Actor


@dataclass(frozen=True)
class FormerNameInput:
    """What the form of a former name holds."""

    name: str
    used_until: dt.date | None = None


def create(actor: Actor, institution: Institution, data: FormerNameInput) -> FormerName:
    """Add a former name to the record of the own institution or of a lower one.

    Raises ``FieldErrors``: a name may be borne by one institution only, now or before.
    """
    require_changeable(actor, institution)
    values = _checked(institution, data)
    with saving():
        hold_unlocked(institution)
        former = FormerName(institution=institution, **values)
        db.session.add(former)
        changes = audit.changes_of(former)
    audit.record(actor, AuditTag.FORMER_NAME_CREATE, former, changes=changes)
    return former


def update(actor: Actor, former: FormerName, data: FormerNameInput, expected_version: int) -> None:
    """Correct a former name; raises ``StaleVersionError`` when it is not the one that was shown."""
    institution = former.institution
    require_changeable(actor, institution)
    check_version(former, expected_version)
    values = _checked(institution, data, itself=former)
    with saving():
        hold_unlocked(institution)
        for key, value in values.items():
            setattr(former, key, value)
        changes = audit.changes_of(former)
    if changes:
        audit.record(actor, AuditTag.FORMER_NAME_UPDATE, former, changes=changes)


def delete(actor: Actor, former: FormerName, expected_version: int) -> None:
    """Remove a former name as it was shown; the audit trail keeps it with its last day.

    Raises ``StaleVersionError`` when it was corrected meanwhile.
    """
    institution = former.institution
    require_changeable(actor, institution)
    check_version(former, expected_version)
    with saving():
        hold_unlocked(institution)
        audit.record(actor, AuditTag.FORMER_NAME_DELETE, former, changes=_lost(former))
        db.session.delete(former)


def _lost(former: FormerName) -> list[audit.Change]:
    """Return what goes with a former name besides the name, which its entry is called by."""
    if former.used_until is None:
        return []
    label = label_of(FormerName.used_until)
    return [{"label": label, "old": audit.shown(former.used_until), "new": ""}]


def _checked(
    institution: Institution, data: FormerNameInput, itself: FormerName | None = None
) -> dict[str, object]:
    checks = FieldChecks()
    name = checks.text("name", data.name, FormerName.name, required=True)
    if data.used_until is not None and data.used_until > clock.today():
        checks.fail("used_until", "停用日期不能晚于今天。")
    if name is not None and is_same(name, institution.name):
        checks.fail("name", "曾用名不能与现用名称相同。")
    elif name is not None and (itself is None or not is_same(name, itself.name)):
        if has_borne(institution, name):
            checks.fail("name", "该曾用名已登记，无需重复添加。")
        else:
            checks.rule("name", lambda: require_free(name, bearer_id=institution.id))
    checks.finish()
    return {"name": name, "used_until": data.used_until}

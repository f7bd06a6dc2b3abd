"""Former names (曾用名) in the record of an institution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import IntegrityError

from extensions import db
from models import FormerName, Institution, label_of
from services import audit, clock, form_keys
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors
from services.fields import FieldChecks
from services.institutions.names import NAMES, has_borne, is_same, require_free
from services.institutions.record import hold_unlocked, require_changeable
from services.numbering import take_turn
from services.saving import check_version, saving

if TYPE_CHECKING:
    import datetime as dt

    from services.actor import Actor

#: How the two databases say that an institution has borne a name already.
_TWICE: Final = ("uq_former_names_name_key", "former_names.name_key")
_TWICE_SENTENCE: Final = "该曾用名已登记，无需重复添加。"


@dataclass(frozen=True)
class FormerNameInput:
    """What the form of a former name holds."""

    name: str
    used_until: dt.date | None = None


def create(
    actor: Actor, institution: Institution, data: FormerNameInput, *, form_key: str | None = None
) -> FormerName:
    """Add a former name to the record of the own institution or of a lower one.

    The same form sent a second time (``form_key``) gives the former name of the first time. Raises
    ``FieldErrors``: a name may be borne by one institution only, now or before, and once by it.
    """
    require_changeable(actor, institution)
    take_turn(NAMES)
    checks = FieldChecks()
    values = _read(checks, data)
    earlier = form_keys.sent_before(FormerName, form_key)
    if earlier is not None:
        checks.finish()
        if earlier.institution_id != institution.id:
            raise DomainError(form_keys.CHANGED)
        return form_keys.unchanged(earlier, values)
    _judge_name(checks, institution, values["name"])
    checks.finish()
    try:
        with saving(_TWICE, _twice()):
            hold_unlocked(institution)
            former = FormerName(institution=institution, form_key=form_key, **values)
            db.session.add(former)
            changes = audit.changes_of(former)
    except (FieldErrors, IntegrityError) as error:
        return form_keys.made_meanwhile(FormerName, form_key, error)
    audit.record(actor, AuditTag.FORMER_NAME_CREATE, former, changes=changes)
    return former


def update(actor: Actor, former: FormerName, data: FormerNameInput, expected_version: int) -> None:
    """Correct a former name; raises ``StaleVersionError`` when it is not the one that was shown."""
    institution = former.institution
    require_changeable(actor, institution)
    check_version(former, expected_version)
    take_turn(NAMES)
    checks = FieldChecks()
    values = _read(checks, data)
    name = values["name"]
    if name is not None and not is_same(name, former.name):
        _judge_name(checks, institution, name)
    checks.finish()
    with saving(_TWICE, _twice()):
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


def _read(checks: FieldChecks, data: FormerNameInput) -> dict[str, Any]:
    name = checks.text("name", data.name, FormerName.name, required=True)
    if data.used_until is not None and data.used_until > clock.today():
        checks.fail("used_until", "停用日期不能晚于今天。")
    return {"name": name, "used_until": data.used_until}


def _judge_name(checks: FieldChecks, institution: Institution, name: str | None) -> None:
    """Note what hinders that the institution has borne ``name``; the turn at names is held."""
    # Whoever held the turn before may have renamed the institution.
    db.session.refresh(institution, ["name"])
    if name is None:
        return
    if is_same(name, institution.name):
        checks.fail("name", "曾用名不能与现用名称相同。")
    elif has_borne(institution, name):
        checks.fail("name", _TWICE_SENTENCE)
    else:
        checks.rule("name", lambda: require_free(name, bearer_id=institution.id))


def _twice() -> FieldErrors:
    return FieldErrors({"name": _TWICE_SENTENCE})

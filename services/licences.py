"""Practising licences (医疗机构执业许可证) in the record of an institution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from extensions import db
from models import (
    Institution,
    Licence,
    LicenceDepartment,
    MedicalDepartment,
    label_of,
    utc_now,
)
from services import audit, clock, identifiers
from services.audit import AuditTag
from services.errors import DomainError, NotFoundError, StaleVersionError
from services.fields import FieldChecks
from services.institutions import is_medical
from services.institutions.record import hold_unlocked, require_unlocked
from services.permissions import Permission
from services.saving import check_version, saving

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from services.actor import Actor

#: How the two databases say that a second licence is in use.
_TWO_IN_USE: Final = ("uq_licences_one_in_use", "licences.institution_id")
_TEXTS: Final = (
    Licence.institution_name,
    Licence.legal_representative,
    Licence.person_in_charge,
    Licence.issued_by,
    Licence.address,
)
#: The notice demands these two; of the others it says that they are entered truthfully.
_DEMANDED: Final = frozenset({"institution_name", "registration_number"})


@dataclass(frozen=True)
class LicenceInput:
    """What the form of a licence holds; ``department_codes`` are 诊疗科目."""

    institution_name: str
    registration_number: str
    issued_on: dt.date | None
    valid_from: dt.date | None
    valid_until: dt.date | None
    legal_representative: str = ""
    person_in_charge: str = ""
    issued_by: str = ""
    address: str = ""
    department_codes: Sequence[str] = ()


def create(actor: Actor, institution: Institution, data: LicenceInput) -> Licence:
    """Add a licence, not in use yet, to the record of the own institution or of a lower one.

    Only institutions that practise medicine have licences. Raises ``FieldErrors``.
    """
    _require_keeper(actor, institution)
    if not is_medical(institution):
        raise DomainError("考试管理机构没有医疗机构执业许可证。")
    values, codes = _checked(data)
    listed = _departments_change([], codes)
    with saving():
        hold_unlocked(institution)
        licence = Licence(
            institution=institution,
            departments=[LicenceDepartment(department_code=code) for code in codes],
            **values,
        )
        db.session.add(licence)
        changes = audit.changes_of(licence) + listed
    audit.record(actor, AuditTag.LICENCE_CREATE, licence, changes=changes)
    return licence


def update(actor: Actor, licence: Licence, data: LicenceInput, expected_version: int) -> None:
    """Correct a licence. Raises ``FieldErrors`` with all that is wrong."""
    institution = licence.institution
    _require_keeper(actor, institution)
    check_version(licence, expected_version)
    values, codes = _checked(data)
    kept = {row.department_code: row for row in licence.departments}
    listed = _departments_change(sorted(kept), codes)
    with saving():
        hold_unlocked(institution)
        for name, value in values.items():
            setattr(licence, name, value)
        changes = audit.changes_of(licence) + listed
        if listed:
            licence.departments = [
                kept.get(code) or LicenceDepartment(department_code=code) for code in codes
            ]
            # The other table changes, but it is the licence that somebody else may be editing.
            licence.updated_at = utc_now()
    if changes:
        audit.record(actor, AuditTag.LICENCE_UPDATE, licence, changes=changes)


def set_in_use(actor: Actor, licence: Licence, *, confirm_expired: bool = False) -> None:
    """Let a licence be the one in use (设为使用); the former one is no longer in the same moment.

    An expired licence needs ``confirm_expired``. Raises ``DomainError`` without it.
    """
    institution = licence.institution
    _require_keeper(actor, institution)
    if licence.is_in_use:
        raise DomainError("该许可证已在使用中。")
    if is_expired(licence) and not confirm_expired:
        raise DomainError("该许可证已过有效期；如确需使用，请选择“设为使用（已过期）”。")
    with saving(_TWO_IN_USE, StaleVersionError()):
        hold_unlocked(institution)
        former = db.session.scalars(
            select(Licence).where(Licence.institution_id == institution.id, Licence.is_in_use)
        ).all()
        for row in former:
            row.is_in_use = False
        # The index allows one in use at any moment, so the former one goes first.
        db.session.flush()
        licence.is_in_use = True
        changes = audit.changes_of(licence)
    audit.record(actor, AuditTag.LICENCE_USE, licence, changes=changes)


def delete(actor: Actor, licence: Licence) -> None:
    """Delete a licence that is not in use."""
    institution = licence.institution
    _require_keeper(actor, institution)
    if licence.is_in_use:
        raise DomainError("该许可证正在使用，不能删除；请先将其他许可证设为使用。")
    with saving():
        hold_unlocked(institution)
        audit.record(actor, AuditTag.LICENCE_DELETE, licence)
        db.session.delete(licence)


def is_expired(licence: Licence) -> bool:
    """Whether the last day of a licence lies before today."""
    return licence.valid_until < clock.today()


def departments_in_use(institution: Institution) -> str:
    """Return the 诊疗科目 of the licence in use as one text; empty without one."""
    licence = institution.licence_in_use
    return licence.department_names if licence is not None else ""


def _require_keeper(actor: Actor, institution: Institution) -> None:
    actor.require(Permission.LICENCE_WRITE)
    if not (actor.is_at(institution.path) or actor.is_above(institution.path)):
        raise NotFoundError
    require_unlocked(institution)


def _checked(data: LicenceInput) -> tuple[dict[str, Any], list[str]]:
    checks = FieldChecks()
    values: dict[str, Any] = {}
    for column in _TEXTS:
        name = column.key
        values[name] = (
            checks.text(name, getattr(data, name), column, required=name in _DEMANDED) or ""
        )
    values["registration_number"] = checks.identifier(
        "registration_number",
        data.registration_number,
        Licence.registration_number,
        identifiers.check_institution_registration,
        required=True,
    )
    for day in (Licence.issued_on, Licence.valid_from, Licence.valid_until):
        values[day.key] = getattr(data, day.key)
        if values[day.key] is None:
            checks.fail(day.key, f"请填写{label_of(day)}。")
    if data.issued_on is not None and data.issued_on > clock.today():
        checks.fail("issued_on", "发证日期不能晚于今天。")
    if data.valid_from and data.valid_until and data.valid_until <= data.valid_from:
        checks.fail("valid_until", "有效期截止应晚于有效期开始。")
    codes = sorted(set(data.department_codes))
    if set(codes) - _known_departments():
        checks.fail("department_codes", "所选诊疗科目不存在，请重新选择。")
    checks.finish()
    return values, codes


def _known_departments() -> set[str]:
    return set(db.session.scalars(select(MedicalDepartment.code)))


def _departments_change(before: list[str], after: list[str]) -> list[audit.Change]:
    if before == after:
        return []
    statement = select(MedicalDepartment.code, MedicalDepartment.name).where(
        MedicalDepartment.code.in_([*before, *after])
    )
    names = {code: name for code, name in db.session.execute(statement)}  # noqa: C416 - rows
    return [
        {
            "label": label_of(LicenceDepartment.department_code),
            "old": "、".join(names[code] for code in before),
            "new": "、".join(names[code] for code in after),
        }
    ]

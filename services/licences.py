"""Practising licences (医疗机构执业许可证) in the record of an institution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete as delete_rows
from sqlalchemy import or_, select
from sqlalchemy import update as update_rows
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import (
    Institution,
    Licence,
    LicenceDepartment,
    LicenceScan,
    MedicalDepartment,
    label_of,
    utc_now,
)
from models.search_text import folded
from services import audit, clock, form_keys, identifiers
from services.audit import AuditTag
from services.certificates import doubts
from services.errors import (
    DomainError,
    FieldErrors,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from services.fields import FieldChecks
from services.institutions.completeness import needs_licence
from services.institutions.record import hold_unlocked, require_unlocked
from services.licence_checks import seen_of, waiting_of
from services.licence_validity import Validity, validity_of
from services.permissions import Permission
from services.saving import check_version, saving
from services.scans.reading import NO_SCANS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from services.actor import Actor

#: How the two databases say that a second licence is in use.
_TWO_IN_USE: Final = ("uq_licences_one_in_use", "licences.institution_id")
#: And that the same licence is there already.
_TWICE: Final = ("uq_licences_same", "licences.registration_number")
_TWICE_SENTENCE: Final = (
    "本机构已有登记号和有效期都相同的许可证，不能重复录入；请在列表中选中原记录修改。"
)
#: What is told of an institution that practises under no licence.
NONE_NEEDED: Final = (
    "该机构的类别不执业，没有医疗机构执业许可证，无需录入；如类别有误，请联系上级机构修改。"
)
#: Stands for what was approved when the licence says something else since; no digest is like it.
_OVERTAKEN: Final = "overtaken"
_TEXTS: Final = (
    Licence.institution_name,
    Licence.legal_representative,
    Licence.person_in_charge,
    Licence.issued_by,
    Licence.address,
)
#: The notice stars these two; the dates are demanded besides, since the expiry hangs on them.
DEMANDED: Final = frozenset({"institution_name", "registration_number"})


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


def create(
    actor: Actor, institution: Institution, data: LicenceInput, *, form_key: str | None = None
) -> Licence:
    """Add a licence, not in use yet, to the record of the own institution or of a lower one.

    Only institutions that practise medicine have licences. The same form sent a second time
    (``form_key``) gives the licence of the first time. Raises ``FieldErrors``.
    """
    require_keeper(actor, institution)
    if not needs_licence(institution):
        raise DomainError(NONE_NEEDED)
    values, codes = _checked(data)
    earlier = form_keys.sent_before(Licence, form_key)
    if earlier is not None:
        held = sorted(row.department_code for row in earlier.departments)
        if earlier.institution_id != institution.id or held != sorted(codes):
            raise DomainError(form_keys.CHANGED)
        return form_keys.unchanged(earlier, values)
    listed = _departments_change([], codes)
    try:
        with saving(_TWICE, _twice()):
            hold_unlocked(institution)
            licence = Licence(
                institution=institution,
                departments=[LicenceDepartment(department_code=code) for code in codes],
                form_key=form_key,
                **values,
            )
            db.session.add(licence)
            changes = audit.changes_of(licence) + listed
    except (FieldErrors, IntegrityError) as error:
        return form_keys.made_meanwhile(Licence, form_key, error)
    audit.record(actor, AuditTag.LICENCE_CREATE, licence, changes=changes)
    return licence


def update(actor: Actor, licence: Licence, data: LicenceInput, expected_version: int) -> None:
    """Correct a licence. Raises ``FieldErrors`` with all that is wrong.

    What an institution corrects after a superior saw the licence waits to be looked at again, as
    new scans do.
    """
    institution = licence.institution
    require_keeper(actor, institution)
    check_version(licence, expected_version)
    values, codes = _checked(data)
    kept = {row.department_code: row for row in licence.departments}
    listed = _departments_change(sorted(kept), codes)
    doubts.hold_licence(institution.id)
    with saving(_TWICE, _twice()):
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
        if changes and licence.approved_scans is not None and not actor.is_above(institution.path):
            licence.approved_scans = _OVERTAKEN
    if changes:
        audit.record(actor, AuditTag.LICENCE_UPDATE, licence, changes=changes)
        doubts.keep_licence(institution.id)


def problems(data: LicenceInput) -> dict[str, str]:
    """Return what is wrong with the content of a licence: field → sentence."""
    try:
        _checked(data)
    except FieldErrors as error:
        return dict(error.errors)
    return {}


def set_in_use(actor: Actor, licence: Licence, seen: str, *, confirm_invalid: bool = False) -> None:
    """Let a licence be the one in use (设为使用); the former one is no longer in the same moment.

    ``seen`` is the ``seen_of`` of what was shown; it counts as looked at when a superior does it;
    what the institution itself puts to use waits for a superior to look at it. A licence that is
    not valid today, since it has expired or not begun, needs ``confirm_invalid``. Raises
    ``DomainError`` without it, and when the licence says something else by now.
    """
    institution = licence.institution
    require_keeper(actor, institution)
    if licence.is_in_use:
        raise DomainError("该许可证已在使用中。")
    validity = validity_of(licence)
    if validity is not Validity.VALID and not confirm_invalid:
        raise DomainError(
            f"该许可证{validity.label}；如确需使用，请再次单击“设为使用”并在提示中确认。"
        )
    doubts.hold_licence(institution.id)
    with saving(_TWO_IN_USE, StaleVersionError()):
        _hold_as_seen(licence, seen, "设为使用")
        former = db.session.scalars(
            select(Licence).where(Licence.institution_id == institution.id, Licence.is_in_use)
        ).all()
        for row in former:
            row.is_in_use = False
            audit.record(actor, AuditTag.LICENCE_UNUSE, row, changes=audit.changes_of(row))
        # The index allows one in use at any moment, so the former one goes first.
        db.session.flush()
        licence.is_in_use = True
        changes = audit.changes_of(licence)
        if actor.is_above(institution.path):
            licence.approved_scans = licence.scans_digest or NO_SCANS
    audit.record(actor, AuditTag.LICENCE_USE, licence, changes=changes)
    doubts.keep_licence(institution.id)


def cancel_use(actor: Actor, licence: Licence, seen: str) -> None:
    """Let a licence no longer be in use (反之取消); the institution has none in use then.

    Raises ``DomainError`` when the licence is not as it was ``seen``.
    """
    require_keeper(actor, licence.institution)
    if not licence.is_in_use:
        raise DomainError("该许可证没有在使用。")
    doubts.hold_licence(licence.institution_id)
    with saving():
        _hold_as_seen(licence, seen, "取消使用")
        licence.is_in_use = False
        changes = audit.changes_of(licence)
    audit.record(actor, AuditTag.LICENCE_UNUSE, licence, changes=changes)
    doubts.keep_licence(licence.institution_id)


def check_scans(actor: Actor, licence: Licence, seen: str) -> None:
    """Confirm, as a superior, a licence in use that waits for it (核对).

    ``seen`` is the ``seen_of`` of what was shown; raises ``DomainError`` when the licence or its
    scans are others by now.
    """
    institution = licence.institution
    require_keeper(actor, institution)
    if not actor.is_above(institution.path):
        raise NotAllowedError("证照由上级机构核对。")
    if not licence.is_in_use:
        raise DomainError("该许可证没有在使用，请先设为使用。")
    if waiting_of(licence) is None:
        raise DomainError("该许可证已核对，没有待核对的内容。")
    with saving():
        _hold_as_seen(licence, seen, "核对")
        licence.approved_scans = licence.scans_digest or NO_SCANS
    audit.record(actor, AuditTag.LICENCE_CHECK, licence)


def delete(actor: Actor, licence: Licence, seen: str) -> None:
    """Delete a licence that is not in use, and its scans; the sweep removes their files.

    Raises ``DomainError`` when the licence or its scans are not as they were ``seen``.
    """
    institution = licence.institution
    require_keeper(actor, institution)
    if licence.is_in_use:
        raise DomainError("该许可证正在使用，不能删除；请先取消使用，或将其他许可证设为使用。")
    with saving():
        _hold_as_seen(licence, seen, "删除")
        audit.record(actor, AuditTag.LICENCE_DELETE, licence)
        of_licence = LicenceScan.licence_id == licence.id
        db.session.execute(update_rows(LicenceScan).where(of_licence).values(replaced_by_id=None))
        db.session.execute(delete_rows(LicenceScan).where(of_licence))
        db.session.delete(licence)


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that ``keyword`` finds a licence: names, initials, numbers."""
    condition: ColumnElement[bool] = or_(
        Licence.institution_name.contains(keyword, autoescape=True),
        Licence.registration_number.startswith(keyword.upper(), autoescape=True),
        Licence.institution.has(Institution.search_text.contains(folded(keyword), autoescape=True)),
    )
    return condition


def departments_in_use(institution: Institution) -> str:
    """Return the 诊疗科目 of the licence in use as one text; empty without one."""
    licence = institution.licence_in_use
    return licence.department_names if licence is not None else ""


def require_keeper(actor: Actor, institution: Institution) -> None:
    """Raise unless the actor may change licences of the institution, and it is not locked."""
    actor.require(Permission.LICENCE_WRITE)
    if not (actor.is_at(institution.path) or actor.is_above(institution.path)):
        raise NotFoundError
    require_unlocked(institution)


def _twice() -> FieldErrors:
    return FieldErrors({"registration_number": _TWICE_SENTENCE})


def _hold_as_seen(licence: Licence, seen: str, act: str) -> None:
    """Hold the institution's record, and raise unless the licence is stored as it was seen.

    Every change of a licence or its scans holds the same record, so that none comes in between.
    """
    hold_unlocked(licence.institution)
    db.session.refresh(licence)
    if seen_of(licence) != seen:
        raise DomainError(f"该许可证或其证照刚刚又有更新，请查看最新内容后再{act}。")


def _checked(data: LicenceInput) -> tuple[dict[str, Any], list[str]]:
    checks = FieldChecks()
    values: dict[str, Any] = {}
    for column in _TEXTS:
        name = column.key
        values[name] = (
            checks.text(name, getattr(data, name), column, required=name in DEMANDED) or ""
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

"""Institutions: creating, correcting, completing and deleting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy import update as update_rows

from extensions import db
from models import (
    Administrator,
    BusinessRank,
    Division,
    FormerName,
    Institution,
    InstitutionCategory,
    InstitutionGrade,
    InstitutionKind,
    InstitutionLevel,
    Licence,
    Roster,
    SignInSession,
    TrialCertificate,
)
from models.institution import SEGMENT_LENGTH
from services import audit, identifiers, numbering
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors, NotFoundError
from services.fields import FieldChecks
from services.institutions import moves, names
from services.institutions.record import (
    hold_unlocked,
    require_record_keeper,
    require_superior,
    require_unlocked,
)
from services.permissions import Permission
from services.saving import check_version, saving
from services.scope import count_visible, find, replanting

if TYPE_CHECKING:
    from collections.abc import Container

    from services.actor import Actor

#: How the two databases say that a name stands twice, and that a row is still referred to.
_NAME_TWICE: Final = ("uq_institutions_name", "institutions.name")
_REFERRED_TO: Final = ("fk_", "FOREIGN KEY")
#: What the notice demands of both forms' common fields.
_DEMANDED: Final = frozenset({"organisation_code", "address", "postcode"})
_IDENTIFIERS: Final = (
    (
        "organisation_code",
        Institution.organisation_code,
        identifiers.check_institution_code,
    ),
    (
        "registration_number",
        Institution.registration_number,
        identifiers.check_institution_registration,
    ),
    ("postcode", Institution.postcode, identifiers.check_postcode),
)


@dataclass(frozen=True)
class InstitutionInput:
    """What the superior's form holds (新增, 修改); keys and codes as the browser sent them.

    ``None`` stands for what a form does not hold: it stays as it is.
    """

    name: str
    category_code: str
    parent_id: object
    division_code: str | None = None
    organisation_code: str | None = None
    registration_number: str | None = None
    address: str | None = None
    postcode: str | None = None


@dataclass(frozen=True)
class InstitutionDetails:
    """What the record's own form holds (详细信息设置, 本机构信息设置)."""

    organisation_code: str
    address: str
    postcode: str
    level_code: str
    grade_code: str
    rank_code: str
    service_target: str = ""
    registration_number: str = ""


def create(actor: Actor, data: InstitutionInput) -> Institution:
    """Add an institution below a node of the actor's scope; its kind follows its category.

    Raises ``FieldErrors`` with all that is wrong.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    checks = FieldChecks()
    values = _checked_main(checks, data)
    kind = _kind_of(values["category_code"])
    parent = _parent(checks, data.parent_id)
    if parent is not None and kind is not None:
        checks.rule("parent_id", lambda: moves.require_place(kind, parent))
    if values["name"] is not None:
        checks.rule("name", lambda: names.require_free(str(values["name"])))
    checks.finish()
    assert parent is not None
    assert kind is not None
    with saving(_NAME_TWICE, FieldErrors({"name": names.NAME_TAKEN})):
        institution = Institution(
            path=numbering.next_path(parent),
            parent_id=parent.id,
            kind=kind,
            unit_number=numbering.next_unit_number(kind),
            **values,
        )
        db.session.add(institution)
        changes = audit.changes_of(institution)
    audit.record(actor, AuditTag.INSTITUTION_CREATE, institution, changes=changes)
    return institution


def update(
    actor: Actor,
    institution: Institution,
    data: InstitutionInput,
    expected_version: int,
    *,
    keep_former_name: bool = False,
) -> None:
    """Correct a lower institution: name, category, reporting line and what else the form holds.

    ``keep_former_name`` adds the old name to the former ones (曾用名). Another parent moves the
    node with all below it. Raises ``FieldErrors`` with all that is wrong.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    require_superior(actor, institution)
    require_unlocked(institution)
    check_version(institution, expected_version)
    checks = FieldChecks()
    values = _checked_main(checks, data, institution)
    kind = _kind_of(values["category_code"])
    if kind not in {None, institution.kind}:
        checks.fail(
            "category_code",
            "考试管理机构与试用机构的类别不能互改；如录入有误，请删除该机构后重新新增。",
        )
    parent = _parent(checks, data.parent_id)
    new_parent = parent if parent is not None and parent.id != institution.parent_id else None
    if new_parent is not None:
        numbering.take_turn(moves.MOVES)
        checks.rule("parent_id", lambda: moves.require_move(actor, institution, new_parent))
    old_name, new_name = institution.name, values["name"]
    if new_name is not None and new_name != old_name:
        checks.rule("name", lambda: names.require_free(new_name, bearer_id=institution.id))
    checks.finish()
    changes = _save(institution, values)
    if keep_former_name and new_name != old_name:
        names.keep(institution, old_name)
    if changes:
        audit.record(actor, AuditTag.INSTITUTION_UPDATE, institution, changes=changes)
    if new_parent is not None:
        moves.move(actor, institution, new_parent)


def update_details(
    actor: Actor, institution: Institution, details: InstitutionDetails, expected_version: int
) -> None:
    """Complete the record of the own institution or of a lower one.

    The notice demands 机构代码, 机构地址, 邮政编码, 机构级别, 机构等次 and 业务定级. Raises
    ``FieldErrors`` with all that is wrong.
    """
    require_record_keeper(actor, institution)
    require_unlocked(institution)
    check_version(institution, expected_version)
    checks = FieldChecks()
    values = {
        **_checked_common(checks, details, required=_DEMANDED),
        "service_target": checks.text(
            "service_target", details.service_target, Institution.service_target
        ),
        "level_code": checks.code(
            "level_code",
            details.level_code,
            Institution.level_code,
            InstitutionLevel,
            required=True,
        ),
        "grade_code": checks.code(
            "grade_code",
            details.grade_code,
            Institution.grade_code,
            InstitutionGrade,
            required=True,
        ),
        "rank_code": checks.code(
            "rank_code", details.rank_code, Institution.rank_code, BusinessRank, required=True
        ),
    }
    checks.finish()
    changes = _save(institution, values)
    if changes:
        audit.record(actor, AuditTag.INSTITUTION_UPDATE, institution, changes=changes)


def delete(actor: Actor, institution: Institution) -> None:
    """Delete a lower institution on which nothing hangs; its former names go with it.

    Its deleted accounts are handed to the parent, since a user name is never given twice. Raises
    ``DomainError`` naming what hangs on it.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    require_superior(actor, institution)
    require_unlocked(institution)
    hanging = _hanging(institution)
    if hanging:
        raise DomainError(f"该机构还有{'、'.join(hanging)}，不能删除。请先处理后再删除。")
    own = institution.id
    parent_place = {
        "institution_id": institution.parent_id,
        "owner_path": institution.path[:-SEGMENT_LENGTH],
    }
    unsynchronised = {"synchronize_session": False}
    refused = DomainError("该机构仍被其他记录引用（如考核证明中的试用机构），不能删除。")
    with saving(_REFERRED_TO, refused), replanting():
        hold_unlocked(institution)
        audit.record(actor, AuditTag.INSTITUTION_DELETE, institution)
        db.session.execute(
            delete_rows(FormerName).where(FormerName.institution_id == own),
            execution_options=unsynchronised,
        )
        db.session.execute(
            update_rows(Administrator)
            .where(Administrator.institution_id == own, Administrator.deleted_at.is_not(None))
            .values(parent_place),
            execution_options=unsynchronised,
        )
        db.session.execute(
            update_rows(SignInSession)
            .where(SignInSession.institution_id == own)
            .values(parent_place),
            execution_options=unsynchronised,
        )
        db.session.delete(institution)
    db.session.expire_all()


def is_medical(institution: Institution) -> bool:
    """Whether the institution practises medicine, so that it has licences and trains people."""
    return institution.kind is InstitutionKind.HEALTHCARE


def doubts(institution: Institution) -> list[str]:
    """Return what in the record a person should look into; none of it hinders saving."""
    found: list[str] = []
    for name, _column, check in _IDENTIFIERS:
        value = getattr(institution, name)
        if value:
            try:
                found += check(value).warnings
            except identifiers.InvalidIdentifierError as error:
                found.append(str(error))
    return found


def _checked_main(
    checks: FieldChecks, data: InstitutionInput, institution: Institution | None = None
) -> dict[str, str | None]:
    """Check the superior's form; what the record demands and already has is not emptied by it."""
    values: dict[str, str | None] = {
        "name": checks.text("name", data.name, Institution.name, required=True),
        "category_code": checks.code(
            "category_code",
            data.category_code,
            Institution.category_code,
            InstitutionCategory,
            required=True,
        ),
    }
    if data.division_code is not None:
        values["division_code"] = checks.code(
            "division_code", data.division_code, Institution.division_code, Division
        )
    held = {name for name in _DEMANDED if getattr(institution, name, None)}
    return {**values, **_checked_common(checks, data, required=held)}


def _checked_common(
    checks: FieldChecks, data: InstitutionInput | InstitutionDetails, *, required: Container[str]
) -> dict[str, str | None]:
    """Check what both forms hold."""
    values: dict[str, str | None] = {}
    for name, column, check in _IDENTIFIERS:
        typed = getattr(data, name)
        if typed is not None:
            values[name] = checks.identifier(name, typed, column, check, required=name in required)
    if data.address is not None:
        values["address"] = checks.text(
            "address", data.address, Institution.address, required="address" in required
        )
    return values


def _kind_of(category_code: str | None) -> InstitutionKind | None:
    if category_code is None:
        return None
    role = db.session.scalar(
        select(InstitutionCategory.trial_role).where(InstitutionCategory.code == category_code)
    )
    return InstitutionKind.BUREAU if role == "bureau" else InstitutionKind.HEALTHCARE


def _parent(checks: FieldChecks, key: object) -> Institution | None:
    if key in {None, ""}:
        checks.fail("parent_id", "请选择信息上报。")
        return None
    try:
        return find(Institution, key)
    except NotFoundError:
        checks.fail("parent_id", "所选信息上报机构不存在或不在您的管理范围内，请重新选择。")
        return None


def _save(institution: Institution, values: dict[str, Any]) -> list[audit.Change]:
    with saving(_NAME_TWICE, FieldErrors({"name": names.NAME_TAKEN})):
        hold_unlocked(institution)
        for name, value in values.items():
            setattr(institution, name, value)
        changes = audit.changes_of(institution)
    db.session.expire(institution, ["category", "level", "grade", "rank"])
    return changes


def _hanging(institution: Institution) -> list[str]:
    """Return what hangs on the institution, as parts of a sentence."""
    own = institution.id
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
        (count_visible(Licence, Licence.institution_id == own), "个执业许可证"),
    )
    return [f"{count}{what}" for count, what in counted if count]

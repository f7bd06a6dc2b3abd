"""Institutions: creating, correcting and completing them, field by field as the table says."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import FormerName, Institution, InstitutionKind
from services import audit, clock, form_keys, numbering
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors, NotFoundError
from services.fields import FieldChecks
from services.identifiers import InvalidIdentifierError
from services.institutions import moves, names, placing
from services.institutions.changes import told
from services.institutions.field_rules import (
    FIELDS,
    Demand,
    check_value,
    require_change,
    required_for,
    rule,
)
from services.institutions.record import hold_unlocked
from services.permissions import Permission
from services.reference import CodeTables
from services.saving import check_version, saving
from services.scope import find

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from services.actor import Actor
    from services.audit import Change

#: How the two databases say that a name stands twice.
NAME_TWICE: Final = ("uq_institutions_name", "institutions.name")
OTHER_KIND: Final = "考试管理机构与试用机构的类别不能互改；如录入有误，请删除该机构后重新新增。"
CONFIRM_MOVE: Final = "请核对以上将一并移交的内容，勾选确认后再保存。"


@dataclass(frozen=True)
class InstitutionInput:
    """What a form holds of the record (see ``field_rules``); keys and codes as the browser sent it.

    ``None`` stands for what a form does not hold: it stays as it is.
    """

    name: str | None = None
    category_code: str | None = None
    parent_id: object = None
    division_code: str | None = None
    organisation_code: str | None = None
    registration_number: str | None = None
    service_target: str | None = None
    address: str | None = None
    postcode: str | None = None
    level_code: str | None = None
    grade_code: str | None = None
    rank_code: str | None = None

    def held(self) -> dict[str, object]:
        """Return what the form holds, by name of the field."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Renaming:
    """The old name becomes a former one (曾用名), borne until ``until``, or until today."""

    until: dt.date | None = None


def create(
    actor: Actor,
    data: InstitutionInput,
    *,
    form_key: str | None = None,
    codes: CodeTables | None = None,
) -> Institution:
    """Add an institution below a node of the actor's scope; its kind follows its category.

    The same form sent a second time (``form_key``) gives the institution of the first time. Raises
    ``FieldErrors`` with all that is wrong.
    """
    actor.require(Permission.INSTITUTION_WRITE)
    codes = codes or CodeTables()
    earlier = form_keys.sent_before(Institution, form_key)
    checks = FieldChecks()
    values, parent = _read_new(checks, data, codes)
    if earlier is not None:
        checks.finish()
        return form_keys.unchanged(earlier, {**values, "parent_id": parent and parent.id})
    try:
        institution, changes = _added(checks, values, parent, codes, form_key)
    except (FieldErrors, IntegrityError) as error:
        return form_keys.made_meanwhile(Institution, form_key, error)
    audit.record(actor, AuditTag.INSTITUTION_CREATE, institution, changes=changes)
    return institution


def _read_new(
    checks: FieldChecks, data: InstitutionInput, codes: CodeTables
) -> tuple[dict[str, str | None], Institution | None]:
    needed = {one.name for one in FIELDS if one.demand is Demand.EXISTENCE}
    values = _checked(checks, dict.fromkeys(needed, "") | data.held(), codes, required=needed)
    return values, _parent(checks, values.pop("parent_id"))


def _judge_new(
    checks: FieldChecks,
    values: dict[str, str | None],
    parent: Institution | None,
    kind: InstitutionKind | None,
) -> None:
    """Note what the rules of the tree and of names say of a new institution."""
    category, name = values["category_code"], values["name"]
    if parent is not None and kind is not None and category is not None:
        checks.rule("parent_id", lambda: moves.require_place(kind, parent))
        if "parent_id" not in checks.errors:
            checks.rule("category_code", lambda: placing.require_rank(category, parent))
    if name is not None:
        checks.rule("name", lambda: names.require_free(name))


def _added(
    checks: FieldChecks,
    values: dict[str, Any],
    parent: Institution | None,
    codes: CodeTables,
    form_key: str | None,
) -> tuple[Institution, list[Change]]:
    """Add the row if its place and its name suit; return it and what there is to tell of it."""
    kind = kind_of(codes, values["category_code"])
    _judge_new(checks, values, parent, kind)
    checks.finish()
    assert parent is not None
    assert kind is not None
    with saving(NAME_TWICE, FieldErrors({"name": names.NAME_TAKEN})):
        institution = Institution(
            path=numbering.next_path(parent),
            parent_id=parent.id,
            kind=kind,
            unit_number=numbering.next_unit_number(kind),
            form_key=form_key,
            **values,
        )
        db.session.add(institution)
        return institution, told(audit.changes_of(institution), codes, parent)


def update(
    actor: Actor,
    institution: Institution,
    data: InstitutionInput,
    expected_version: int,
    *,
    is_complete: bool = False,
    renaming: Renaming | None = None,
    confirmed_parent_id: object = None,
    codes: CodeTables | None = None,
) -> None:
    """Change what ``data`` holds of a record; the table says which fields are the actor's.

    What the record needs and has is not emptied; with ``is_complete`` all that the notice stars
    must be there. ``renaming`` adds the old name to the former ones when the name changes. Another
    parent moves the node with all below it, once ``confirmed_parent_id`` says that the user has
    seen what moves along. Raises ``FieldErrors`` with all that is wrong; nothing is done by halves.
    """
    held = data.held()
    for name in held:
        require_change(actor, institution, name)
    check_version(institution, expected_version)
    codes = codes or CodeTables()
    checks = FieldChecks()
    values, new_parent = _judge_changes(
        checks, actor, institution, held, codes, is_complete=is_complete
    )
    is_confirmed = new_parent is None or str(confirmed_parent_id) == str(new_parent.id)
    if not is_confirmed and "parent_id" not in checks.errors:
        checks.fail("confirmed_parent_id", CONFIRM_MOVE)
    old_name, new_name = institution.name, values.get("name") or institution.name
    if new_name != old_name:
        _judge_last_day(checks, institution, renaming)
    checks.finish()
    changes = _save(institution, values, codes)
    if new_name != old_name:
        changes += names.follow_renaming(
            institution,
            old_name,
            names.former_names_of([institution.id]).get(institution.id, ()),
            keeps=renaming is not None,
            until=renaming.until if renaming is not None else None,
        )
    if changes:
        audit.record(actor, AuditTag.INSTITUTION_UPDATE, institution, changes=changes)
    if new_parent is not None:
        moves.move(actor, institution, new_parent)


def _judge_changes(
    checks: FieldChecks,
    actor: Actor,
    institution: Institution,
    held: dict[str, object],
    codes: CodeTables,
    *,
    is_complete: bool = False,
) -> tuple[dict[str, str | None], Institution | None]:
    """Note what is wrong with fields of a known record; return their values and a new parent."""
    needed = {name for name in held if is_needed(institution, name, is_complete=is_complete)}
    values = _checked(checks, held, codes, required=needed)
    category = values.get("category_code")
    if kind_of(codes, category) not in {None, institution.kind}:
        checks.fail("category_code", OTHER_KIND)
    new_parent = _new_parent(checks, institution, values)
    if new_parent is not None:
        numbering.take_turn(moves.MOVES)
        checks.rule(
            "parent_id",
            lambda: moves.require_move(actor, institution, new_parent, category_code=category),
        )
    if category not in {None, institution.category_code} and "category_code" not in checks.errors:
        checks.rule(
            "category_code",
            lambda: placing.require_new_category(institution, str(category), new_parent),
        )
    name = values.get("name")
    if name is not None and name != institution.name:
        checks.rule("name", lambda: names.require_free(name, bearer_id=institution.id))
    return values, new_parent


def _judge_last_day(
    checks: FieldChecks, institution: Institution, renaming: Renaming | None
) -> None:
    """Refuse a last day of the present name that lies ahead, or before it can have been borne."""
    until = None if renaming is None else renaming.until
    if until is None:
        return
    if until > clock.today():
        checks.fail("former_name_until", "原名称的停用日期不能晚于今天。")
    of_it = FormerName.institution_id == institution.id
    earlier = db.session.scalar(select(func.max(FormerName.used_until)).where(of_it))
    if earlier is not None and until < earlier:
        checks.fail("former_name_until", f"不能早于上一个曾用名的停用日期（{earlier}），请核对。")


def problems(
    actor: Actor,
    institution: Institution | None,
    data: InstitutionInput,
    renaming: Renaming | None = None,
) -> FieldErrors:
    """Return all that saving would find wrong with the fields of a form, often nothing.

    ``None`` stands for a new institution. Nothing is changed; a form that cannot be saved for
    another reason, such as a lock, has no problems here.
    """
    checks, codes = FieldChecks(), CodeTables()
    try:
        if institution is None:
            values, parent = _read_new(checks, data, codes)
            _judge_new(checks, values, parent, kind_of(codes, values["category_code"]))
        else:
            values, _parent_chosen = _judge_changes(checks, actor, institution, data.held(), codes)
            if values.get("name") != institution.name:
                _judge_last_day(checks, institution, renaming)
    except DomainError:
        return FieldErrors({})
    return FieldErrors(checks.errors, absent=checks.absent)


def is_needed(institution: Institution, name: str, *, is_complete: bool) -> bool:
    """Whether a form of an existing record must hold something in the field ``name``."""
    if name not in required_for(institution):
        return False
    is_held = bool(getattr(institution, name))
    return is_complete or is_held or rule(name).demand is Demand.EXISTENCE


def kind_of(codes: CodeTables, category_code: str | None) -> InstitutionKind | None:
    """Return the kind of node that a category makes; ``None`` for no category."""
    role = codes.trial_role(category_code)
    if role is None:
        return None
    return InstitutionKind.BUREAU if role == "bureau" else InstitutionKind.HEALTHCARE


def doubts(institution: Institution) -> list[str]:
    """Return what in the record a person should look into; none of it hinders saving."""
    codes = CodeTables()
    found: list[str] = []
    for one in FIELDS:
        value = getattr(institution, one.name)
        if one.check is not None and value:
            try:
                found += check_value(one.name, value, codes).warnings
            except InvalidIdentifierError as error:
                found.append(error.message)
    if institution.organisation_code:
        twin = names.code_doubt(institution.organisation_code, bearer_id=institution.id)
        found += [twin] if twin else []
    if institution.division_code:
        outside = placing.division_doubt(institution.division_code, institution)
        found += [outside] if outside else []
    return found


def _checked(
    checks: FieldChecks, held: dict[str, object], codes: CodeTables, *, required: Collection[str]
) -> dict[str, str | None]:
    """Return the values in their normal form, ``None`` where one is empty or wrong."""
    values: dict[str, str | None] = {}
    for name, value in held.items():
        try:
            values[name] = check_value(name, value, codes, required=name in required).value or None
        except InvalidIdentifierError as error:
            values[name] = None
            checks.fail(name, error.message)
    return values


def _parent(checks: FieldChecks, key: object) -> Institution | None:
    """Return the chosen parent; a key outside of the scope is an error of the field."""
    if key is None:
        return None
    try:
        return find(Institution, key)
    except NotFoundError:
        checks.fail_absent("parent_id", "所选信息上报机构不存在或不在您的管理范围内，请重新选择。")
        return None


def _new_parent(
    checks: FieldChecks, institution: Institution, values: dict[str, str | None]
) -> Institution | None:
    parent = _parent(checks, values.pop("parent_id", None))
    return parent if parent is not None and parent.id != institution.parent_id else None


def _save(
    institution: Institution, values: dict[str, Any], codes: CodeTables
) -> list[audit.Change]:
    with saving(NAME_TWICE, FieldErrors({"name": names.NAME_TAKEN})):
        hold_unlocked(institution)
        for name, value in values.items():
            setattr(institution, name, value)
        changes = told(audit.changes_of(institution), codes)
    db.session.expire(institution, ["category", "level", "grade", "rank"])
    return changes

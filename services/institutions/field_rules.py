"""The fields of an institution's record: one table that forms, services, imports and tests read.

It says of every field who may change it, whether the record needs it, whether the lock freezes it,
and how what was typed is checked. Nothing here asks the database, except for code tables, which
``CodeTables`` reads once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from models import (
    BusinessRank,
    Division,
    Institution,
    InstitutionCategory,
    InstitutionGrade,
    InstitutionLevel,
    label_of,
)
from services import identifiers
from services.errors import DomainError
from services.identifiers import Checked, InvalidIdentifierError
from services.institutions.record import (
    require_record_keeper,
    require_superior,
    require_unlocked,
)
from services.permissions import Permission
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from models.reference import CodeTable
    from services.actor import Actor
    from services.reference import CodeTables


class Keeper(Enum):
    """Who may change a field."""

    #: 上级可修改下级单位库全部信息: what only a superior may change.
    SUPERIOR = auto()
    #: 如有误可自行修改: the institution itself as well as its superiors.
    RECORD_KEEPER = auto()


class Demand(Enum):
    """What a field is needed for."""

    #: Without it there is no record at all.
    EXISTENCE = auto()
    #: The notice marks it with a star: a complete record has it.
    RECORD = auto()
    NONE = auto()


@dataclass(frozen=True)
class FieldRule:
    """What holds of one field of the record; ``name`` is the attribute of ``Institution``."""

    name: str
    column: Any
    keeper: Keeper
    demand: Demand = Demand.NONE
    #: Whether a locked record refuses a change of it.
    is_frozen_by_lock: bool = True
    #: The table in which a code must stand; fields without one are typed.
    table: type[CodeTable] | None = None
    #: Checks and normalises what was typed; free text without one.
    check: Callable[[str], Checked] | None = None

    @property
    def label(self) -> str:
        """The Chinese label, which stands on the column."""
        return label_of(self.column)

    @property
    def max_length(self) -> int | None:
        """The greatest number of characters that the column holds."""
        length: int | None = getattr(self.column.property.columns[0].type, "length", None)
        return length

    @property
    def is_chosen(self) -> bool:
        """Whether the value is chosen from others rather than typed."""
        return self.table is not None or self.name == "parent_id"


def _superior(name: str, column: Any, **more: Any) -> FieldRule:
    return FieldRule(name, column, Keeper.SUPERIOR, **more)


def _own(name: str, column: Any, **more: Any) -> FieldRule:
    return FieldRule(name, column, Keeper.RECORD_KEEPER, **more)


#: The whole table, in the order in which forms show the fields. Stars by the notice, 附件1 二、三.
FIELDS: Final[tuple[FieldRule, ...]] = (
    _superior("name", Institution.name, demand=Demand.EXISTENCE),
    _superior(
        "category_code",
        Institution.category_code,
        demand=Demand.EXISTENCE,
        table=InstitutionCategory,
    ),
    _superior("parent_id", Institution.parent_id, demand=Demand.EXISTENCE),
    _superior("division_code", Institution.division_code, table=Division),
    _own(
        "organisation_code",
        Institution.organisation_code,
        demand=Demand.RECORD,
        check=identifiers.check_institution_code,
    ),
    _own(
        "registration_number",
        Institution.registration_number,
        check=identifiers.check_institution_registration,
    ),
    _own("service_target", Institution.service_target),
    _own("address", Institution.address, demand=Demand.RECORD),
    _own("postcode", Institution.postcode, demand=Demand.RECORD, check=identifiers.check_postcode),
    _own("level_code", Institution.level_code, demand=Demand.RECORD, table=InstitutionLevel),
    _own("grade_code", Institution.grade_code, demand=Demand.RECORD, table=InstitutionGrade),
    _own("rank_code", Institution.rank_code, demand=Demand.RECORD, table=BusinessRank),
)
_BY_NAME: Final = {one.name: one for one in FIELDS}


def rule(name: str) -> FieldRule:
    """Return the rule of a field; ``KeyError`` when the record has no such field."""
    return _BY_NAME[name]


def required_for(institution: Institution) -> tuple[str, ...]:
    """Return the fields that a complete record needs, in their order.

    The notice demands the same of every category; a root reports to nobody.
    """
    is_root = institution.parent_id is None
    return tuple(
        one.name
        for one in FIELDS
        if one.demand is not Demand.NONE and not (is_root and one.name == "parent_id")
    )


def require_change(actor: Actor, institution: Institution | None, name: str) -> None:
    """Raise unless the actor may change the field now; ``None`` stands for a new institution.

    Raises ``NotFoundError`` outside of the scope, ``NotAllowedError`` with its sentence inside.
    """
    one = rule(name)
    if institution is None:
        actor.require(Permission.INSTITUTION_WRITE)
        return
    if one.keeper is Keeper.SUPERIOR:
        require_superior(actor, institution)
        actor.require(Permission.INSTITUTION_WRITE)
    else:
        require_record_keeper(actor, institution)
    if one.is_frozen_by_lock:
        require_unlocked(institution)


def why_closed(actor: Actor, institution: Institution | None, names: Iterable[str]) -> str:
    """Return why the actor cannot save a form with the fields ``names`` now; empty when it can."""
    try:
        for name in names:
            require_change(actor, institution, name)
    except DomainError as error:
        return error.message
    return ""


def may_change(actor: Actor, institution: Institution | None, name: str) -> bool:
    """Whether the actor may change the field now; ``None`` stands for a new institution."""
    return not why_closed(actor, institution, (name,))


def check_value(name: str, value: object, codes: CodeTables, *, required: bool = False) -> Checked:
    """Return what was typed into a field in its normal form, with the doubts found in it.

    An empty value is accepted as ``""`` unless ``required``. Of a parent only the shape of its key
    is checked. Raises ``InvalidIdentifierError`` with a sentence for the user; asks the database
    for nothing but the code tables that ``codes`` has not read yet.
    """
    one = rule(name)
    text = str(value or "").strip()
    if not text:
        if required:
            raise InvalidIdentifierError(f"请{'选择' if one.is_chosen else '填写'}{one.label}。")
        return Checked("")
    return _check_of(one, codes)(text)


def _check_of(one: FieldRule, codes: CodeTables) -> Callable[[str], Checked]:
    if one.check is not None:
        return one.check
    if one.is_chosen:
        return partial(_check_choice, one, codes)
    return partial(identifiers.check_text, label=one.label, max_length=one.max_length)


def _check_choice(one: FieldRule, codes: CodeTables, text: str) -> Checked:
    is_known = parse_key(text) is not None if one.table is None else codes.has(one.table, text)
    if not is_known:
        raise InvalidIdentifierError(f"所选{one.label}不存在，请重新选择。")
    return Checked(text)

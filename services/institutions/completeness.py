"""What the record of an institution needs before people on trial are entered (完善机构基本信息).

The notice lets an institution enter certificates once its record is complete. One table of rules
says what that means, for one record in Python and for many in SQL: the fields that the notice
stars, and, for the categories that practise under a 医疗机构执业许可证, a licence in use that is
valid today, names its 诊疗科目 and can be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import joinedload

from models import Institution, InstitutionCategory, Licence
from services import scope
from services.errors import DomainError
from services.institutions import field_rules
from services.institutions.field_rules import Demand, FieldRule, Keeper
from services.licence_validity import Validity, stands, validity_of
from services.scans.reading import NO_SCANS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm.interfaces import ORMOption

#: The value of ``InstitutionCategory.licence_rule`` for those who practise under a licence.
LICENCE_REQUIRED: Final = "required"
#: The line of the checklist that another licence mends, not the one in use.
LICENCE_VALID: Final = "licence_valid"
_RENEW: Final = "新增换发的许可证并设为使用"
_USE_PRESENT: Final = "将现在有效的许可证设为使用（还没有的请先新增）"


@dataclass(frozen=True)
class Need:
    """One line of the checklist: what to do, whether it is done, and on which tab of the record."""

    key: str
    label: str
    is_met: bool
    #: ``basic``, ``former`` or ``licences``.
    tab: str
    #: What hinders, or who can help; often empty.
    hint: str = ""
    #: Whether only a superior can do it.
    is_of_superior: bool = False
    #: Its part of 资料完整度, beside those of the other lines.
    weight: int = 1


@dataclass(frozen=True)
class _LicenceRule:
    """What the licence in use must be, for one and for many."""

    key: str
    label: str
    is_met: Callable[[Licence], bool]
    condition: Callable[[], ColumnElement[bool]]


#: What every record is born with; the database would refuse it otherwise.
_ALWAYS_THERE: Final = frozenset({"name", "parent_id"})
_FIELDS: Final[tuple[FieldRule, ...]] = tuple(
    rule
    for rule in field_rules.FIELDS
    if rule.demand is not Demand.NONE and rule.name not in _ALWAYS_THERE
)

_LICENCE_RULES: Final = (
    _LicenceRule(
        "licence",
        "将有效的医疗机构执业许可证设为使用（还没有的请先新增）",
        lambda _licence: True,
        lambda: and_(Licence.is_in_use),
    ),
    _LicenceRule(
        LICENCE_VALID,
        "使用中的许可证在有效期内",
        lambda licence: validity_of(licence) is Validity.VALID,
        lambda: stands(Validity.VALID),
    ),
    _LicenceRule(
        "licence_departments",
        "为使用中的许可证填写诊疗范围（诊疗科目）",
        lambda licence: bool(licence.departments),
        Licence.departments.any,
    ),
    _LicenceRule(
        "licence_scans",
        "为使用中的许可证上传证照扫描件",
        # Each change of the scans keeps their digest; it is there to be asked for many at once.
        lambda licence: (licence.scans_digest or NO_SCANS) != NO_SCANS,
        lambda: func.coalesce(Licence.scans_digest, NO_SCANS) != NO_SCANS,
    ),
)


#: What a licence needs that is still to be entered, so that nothing is asked for after it is used.
_OF_A_LICENCE: Final = "许可证须填写诊疗范围，并上传证照扫描件"
#: A licence weighs as much as a field, shared out among its rules: so 资料完整度 does not fall when
#: a licence is put to use that still lacks something.
_LICENCE_WEIGHT: Final = len(_LICENCE_RULES)


def needs_licence(institution: Institution) -> bool:
    """Whether the category of an institution practises under a 医疗机构执业许可证."""
    category = institution.category
    return category is not None and category.licence_rule == LICENCE_REQUIRED


def checklist(institution: Institution) -> tuple[Need, ...]:
    """Return all that the record needs, met or not, in the order in which it is filled in.

    Without a licence in use that is the one thing to do about it: what it must be otherwise can
    be said of a licence only.

    Reads ``category``, ``licence_in_use`` and its ``departments``: ``loading`` loads them at once
    for many institutions.
    """
    needs = [_field_need(institution, rule) for rule in _FIELDS]
    if needs_licence(institution):
        needs += _licence_needs(institution.licence_in_use)
    return tuple(needs)


def loading() -> tuple[ORMOption, ...]:
    """Return the loader options with which many records are read for their checklists at once."""
    licence = joinedload(Institution.licence_in_use)
    return (licence, licence.selectinload(Licence.departments))


def find(key: object) -> Institution:
    """Return an institution of the scope with all that its checklist reads; one query."""
    at_once = joinedload(Institution.licence_in_use).joinedload(Licence.departments)
    return scope.find(Institution, key, statement=select(Institution).options(at_once))


def missing(institution: Institution) -> list[Need]:
    """Return what the record still needs."""
    return [need for need in checklist(institution) if not need.is_met]


def is_complete(institution: Institution) -> bool:
    """Whether the record needs nothing more."""
    return not missing(institution)


def percent(institution: Institution) -> int:
    """Return 资料完整度, 0 to 100; 100 stands for a complete record only."""
    needs = checklist(institution)
    met = sum(need.weight for need in needs if need.is_met)
    return 100 * met // sum(need.weight for need in needs)


def condition(is_complete: bool) -> ColumnElement[bool]:  # noqa: FBT001 - which of the two is asked
    """Return the condition that a record is complete, or that it is not; never NULL."""
    complete = and_(*(_is_filled(rule) for rule in _FIELDS), _has_licence_if_needed())
    return complete if is_complete else not_(complete)


def require_complete(institution: Institution) -> None:
    """Raise ``DomainError`` naming what is missing: people are entered once the record is complete.

    平台内完善本机构基本信息后，按要求实时采集 (the notice, 三(三)).
    """
    needs = missing(institution)
    if needs:
        acts = "；".join(need.label for need in needs)
        raise DomainError(
            f"本机构资料尚不完整，不能新增考核证明。请先在“本机构信息设置”中完善：{acts}。"
        )


def _field_need(institution: Institution, rule: FieldRule) -> Need:
    return Need(
        key=rule.name,
        label=f"{'选择' if rule.is_chosen else '填写'}{rule.label}",
        is_met=bool(getattr(institution, rule.name)),
        tab="basic",
        hint="由上级机构填写" if rule.keeper is Keeper.SUPERIOR else "",
        is_of_superior=rule.keeper is Keeper.SUPERIOR,
        weight=_LICENCE_WEIGHT,
    )


def _licence_needs(licence: Licence | None) -> list[Need]:
    if licence is None:
        first = _LICENCE_RULES[0]
        weight = _LICENCE_WEIGHT
        return [
            Need(
                first.key,
                first.label,
                is_met=False,
                tab="licences",
                hint=_OF_A_LICENCE,
                weight=weight,
            )
        ]
    return [_licence_need(rule, licence) for rule in _LICENCE_RULES]


def _licence_need(rule: _LicenceRule, licence: Licence) -> Need:
    is_met = rule.is_met(licence)
    if rule.key == LICENCE_VALID and not is_met:
        return Need(rule.key, *_other_licence(licence))
    return Need(rule.key, rule.label, is_met, "licences")


def _other_licence(licence: Licence) -> tuple[str, bool, str, str]:
    """Return label, whether it is met, tab and hint where another licence must be used."""
    if validity_of(licence) is Validity.NOT_BEGUN:
        label, hint = _USE_PRESENT, f"使用中的自 {licence.valid_from} 起才有效；日期有误的请修改"
    else:
        label, hint = _RENEW, f"使用中的已于 {licence.valid_until} 到期，请勿改写它的日期"
    return label, False, "licences", hint


def _is_filled(rule: FieldRule) -> ColumnElement[bool]:
    return and_(rule.column.is_not(None), rule.column != "")


def _has_licence_if_needed() -> ColumnElement[bool]:
    practising = select(InstitutionCategory.code).where(
        InstitutionCategory.licence_rule == LICENCE_REQUIRED
    )
    # Asked for each institution, so that a page of a list stops when it is full.
    licensed = (
        select(Licence.id)
        .where(
            Licence.institution_id == Institution.id,
            *(rule.condition() for rule in _LICENCE_RULES),
        )
        .exists()
    )
    return or_(Institution.category_code.not_in(practising), licensed)

"""How the licence in use of an institution stands, as a condition for lists of institutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Institution, InstitutionCategory, LabelledEnum, Licence
from services.institutions.completeness import LICENCE_REQUIRED
from services.licence_validity import Validity, expiring_within, stands

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class LicenceTerm(LabelledEnum):
    """How the licence in use stands: how soon it expires, or that it or its term is missing."""

    WITHIN_30 = "30", "30天内到期"
    WITHIN_60 = "60", "60天内到期"
    WITHIN_90 = "90", "90天内到期"
    EXPIRED = Validity.EXPIRED.value, Validity.EXPIRED.label
    NOT_BEGUN = Validity.NOT_BEGUN.value, Validity.NOT_BEGUN.label
    NONE = "none", "没有在用的许可证"


def term_within(days: int) -> ColumnElement[bool]:
    """Return the condition that the licence in use of an institution expires within ``days``."""
    in_use = select(Licence.institution_id).where(Licence.is_in_use)
    return Institution.id.in_(in_use.where(expiring_within(days)))


def term_condition(term: LicenceTerm) -> ColumnElement[bool]:
    """Return the condition that the licence in use of an institution stands as ``term`` says.

    Only those whose category practises under a licence can be without one.
    """
    in_use = select(Licence.institution_id).where(Licence.is_in_use)
    match term:
        case LicenceTerm.NONE:
            practising = (
                select(InstitutionCategory.code)
                .where(
                    InstitutionCategory.code == Institution.category_code,
                    InstitutionCategory.licence_rule == LICENCE_REQUIRED,
                )
                .exists()
            )
            # Both are asked for each institution: a page of a list stops when it is full, and a
            # county's does not go through all institutions of a category.
            own = in_use.where(Licence.institution_id == Institution.id).exists()
            return practising & ~own
        case LicenceTerm.EXPIRED | LicenceTerm.NOT_BEGUN:
            return Institution.id.in_(in_use.where(stands(Validity(term.value))))
        case _:
            return term_within(int(term))

"""What suits the place of an institution in the tree: the category of a bureau, and 行政区划.

The bureaux stand in three ranks: 省卫计委 (the 考区 itself), 市州卫计委 below it, and 区县卫计委
below a city, or below the province where that governs a county directly. A place of practice may
report to any of them, and to another place of practice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from extensions import db
from models import Division, Institution, InstitutionCategory, InstitutionKind
from models.institution import SEGMENT_LENGTH
from services import reference
from services.errors import DomainError
from services.scope import ancestors

if TYPE_CHECKING:
    from services.actor import Actor
    from services.reference import Entry

#: The heading above the categories of bureaux, which is the category of none.
HEADING: Final = "Z"
#: The higher the rank of a bureau, the smaller its number.
RANKS: Final = {"Z1": 1, "Z2": 2, "Z3": 3}
_LOWEST: Final = max(RANKS.values())
HEADING_CHOSEN: Final = "“{name}”是类别的总称，请选择其下的具体类别。"
ONLY_ROOT: Final = "“{name}”只用于考区，下级机构请选择其他类别。"
WRONG_RANK: Final = "“{name}”不能上报到“{parent}”，请核对机构类别和信息上报。"
WRONG_BELOW: Final = "其下级“{child}”不能上报到“{name}”，请先变更下级机构的信息上报。"


def require_rank(category_code: str, parent: Institution) -> None:
    """Raise ``DomainError`` unless a node of the category suits the bureau to which it reports.

    A bureau reports to one of a higher rank. Of ``parent`` only its category and its place are
    read, so that it may be one that is yet to be made.
    """
    if category_code == HEADING:
        raise _error(HEADING_CHOSEN, category_code)
    rank = RANKS.get(category_code)
    if rank is None:
        return
    if rank == 1:
        raise _error(ONLY_ROOT, category_code)
    if rank <= _rank_of(parent.category_code, parent.path):
        above = parent.name or _name(parent.category_code)
        raise _error(WRONG_RANK, category_code, parent=above)


def require_new_category(
    institution: Institution, category_code: str, new_parent: Institution | None = None
) -> None:
    """Raise ``DomainError`` unless the category suits the place of a known node and those below it.

    With a ``new_parent`` its place is judged where it moves. Otherwise the node lies strictly below
    the actor's own one, so that its parent is seen.
    """
    parent = None
    if new_parent is None:
        parent = db.session.scalars(
            select(Institution).where(Institution.id == institution.parent_id)
        ).one_or_none()
    if parent is not None:
        require_rank(category_code, parent)
    rank = RANKS.get(category_code)
    below = select(Institution.name, Institution.category_code).where(
        Institution.parent_id == institution.id,
        Institution.category_code.in_([code for code in RANKS if rank and RANKS[code] <= rank]),
    )
    child = db.session.execute(below.order_by(Institution.path)).first()
    if child is not None:
        raise _error(WRONG_BELOW, category_code, child=child.name)


def offered_categories(actor: Actor, present: str | None = None) -> list[Entry]:
    """Return the categories that a node below the actor's own may have, and its present one."""
    own = db.session.execute(
        select(Institution.category_code, Institution.path).where(
            Institution.id == actor.institution_id
        )
    ).one()
    rank = _rank_of(own.category_code, own.path)
    if actor.kind is not InstitutionKind.BUREAU:
        rank = _LOWEST
    kept = {code for code, number in RANKS.items() if number > rank or code == present}
    return [
        entry
        for entry in reference.entries(InstitutionCategory)
        if (entry[0] in kept if entry[0] in RANKS else entry[0] != HEADING or kept)
    ]


def division_doubt(division_code: str, parent: Institution) -> str | None:
    """Return a warning when a division lies outside of that of the bureau in charge.

    That is the nearest bureau at or above ``parent`` which the actor sees; ``None`` without doubt.
    """
    bureau = db.session.execute(
        select(Institution.name, Institution.division_code)
        .where(
            Institution.path.in_([parent.path, *ancestors(parent.path)]),
            Institution.kind == InstitutionKind.BUREAU,
            Institution.division_code.is_not(None),
        )
        .order_by(func.length(Institution.path).desc())
        .limit(1)
    ).one_or_none()
    if bureau is None:
        return None
    return division_outside(division_code, bureau.name, bureau.division_code)


def division_outside(division_code: str, bureau: str, bureau_division: str) -> str | None:
    """Return the warning when a division lies outside of a bureau's own; ``None`` otherwise."""
    if division_code in reference.code_and_below(Division, bureau_division):
        return None
    where = reference.name_of(Division, bureau_division)
    return f"所选行政区划不在“{bureau}”所辖的{where}之内，请核对。"


def _rank_of(category_code: str | None, path: str) -> int:
    """Return the rank of a bureau; by its place where its category does not tell."""
    by_place = min(len(path) // SEGMENT_LENGTH, _LOWEST)
    return RANKS.get(category_code or "", by_place)


def _error(sentence: str, category_code: str, **more: str) -> DomainError:
    return DomainError(sentence.format(name=_name(category_code), **more), field="category_code")


def _name(category_code: str | None) -> str:
    return reference.name_of(InstitutionCategory, category_code)

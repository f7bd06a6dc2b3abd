"""Doubts about certificates (风险提示) on the screens of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from admin_views.filters import SelectFilter
from admin_views.identity import require_actor
from models import Doubt
from services import exam_years
from services.certificates import doubts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from models import TrialCertificate


def doubt_filter() -> SelectFilter:
    """Return the filter by doubts: any, none, or one kind."""
    return SelectFilter("doubt", "风险提示", "全部", _choices, _condition, is_advanced=True)


def load_doubts(rows: Sequence[TrialCertificate]) -> None:
    """Read the doubts about all rows of a list at once."""
    g.doubts = doubts.of_certificates(row.id for row in rows)


def doubts_of(row: TrialCertificate) -> list[doubts.Told]:
    """Return the doubts about a row of the list, which were read before."""
    found: list[doubts.Told] = g.doubts.get(row.id, [])
    return found


def doubts_about(row: TrialCertificate) -> dict[str, Any]:
    """Return the doubts for the form; where somebody was entered twice, also who or whom to ask.

    The names of other institutions are those that the reader sees anyway.
    """
    told = doubts.of_certificates([row.id]).get(row.id, [])
    if all(one.kind is not Doubt.TWO_PLACES for one in told):
        return {"doubts": told}
    others = doubts.other_institutions(row)
    asked = "" if others else exam_years.whom_to_ask(require_actor().path)
    return {"doubts": told, "others": others, "whom_to_ask": asked}


def _choices() -> list[tuple[str, str, None]]:
    kinds = ((kind.value, kind.label, None) for kind in Doubt)
    return [("any", "有风险提示", None), ("none", "无风险提示", None), *kinds]


def _condition(value: str) -> ColumnElement[bool]:
    if value == "none":
        return ~doubts.has_doubt()
    return doubts.has_doubt() if value == "any" else doubts.has_doubt(Doubt(value))

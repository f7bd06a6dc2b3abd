"""Rosters: made and handed in by the institution, filed or returned by its bureau."""

from __future__ import annotations

from services.rosters.comparing import with_former
from services.rosters.making import candidates, create, remake, void
from services.rosters.moving import (
    file_roster,
    mark_printed,
    require_receiver,
    require_submitted,
    return_roster,
    revoke_filing,
    submit,
)
from services.rosters.reading import (
    changed_since,
    days_served,
    find_filed,
    find_printed,
    heirs,
    lacks_scan,
    naming,
    overtaken,
    search_condition,
    short_of_a_year,
    waits_for,
)
from services.rosters.remarks import remark_on
from services.rosters.snapshot import is_sealed_by, people_of

__all__ = [
    "candidates",
    "changed_since",
    "create",
    "days_served",
    "file_roster",
    "find_filed",
    "find_printed",
    "heirs",
    "is_sealed_by",
    "lacks_scan",
    "mark_printed",
    "naming",
    "overtaken",
    "people_of",
    "remake",
    "remark_on",
    "require_receiver",
    "require_submitted",
    "return_roster",
    "revoke_filing",
    "search_condition",
    "short_of_a_year",
    "submit",
    "void",
    "waits_for",
    "with_former",
]

"""Rosters: made and handed in by the institution, filed or returned by its bureau."""

from __future__ import annotations

from services.rosters.making import candidates, create, remake, void
from services.rosters.moving import (
    file_roster,
    mark_printed,
    return_roster,
    revoke_filing,
    submit,
)
from services.rosters.reading import (
    changed_since,
    find_printed,
    naming,
    search_condition,
    waits_for,
)
from services.rosters.snapshot import people_of, sealed_code

__all__ = [
    "candidates",
    "changed_since",
    "create",
    "file_roster",
    "find_printed",
    "mark_printed",
    "naming",
    "people_of",
    "remake",
    "return_roster",
    "revoke_filing",
    "sealed_code",
    "search_condition",
    "submit",
    "void",
    "waits_for",
]

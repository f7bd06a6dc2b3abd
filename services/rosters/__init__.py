"""Rosters: made and handed in by the institution, filed or returned by its bureau."""

from __future__ import annotations

from services.rosters.making import candidates, create, remake, void
from services.rosters.moving import file_roster, mark_printed, return_roster, submit
from services.rosters.reading import changed_since, inbox, search_condition
from services.rosters.snapshot import people_of, sealed_code

__all__ = [
    "candidates",
    "changed_since",
    "create",
    "file_roster",
    "inbox",
    "mark_printed",
    "people_of",
    "remake",
    "return_roster",
    "sealed_code",
    "search_condition",
    "submit",
    "void",
]

"""Institutions (机构): the tree, the record of each, the lock that freezes it, and finding them."""

from __future__ import annotations

from services.institutions.bin import delete, purge, restore
from services.institutions.checking import Verdict, check_field
from services.institutions.completeness import needs_licence
from services.institutions.editing import (
    InstitutionInput,
    Renaming,
    create,
    doubts,
    problems,
    update,
)
from services.institutions.history import history
from services.institutions.moves import move
from services.institutions.placing import offered_categories
from services.institutions.record import lock, trains_people, unlock, unlockable
from services.institutions.search import (
    administrator_counts,
    lookup,
    lookup_names,
    named,
    search_condition,
)
from services.institutions.tree import Branch, Branches, branches, name_above

__all__ = [
    "Branch",
    "Branches",
    "InstitutionInput",
    "Renaming",
    "Verdict",
    "administrator_counts",
    "branches",
    "check_field",
    "create",
    "delete",
    "doubts",
    "history",
    "lock",
    "lookup",
    "lookup_names",
    "move",
    "name_above",
    "named",
    "needs_licence",
    "offered_categories",
    "problems",
    "purge",
    "restore",
    "search_condition",
    "trains_people",
    "unlock",
    "unlockable",
    "update",
]

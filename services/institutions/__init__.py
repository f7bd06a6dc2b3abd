"""Institutions (机构): the tree, the record of each, the lock that freezes it, and finding them."""

from __future__ import annotations

from services.institutions.editing import (
    InstitutionDetails,
    InstitutionInput,
    create,
    delete,
    doubts,
    is_medical,
    update,
    update_details,
)
from services.institutions.moves import move
from services.institutions.record import lock, unlock
from services.institutions.search import (
    LicenceTerm,
    administrator_counts,
    category_and_below,
    licence_condition,
    lookup,
    lookup_names,
    search_condition,
)
from services.institutions.tree import Branch, Branches, branches

__all__ = [
    "Branch",
    "Branches",
    "InstitutionDetails",
    "InstitutionInput",
    "LicenceTerm",
    "administrator_counts",
    "branches",
    "category_and_below",
    "create",
    "delete",
    "doubts",
    "is_medical",
    "licence_condition",
    "lock",
    "lookup",
    "lookup_names",
    "move",
    "search_condition",
    "unlock",
    "update",
    "update_details",
]

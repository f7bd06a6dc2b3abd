"""The demo province: Hubei as it might stand on the platform, with people who do not exist.

Deterministic but for the present day, from which the exam years are counted, so that one of them is
always open. ID numbers cannot belong to anyone (``services.demo.people``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from extensions import db
from models import Administrator, Institution
from services import reference
from services.scope import Reason, count_visible, unscoped

#: Of every account of the demo; it is printed wherever the accounts are.
PASSWORD: Final = "Demo-2017-Hubei"


@dataclass(frozen=True)
class Counts:
    """How much a seeding has written."""

    institutions: int
    administrators: int
    certificates: int
    rosters: int


@dataclass(frozen=True)
class DemoAccount:
    """One line of the table of demo accounts."""

    username: str
    institution: str
    reports_to: str
    method: str


def seed_demo() -> Counts | None:
    """Fill an empty database with the demo province; ``None`` when there are institutions already."""
    raise NotImplementedError


def account_table() -> list[DemoAccount]:
    """Return the accounts for trying out the platform."""
    return []

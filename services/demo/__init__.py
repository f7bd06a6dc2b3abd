"""The demo province: Hubei as it might stand on the platform, with people who do not exist.

Deterministic but for the present day, from which the exam years are counted, so that one of them is
always open. ID numbers cannot belong to anyone (``services.demo.people``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import Final

from sqlalchemy import select

from extensions import db
from models import Administrator, Institution
from services import clock, numbering, reference
from services.audit import CHINA
from services.certificates import doubts
from services.demo.accounts import NAMED, PASSWORD, add_accounts
from services.demo.calendar import make_cycles
from services.demo.certificates import add_certificates, write_certificates
from services.demo.details import add_former_names, add_licences, lock_some
from services.demo.entry import add_entry
from services.demo.extensions import add_extensions
from services.demo.gaps import leave_gaps
from services.demo.imports import add_import
from services.demo.prints import add_prints
from services.demo.reviews import add_reviews
from services.demo.rosters import add_rosters, plan_rosters
from services.demo.scans import add_scans, add_stamped
from services.demo.trail import actors_of, add_trail
from services.demo.tree import plant
from services.founding import FOUNDING
from services.scope import Reason, unscoped

__all__ = ["PASSWORD", "Counts", "DemoAccount", "account_table", "seed_demo"]

#: Any number does; this one is the day of the notice.
_SEED: Final = 20171227


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
    """Fill an empty database with the demo province; ``None`` when there are institutions already.

    The caller announces writing and commits.
    """
    rng, today = Random(_SEED), clock.today()  # noqa: S311 - the same data every time is the point
    with unscoped(Reason.MAINTENANCE):
        numbering.take_turn(FOUNDING)
        if db.session.scalar(select(Institution.id).limit(1)) is not None:
            return None
        reference.load_reference_tables()
        cycles = make_cycles(today)
        db.session.add_all(cycles)
        first_day = dt.datetime.combine(cycles[0].entry_opens_on, dt.time(9), tzinfo=CHINA)
        tree = plant(rng, first_day)
        add_former_names(tree)
        licences = add_licences(rng, tree, today)
        lock_some(tree, frozenset(NAMED.values()), first_day)
        leave_gaps(tree, frozenset(NAMED.values()))
        administrators = add_accounts(rng, tree, first_day)
        add_scans(licences, administrators, frozenset(NAMED.values()), first_day)
        certificates = write_certificates(rng, tree, cycles, today)
        plans = plan_rosters(rng, tree, cycles, certificates)
        add_certificates(certificates)
        doubts.recount_these([one for one in certificates if one.deleted_at is None])
        rosters = add_rosters(plans)
        actors = actors_of(administrators)
        add_stamped(rosters, actors)
        add_entry(actors, certificates)
        prints = add_prints(actors, rosters)
        reviews = add_reviews(administrators, prints, today)
        extensions = add_extensions(tree, cycles)
        add_trail(actors, certificates, rosters, prints, extensions, reviews)
        add_import(actors, certificates)
        db.session.flush()
        return Counts(
            institutions=len(tree.bureaux) + len(tree.places),
            administrators=len(administrators),
            certificates=len(certificates),
            rosters=len(rosters),
        )


def account_table() -> list[DemoAccount]:
    """Return the accounts for trying out the platform, in the order of the README."""
    statement = select(Administrator).where(Administrator.username_folded.in_(NAMED))
    with unscoped(Reason.MAINTENANCE):
        found = {account.username: account for account in db.session.scalars(statement)}
        return [
            DemoAccount(
                username=username,
                institution=account.institution.name,
                reports_to=superior.name if (superior := account.institution.reports_to) else "–",
                method=account.auth_method.label,
            )
            for username in NAMED
            if (account := found.get(username)) is not None
        ]

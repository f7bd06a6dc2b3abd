"""Synthetic provinces: true to the rules of the tree, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from extensions import db
from models import (
    Administrator,
    FormerName,
    Institution,
    InstitutionKind,
    Licence,
    LicenceScan,
)
from models.search_text import search_text_of
from services import institutions, scale, scope
from services.actor import actor_of
from services.errors import DomainError
from services.institutions import InstitutionInput, completeness
from services.scale.plan import plan_province
from services.scope import Reason, unscoped
from tests.services.conftest import PER_COUNTY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.conftest import Loaded


@pytest.fixture
def counts(province: Loaded) -> Iterator[scale.Counts]:
    """A small province, seen as a whole, and what its loading counted."""
    with unscoped(Reason.MAINTENANCE):
        yield province[1]


def test_every_row_keeps_the_rules_of_its_table(counts: scale.Counts) -> None:
    rows = db.session.scalars(select(Institution)).unique().all()
    assert len(rows) == counts.institutions
    assert len({row.name for row in rows}) == len(rows)
    by_key = {row.id: row for row in rows}
    for row in rows:
        assert row.search_text == search_text_of(
            row.name, row.organisation_code, row.registration_number
        )
        if row.parent_id is not None:
            above = by_key[row.parent_id]
            assert row.path[:-4] == above.path
    children = Counter(row.parent_id for row in rows)
    assert all(row.children_numbered == children[row.id] for row in rows)
    assert sum(row.is_bureau for row in rows) == 117
    counted = {
        model: db.session.scalar(select(func.count()).select_from(model))
        for model in (Administrator, Licence)
    }
    assert counted == {Administrator: counts.administrators, Licence: counts.licences}
    assert db.session.scalar(select(func.count(FormerName.id))) == len(rows[::10])
    assert db.session.scalar(select(func.count(LicenceScan.id)))


def test_some_records_are_complete_and_some_are_not(counts: scale.Counts) -> None:
    rows = db.session.scalars(select(Institution)).unique().all()
    complete = sum(completeness.is_complete(row) for row in rows)
    assert 0.3 < complete / len(rows) < 0.9
    found = select(func.count(Institution.id)).where(completeness.condition(is_complete=True))
    assert db.session.scalar(found) == complete


def test_the_platform_goes_on_from_there(counts: scale.Counts) -> None:
    root = db.session.scalars(select(Institution).where(Institution.parent_id.is_(None))).one()
    account = db.session.scalars(
        select(Administrator).where(Administrator.institution_id == root.id)
    ).first()
    assert account is not None
    actor = actor_of(account, root)
    with unscoped(Reason.MAINTENANCE):
        scope.bind(actor)
        made = institutions.create(
            actor, InstitutionInput(name="后来的医院", category_code="A1", parent_id=root.id)
        )
        db.session.flush()
    assert made.kind is InstitutionKind.HEALTHCARE
    assert made.path.startswith(root.path)


def test_it_fills_an_empty_database_only(counts: scale.Counts) -> None:
    with pytest.raises(DomainError):
        scale.load_institutions(PER_COUNTY)


def test_the_same_seed_gives_the_same_province() -> None:
    first, again, other = (plan_province(Random(seed), PER_COUNTY) for seed in (1, 1, 2))  # noqa: S311 - reproducible
    assert first == again
    assert first != other

"""What the tests of the institution library share: a small tree, and its forms as they open."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from extensions import db
from models import AuditEntry
from services import institutions
from services.errors import FieldErrors
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import DETAILS, make_bureau, make_institution


@pytest.fixture
def province(session):
    return make_bureau(name="省卫生厅")


@pytest.fixture
def city(province):
    return make_bureau(province, name="甲市卫生局")


@pytest.fixture
def hospital(city):
    return make_institution(city, name="甲市第一医院")


@pytest.fixture
def neighbour(province):
    return make_bureau(province, name="乙市卫生局")


@pytest.fixture
def actor(city):
    """An operator of the city, to whom the session is bound for the whole test."""
    with acting(make_actor(city)) as acts:
        yield acts


def form(institution, **changes):
    """The superior's form as it opens, with ``changes`` typed into it."""
    return replace(
        institutions.InstitutionInput(
            name=institution.name,
            category_code=institution.category_code,
            parent_id=institution.parent_id,
        ),
        **changes,
    )


def new_form(parent, **changes):
    return replace(
        institutions.InstitutionInput(name="新医院", category_code="A1", parent_id=parent.id),
        **changes,
    )


def details(**changes):
    return institutions.InstitutionInput(**{**DETAILS, **changes})


def update_details(actor, institution, data, version):
    """Save the record's own form, in which all that the notice stars must be there."""
    institutions.update(actor, institution, data, version, is_complete=True)


def errors_of(act):
    with pytest.raises(FieldErrors) as caught:
        act()
    return caught.value.errors


def entries(session, tag):
    statement = select(AuditEntry).where(AuditEntry.tag == tag.value).order_by(AuditEntry.id)
    return list(session.scalars(statement))


def wait_until_the_other_waits():
    """Return when another connection waits for a lock; SQLite's one writer waits anyway."""
    if db.engine.dialect.name == "sqlite":
        return
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    deadline = time.monotonic() + 20
    with db.engine.connect() as connection:
        while not connection.scalar(waiting):
            assert time.monotonic() < deadline, "nobody waits"
            connection.rollback()

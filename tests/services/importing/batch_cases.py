"""What the tests of import batches share: a city, its officer, and the acts on a file."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from extensions import db
from models import (
    AuditEntry,
    Institution,
    InstitutionCategory,
)
from services import reference
from services.institutions import importing
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau
from tests.factories.workbooks import import_table


@pytest.fixture
def city(app):
    return make_bureau(make_bureau(name="湖北省卫生局"), name="武汉市卫生局")


@pytest.fixture
def actor(city):
    return make_actor(city)


def clinics(count, **values):
    return import_table(
        [{"name": f"第{n}卫生室", "category_code": "D600", **values} for n in range(count)]
    )


def uploaded(actor, data, name="机构.xlsx"):
    with acting(actor):
        batch = importing.upload(actor, name, data)
        db.session.commit()
        return batch.id


def applied(actor, key, *, version=None, keep_former_names=True):
    with acting(actor):
        expected = version or importing.find_own(actor, key).version
        done = importing.apply(actor, key, expected, keep_former_names=keep_former_names)
        db.session.commit()
        importing.release_files(actor)
        return done


def named(name):
    with unscoped(Reason.MAINTENANCE):
        statement = select(Institution).where(Institution.name == name)
        return db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def count(model, *conditions):
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions))


def entries(tag):
    with unscoped(Reason.MAINTENANCE):
        statement = select(AuditEntry).where(AuditEntry.tag == tag).order_by(AuditEntry.id)
        return list(db.session.scalars(statement))


def failing_at(nth, act):
    """Return ``act``, which fails at its ``nth`` call."""
    calls = []

    def fail(*arguments, **values):
        calls.append(1)
        if len(calls) == nth:
            raise RuntimeError("the disk is full")
        return act(*arguments, **values)

    return fail


def codes_of_categories():
    return dict(reference.choices(InstitutionCategory))

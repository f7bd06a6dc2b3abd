"""What the tests of the import of people share: a clerk in January 2018, and the acts on a file."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import func, select

from extensions import db
from models import AuditEntry, TrialCertificate
from services.certificates import importing
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.people_tables import people_table
from tests.factories.places import make_places

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)
DESK = importing.DESK
NEW, CHANGED, UNCHANGED, WRONG = "new", "changed", "unchanged", "wrong"


@pytest.fixture(autouse=True)
def january():
    """The middle of January 2018, when most people are entered."""
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def places(app):
    found = make_places()
    make_exam_cycle()
    return found


@pytest.fixture
def clerk(places):
    return places.clerk


def uploaded(actor, data, name="人员.xlsx"):
    with acting(actor):
        batch = DESK.upload(actor, name, data)
        db.session.commit()
        return batch.id


def outcome_of(actor, data):
    key = uploaded(actor, data)
    with acting(actor):
        return DESK.preview_of(actor, key).outcome


def applied(actor, key, *, version=None):
    with acting(actor):
        done = DESK.apply(actor, key, version or DESK.find_own(actor, key).version)
        db.session.commit()
        DESK.release_files(actor)
        return done


def imported(actor, *rows):
    return applied(actor, uploaded(actor, people_table(rows)))


def people(actor):
    """Return what is saved at the actor's institution, in the order of names."""
    with acting(actor):
        statement = select(TrialCertificate).order_by(TrialCertificate.name, TrialCertificate.id)
        statement = statement.execution_options(populate_existing=True)
        return list(db.session.scalars(statement).unique())


def count(model, *conditions):
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions))


def entries(tag):
    with unscoped(Reason.MAINTENANCE):
        statement = select(AuditEntry).where(AuditEntry.tag == tag).order_by(AuditEntry.id)
        return list(db.session.scalars(statement))


def statuses(outcome):
    return [row.status.value for row in outcome.rows]

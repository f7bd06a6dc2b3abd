"""What the tests of rosters share: January 2018, a clerk at work, and what was stored."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import (
    AuditEntry,
    Roster,
)
from services import certificates, rosters, scope
from services.certificates import input_of
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.places import make_places

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january():
    """The middle of January 2018, when rosters are handed in."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def places(app):
    found = make_places()
    make_exam_cycle()
    return found


@pytest.fixture
def clerk(places):
    """The clerk, to whom the session is bound."""
    scope.bind(places.clerk)
    return places.clerk


def edit(actor, certificate, **values):
    certificates.update(
        actor, certificate, replace(input_of(certificate), **values), certificate.version
    )


def last_entry():
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
    return db.session.scalars(statement).one()


def waiting(session, actor):
    """The rosters that wait for an actor, the oldest first."""
    statement = select(Roster).where(rosters.waits_for(actor)).order_by(Roster.id)
    return session.scalars(statement).unique().all()

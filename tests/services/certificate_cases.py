"""What the tests of certificates share: January 2018, a clerk at work, and what was stored."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import (
    AuditEntry,
    SubmissionCode,
)
from services import certificates, scope
from services.errors import (
    FieldErrors,
)
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.places import make_places

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january():
    """The middle of January 2018, when most certificates are entered."""
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


def codes_of(certificate):
    rows = db.session.scalars(
        select(SubmissionCode)
        .where(SubmissionCode.certificate_id == certificate.id)
        .order_by(SubmissionCode.id)
    )
    return [(row.code, row.content_version, row.state) for row in rows]


def last_entry():
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
    return db.session.scalars(statement).one()


def errors_of(actor, data):
    with pytest.raises(FieldErrors) as caught:
        certificates.create(actor, data)
    return caught.value.errors

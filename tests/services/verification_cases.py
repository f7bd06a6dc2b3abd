"""People, certificates and rosters whose codes are verified."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import update

from services import certificates
from services.certificates import input_of
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.places import make_places

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def places(app):
    found = make_places()
    make_exam_cycle()
    return found


@pytest.fixture
def made(places):
    """A certificate that was printed."""
    return printed(places.clerk, make_certificate(places.clerk, name="欧阳晓燕"))


def printed(actor, certificate):
    with acting(actor):
        certificates.mark_printed(actor, [certificate])
    return certificate


def edit(actor, certificate, **values):
    with acting(actor):
        certificates.update(
            actor, certificate, replace(input_of(certificate), **values), certificate.version
        )


def tamper(session, model, key, **values):
    """Change a row behind the platform's back."""
    with unscoped(Reason.MAINTENANCE):
        session.flush()
        session.execute(
            update(model).where(model.id == key).values(**values),
            execution_options={"synchronize_session": False},
        )
        session.expire_all()

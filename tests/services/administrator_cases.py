"""What the tests of accounts share: a small tree, an account, an officer at work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from models import (
    AuditEntry,
    AuthMethod,
    SignInSession,
)
from services.administrators import AdministratorInput
from services.errors import (
    FieldErrors,
)
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

PHONE = "13800138000"


@pytest.fixture
def province(session):
    return make_bureau()


@pytest.fixture
def city(province):
    return make_bureau(province)


@pytest.fixture
def hospital(city):
    return make_institution(city, name="甲市第一医院", unit_number=30174)


@pytest.fixture
def neighbour(province):
    return make_bureau(province)


@pytest.fixture
def account(hospital):
    return make_administrator(hospital, phone=PHONE, auth_method=AuthMethod.PASSWORD_SMS)


@pytest.fixture
def actor(city):
    with acting(make_actor(city)) as acts:
        yield acts


def new_form(institution, **changes):
    return replace(
        AdministratorInput(
            institution_id=institution.id, full_name="李四", auth_method=AuthMethod.PASSWORD
        ),
        **changes,
    )


def form(account, **changes):
    """The form of an account as it opens, with ``changes`` typed into it."""
    return replace(
        AdministratorInput(
            institution_id=account.institution_id,
            username=account.username,
            full_name=account.full_name,
            auth_method=account.auth_method,
            role=account.role,
            is_enabled=account.is_enabled,
        ),
        **changes,
    )


def errors_of(act):
    with pytest.raises(FieldErrors) as caught:
        act()
    return caught.value.errors


def sign_in(session, account):
    """Give the account an open session and return a question: whether it is still open."""
    with unscoped(Reason.MAINTENANCE):
        row = SignInSession(
            institution=account.institution,
            administrator=account,
            token_hash=f"{account.id:064d}",
            method=AuthMethod.PASSWORD,
            address="192.0.2.1",
            last_address="192.0.2.1",
            device="test",
            device_hash="",
        )
        session.add(row)
        session.flush()
        key = row.id

    def is_open():
        with unscoped(Reason.MAINTENANCE):
            return (
                session.scalar(select(SignInSession.ended_at).where(SignInSession.id == key))
                is None
            )

    assert is_open()
    return is_open


def last_entry(session):
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()

"""What the database itself holds of accounts, asked without any rule of ours before it."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from models.administrator import PROVINCE_ROLES
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution

PHONE = "13800138000"
THREE = sorted(PROVINCE_ROLES)


@pytest.fixture
def province(session):
    return make_bureau()


@pytest.fixture
def city(province):
    return make_bureau(province)


@pytest.fixture
def hospital(city):
    return make_institution(city)


@pytest.mark.parametrize("role", THREE)
def test_the_three_stand_at_the_root_only(session, city, hospital, role):
    for node in (city, hospital):
        with (
            pytest.raises(IntegrityError, match="province_role_at_root"),
            session.begin_nested(),
        ):
            make_administrator(node, role=role, phone=PHONE)


@pytest.mark.parametrize("role", THREE)
def test_nobody_is_raised_to_one_of_the_three_lower_down(session, city, role):
    account = make_administrator(city)
    statement = "UPDATE administrators SET role = :role WHERE id = :key"
    values = {"role": role.value, "key": account.id}
    with pytest.raises(IntegrityError, match="province_role_at_root"):
        session.connection().exec_driver_sql(*_bound(session, statement, values))


@pytest.mark.parametrize("second", THREE)
@pytest.mark.parametrize("first", THREE)
def test_one_phone_one_of_the_three(province, first, second):
    make_administrator(province, role=first, phone=PHONE)
    with pytest.raises(IntegrityError, match=r"province_role|phone_index"):
        make_administrator(province, role=second, phone=PHONE)


def test_it_holds_of_the_three_only(province, city):
    for node in (province, city):
        make_administrator(node, phone=PHONE)
    make_administrator(province, role="auditor", phone=PHONE)
    make_administrator(province, role="audit_admin", phone=PHONE)


def test_no_role_that_is_not_known(session, province):
    account = make_administrator(province)
    statement = "UPDATE administrators SET role = :role WHERE id = :key"
    values = {"role": "owner", "key": account.id}
    with pytest.raises(IntegrityError, match="account_role"):
        session.connection().exec_driver_sql(*_bound(session, statement, values))


def _bound(session, statement, values):
    """Return a statement and its values as the driver wants them."""
    if session.connection().dialect.name == "postgresql":
        statement = statement.replace(":role", "%(role)s").replace(":key", "%(key)s")
    return statement, values

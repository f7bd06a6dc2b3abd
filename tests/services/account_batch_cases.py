"""What the tests of 批量开户 share: a county with three clinics, and its officer at work."""

from __future__ import annotations

import pytest

from services import account_batches
from services.account_batches import AccountEntry, Secret
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution


@pytest.fixture
def county(session):
    return make_bureau(make_bureau(), name="黄陂区卫生局")


@pytest.fixture
def clinics(county):
    return [make_institution(county, name=f"第{n}卫生院") for n in (1, 2, 3)]


@pytest.fixture
def neighbour(county):
    return make_institution(make_bureau(make_bureau()), name="夷陵医院")


@pytest.fixture
def actor(county):
    with acting(make_actor(county)) as acts:
        yield acts


def entry(institution, **values):
    return AccountEntry(
        **{
            "institution_id": institution.id,
            "full_name": "李四",
            "phone": "13800138000",
            **values,
        }
    )


def secrets(count):
    """Return secrets with hashes of their own, without the time of hashing."""
    return [Secret(f"secret-{n}", f"hash-{n}") for n in range(count)]


def open_for(actor, institutions, form_key=None, **values):
    """Open one account for each institution and return the batch."""
    entries = [entry(institution, **values) for institution in institutions]
    return account_batches.open_accounts(actor, entries, secrets(len(entries)), form_key)

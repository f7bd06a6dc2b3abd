"""A stranger cannot tell by the work of the platform whether there is an account of a name."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from tests.admin_views.sign_in_cases import (
    OTHER_PHONE,
    PHONE,
    WRONG,
    account,
    change,
    clock,
    pictures,
    shown,
    visitor,
)
from tests.services.sign_in_cases import START, counting_statements

__all__ = ["account", "clock", "pictures", "visitor"]

KNOWN, UNKNOWN = "hb2000201", "hb2999999"
PATHS = {
    "/login": {"method": "password"},
    "/login/sms": {"method": "sms", "phone": PHONE},
}


@pytest.fixture
def cost(visitor, monkeypatch):
    """Try a name with a wrong password; return what it came to: hashes, statements, answer."""
    hashed, verify = [], PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda *args: (hashed.append(1), verify(*args))[1]
    )

    def measure(path, username, **more):
        fields = {**PATHS[path], "username": username, "password": WRONG, **more}
        # What the page itself costs is no part of it.
        fields |= {"csrf_token": visitor.token(), "captcha": visitor.picture()}
        hashed.clear()
        with counting_statements() as statements:
            answer = visitor.post(path, **fields)
        return len(hashed), statements[0], shown(answer, without=(username,))

    return measure


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "state", [{}, {"is_enabled": False}, {"deleted_at": START}, {"must_change_password": True}]
)
def test_a_known_name_costs_what_an_unknown_one_costs(account, cost, path, state):
    change(account, **state)
    # The first hash of a process makes the one that unknown names are held against.
    cost(path, UNKNOWN)
    known, unknown = cost(path, KNOWN), cost(path, UNKNOWN)
    assert known == unknown
    assert known[0] == 1


@pytest.mark.parametrize("path", PATHS)
def test_so_it_does_when_there_were_too_many(cost, path):
    for _ in range(5):
        cost(path, KNOWN)
        cost(path, UNKNOWN)
    known, unknown = cost(path, KNOWN), cost(path, UNKNOWN)
    assert known == unknown
    hashes, _statements, (status, *_rest) = known
    assert (hashes, status) == (0, 429)


def test_so_it_does_with_another_phone(cost):
    first, second = (cost("/login/sms", name, phone=OTHER_PHONE) for name in (KNOWN, UNKNOWN))
    assert first == second

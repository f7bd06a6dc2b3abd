from __future__ import annotations

import math
import re
import threading

import pytest
from argon2 import PasswordHasher

from config import load
from services import passwords
from services.errors import DomainError
from tests.config.right import PRODUCTION

GOOD = "Shizhi-7204"


def test_hash_belongs_to_its_password_only(app):
    stored = passwords.hash_password(GOOD)
    assert stored.startswith("$argon2id$")
    assert len(stored) <= 128
    assert GOOD not in stored
    assert passwords.verify_password(stored, GOOD)
    assert not passwords.verify_password(stored, GOOD + " ")
    assert not passwords.verify_password(stored, GOOD.swapcase())
    assert stored != passwords.hash_password(GOOD)


def test_full_width_input_is_the_same_password(app):
    stored = passwords.hash_password("Ｓhizhi－７２０４")
    assert passwords.verify_password(stored, GOOD)


def test_unknown_account_costs_a_hash_and_is_refused(app, monkeypatch):
    calls = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda *args: (calls.append(args), verify(*args))[1]
    )
    assert not passwords.verify_password(None, GOOD)
    assert len(calls) == 1


@pytest.mark.parametrize("stored", ["!", "", "$argon2id$v=19$m=8"])
def test_broken_hash_admits_nobody(app, stored):
    assert not passwords.verify_password(stored, "")
    assert not passwords.verify_password(stored, stored)


def test_long_input_is_never_hashed(app, monkeypatch):
    def refuse(*_args: object) -> None:
        raise AssertionError("hashed")

    stored = passwords.hash_password(GOOD)
    monkeypatch.setattr(PasswordHasher, "verify", refuse)
    monkeypatch.setattr(PasswordHasher, "hash", refuse)
    assert not passwords.verify_password(stored, "x" * 129)
    with pytest.raises(DomainError, match="不能超过128"):
        passwords.hash_password("x" * 129)


def test_lone_surrogates_are_a_wrong_password(app):
    assert not passwords.verify_password(passwords.hash_password(GOOD), "\ud800" * 12)


def test_hash_with_old_parameters_is_renewed(app, monkeypatch):
    stored = passwords.hash_password(GOOD)
    assert not passwords.needs_rehash(stored)
    monkeypatch.setitem(app.config, "ARGON2_ROUNDS", 2)
    assert passwords.needs_rehash(stored)
    assert passwords.verify_password(stored, GOOD)
    assert not passwords.needs_rehash("!")


def test_no_more_than_two_hashes_at_once(app, monkeypatch):
    at_work, most = [0], [0]
    guard = threading.Lock()
    both_inside = threading.Barrier(2)

    def slow(*_args: object) -> str:
        with guard:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        # Each waits for a second one: the test ends only if two may work at once.
        both_inside.wait(timeout=10)
        with guard:
            at_work[0] -= 1
        return "hash"

    monkeypatch.setattr(PasswordHasher, "hash", slow)

    def work() -> None:
        with app.app_context():
            passwords.hash_password(GOOD)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert most == [2]


def test_production_hashes_as_owasp_asks(tmp_path):
    config = load({**PRODUCTION, "DATA_DIR": str(tmp_path)}).flask_config()
    assert (config["ARGON2_MEMORY_KIB"], config["ARGON2_ROUNDS"]) == (19456, 2)


def test_one_time_passwords_are_good_random_and_readable():
    made = [passwords.one_time_password() for _ in range(500)]
    assert len(set(made)) == 500
    for password in made:
        assert re.search("[a-z]", password)
        assert re.search("[0-9]", password)
        assert set(password) <= set("acdefhjkmnpqrtuvwxy3479-")
        assert [len(group) for group in password.split("-")] == [4, 4, 4, 4]
    assert 16 * math.log2(23) > 64

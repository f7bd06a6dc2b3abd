from __future__ import annotations

import datetime as dt

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from extensions import db
from models import SignInThrottle
from services import throttle
from services.throttle import TooManyAttemptsError
from tests.services.sign_in_cases import WRONG, account, by_password, clock, refusal

__all__ = ["account", "clock"]


class TestThrottle:
    def test_five_failures_then_none_is_hashed(self, account, monkeypatch):
        for _ in range(5):
            refusal(by_password, password=WRONG)
        monkeypatch.setattr(PasswordHasher, "verify", lambda *_: pytest.fail("hashed"))
        with pytest.raises(TooManyAttemptsError, match="15分钟"):
            by_password()

    def test_unknown_names_are_throttled_alike(self, account):
        for _ in range(5):
            refusal(by_password, "nobody")
        with pytest.raises(TooManyAttemptsError, match="15分钟"):
            by_password("NOBODY ")

    def test_wait_mends_it(self, account, clock):
        for _ in range(5):
            refusal(by_password, password=WRONG)
        clock.shift(dt.timedelta(minutes=15) - dt.timedelta(seconds=1))
        with pytest.raises(TooManyAttemptsError):
            by_password()
        clock.shift(1)
        by_password()

    def test_success_forgives(self, account):
        for _ in range(3):
            for _ in range(4):
                refusal(by_password, password=WRONG)
            by_password()

    def test_other_address_is_not_blocked(self, account):
        for _ in range(5):
            refusal(by_password, password=WRONG)
        by_password(address="198.51.100.1")

    def test_address_is_blocked_after_fifty_failures_on_any_names(self, account):
        for number in range(50):
            refusal(by_password, f"nobody{number}")
        with pytest.raises(TooManyAttemptsError):
            by_password()
        by_password(address="198.51.100.1")

    def test_success_does_not_use_up_the_address(self, account):
        for _ in range(60):
            by_password()

    def test_neighbours_of_one_ipv6_subscriber_count_as_one(self, account):
        for number in range(5):
            refusal(by_password, password=WRONG, address=f"2001:db8::{number}")
        with pytest.raises(TooManyAttemptsError):
            by_password(address="2001:db8::ffff")
        by_password(address="2001:db8:0:1::1")

    def test_table_names_nobody(self, account):
        refusal(by_password, password=WRONG)
        for key in db.session.scalars(select(SignInThrottle.key_hash)):
            assert len(key) == 64
            assert "hb2000201" not in key

    def test_ended_windows_are_forgotten_at_the_next_attempt(self, account, clock):
        refusal(by_password, password=WRONG, address="2001:db8::1")
        before = set(db.session.scalars(select(SignInThrottle.key_hash)))
        # By account and network, by network, by account over a day.
        assert len(before) == 3
        clock.shift(dt.timedelta(minutes=14))
        refusal(by_password, password=WRONG)
        assert before < set(db.session.scalars(select(SignInThrottle.key_hash)))
        clock.shift(dt.timedelta(minutes=1))
        refusal(by_password, password=WRONG)
        assert len(before & set(db.session.scalars(select(SignInThrottle.key_hash)))) == 1

    @pytest.mark.parametrize("address", ["192.0.2.1", "", "unix"])
    def test_other_addresses_count_as_they_are(self, address):
        assert throttle.network_of(address) == address

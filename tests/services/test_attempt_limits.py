from __future__ import annotations

import datetime as dt

import pytest

from models.institution import ROOT
from services import attempt_limits
from services.attempt_limits import REASON, REASON_OF_ADDRESS
from services.throttle import TooManyAttemptsError
from tests.factories.sessions import make_origin
from tests.services.sign_in_cases import (
    WRONG,
    account,
    audit_entries,
    by_password,
    clock,
    refusal,
)

__all__ = ["account", "clock"]


@pytest.fixture
def known(account):
    """A browser from which the account has signed in before."""
    from services import sessions  # noqa: PLC0415 - used here only

    origin = make_origin(device_id="desk-of-the-bureau")
    sessions.open_session(by_password().actor, origin)
    return origin


def given(origin):
    return {
        "browser": origin.browser,
        "address": origin.address,
        "device_id": origin.device_id,
    }


def fail(times, **origin):
    for _ in range(times):
        refusal(by_password, password=WRONG, **origin)


def test_five_failures_in_fifteen_minutes(account, clock):
    fail(5)
    with pytest.raises(TooManyAttemptsError, match="15分钟"):
        by_password()
    clock.shift(dt.timedelta(minutes=15))
    assert by_password()


def reasons():
    return [one.changes[0]["new"] for one in audit_entries()]


def test_the_first_try_too_many_of_a_window_is_recorded(account, clock):
    fail(5)
    for _ in range(3):
        with pytest.raises(TooManyAttemptsError):
            by_password()
    assert reasons() == [*["密码不正确"] * 5, REASON]
    assert audit_entries()[-1].actor_id == account.id
    clock.shift(dt.timedelta(minutes=15))
    fail(5)
    with pytest.raises(TooManyAttemptsError):
        by_password()
    assert reasons().count(REASON) == 2


def test_whoever_tries_many_names_from_one_address_is_seen_at_the_top(account):
    for number in range(50):
        refusal(by_password, f"nobody{number}")
    for name in ("hb2000201", "somebody"):
        with pytest.raises(TooManyAttemptsError):
            by_password(name)
    assert reasons() == [*["用户名不存在"] * 50, REASON_OF_ADDRESS]
    assert {one.owner_path for one in audit_entries()} == {ROOT}
    assert audit_entries()[-1].actor_id is None


def test_a_stranger_at_the_same_address_does_not_lock_a_known_browser_out(account, known):
    fail(5)
    with pytest.raises(TooManyAttemptsError):
        by_password()
    assert by_password(**given(known))


def test_neither_does_a_stranger_who_uses_the_address_up(account, known):
    for number in range(50):
        refusal(by_password, f"nobody{number}")
    with pytest.raises(TooManyAttemptsError):
        by_password("somebody")
    assert by_password(**given(known))


def test_a_known_browser_may_not_guess_either(account, known):
    fail(5, **given(known))
    with pytest.raises(TooManyAttemptsError):
        by_password(**given(known))
    # The counter is its own: elsewhere the account is as it was.
    assert by_password(address="203.0.113.9", browser="other")


def test_a_made_up_device_is_not_known(account, known):
    fail(5)
    with pytest.raises(TooManyAttemptsError):
        by_password(device_id="made up")


def test_a_device_is_known_to_the_account_that_used_it_only(account, known):
    fail(5, username="nobody", **given(known))
    with pytest.raises(TooManyAttemptsError):
        by_password("nobody", **given(known))
    assert by_password(**given(known))


def test_however_many_addresses_a_hundred_a_day_are_enough(account, clock, monkeypatch):
    monkeypatch.setattr(attempt_limits, "MOST_PER_DAY", 10)
    for number in range(10):
        fail(1, address=f"198.51.100.{number}")
    with pytest.raises(TooManyAttemptsError, match="今日"):
        by_password(address="203.0.113.1")
    clock.shift(dt.timedelta(days=1))
    assert by_password(address="203.0.113.1")


def test_success_gives_back_what_was_counted(account):
    for _ in range(12):
        fail(4)
        by_password()

"""Signing in as a state machine with time travel: no path gets in with too little.

The model knows what the account has, what has been guessed, and when; it is written from the issue.
"""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from extensions import db
from models import AuthMethod, utc_now
from services import sessions, sign_in
from services.scope import Reason, unscoped
from services.sign_in import SignInRefusedError
from services.sms_challenge import CodeSpentError
from services.throttle import TooManyAttemptsError
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau
from tests.factories.sessions import make_origin
from tests.services.sign_in_cases import PASSWORD, PHONE, START, WRONG, ask_for_code

BROWSERS = ("browser-one", "browser-two")


class SignInMachine(RuleBasedStateMachine):
    """One account, two browsers at two addresses, and a clock."""

    @initialize(method=st.sampled_from([AuthMethod.PASSWORD, AuthMethod.PASSWORD_SMS]))
    def begin(self, method):
        """Make the account."""
        self.travel = time_machine.travel(START, tick=False)
        self.clock = self.travel.start()
        self.method = method
        self.account = make_administrator(
            make_bureau(), username="hb2000201", password=PASSWORD, phone=PHONE, auth_method=method
        )
        #: Failures by browser: when the window began, and how many.
        self.failures = dict.fromkeys(BROWSERS)
        #: The living code: text, browser, until.
        self.code = None
        self.is_enabled = True
        self.tokens = []

    def origin(self, browser):
        """Return where the browser stands: each has an address of its own."""
        return {"browser": browser, "address": f"192.0.2.{1 + BROWSERS.index(browser)}"}

    def is_blocked(self, browser):
        """Whether five failures lie in the window."""
        found = self.failures[browser]
        if found is not None and found[0] + dt.timedelta(minutes=15) <= utc_now():
            self.failures[browser] = found = None
        return found is not None and found[1] >= 5

    def fails(self, browser):
        """Count one failure."""
        began, count = self.failures[browser] or (utc_now(), 0)
        self.failures[browser] = (began, count + 1)

    @rule(browser=st.sampled_from(BROWSERS), password=st.sampled_from([PASSWORD, WRONG, ""]))
    def try_password(self, browser, password):
        """Sign in by 密码."""
        blocked = self.is_blocked(browser)
        right = password == PASSWORD and self.is_enabled
        try:
            proof = sign_in.authenticate_password(
                sign_in.admit("hb2000201", password, make_origin(**self.origin(browser)))
            )
        except TooManyAttemptsError:
            assert blocked
            return
        except SignInRefusedError:
            assert not blocked
            assert not right or self.method is AuthMethod.PASSWORD_SMS
            if right:
                self.failures[browser] = None
            else:
                self.fails(browser)
            return
        assert right
        assert not blocked
        assert self.method is AuthMethod.PASSWORD
        self.failures[browser] = None
        self.tokens.append((sessions.open_session(proof.actor, make_origin(browser)), utc_now()))

    @rule(browser=st.sampled_from(BROWSERS))
    def ask(self, browser):
        """Ask for a code with everything right."""
        if self.is_blocked(browser):
            with pytest.raises(TooManyAttemptsError):
                ask_for_code(**self.origin(browser))
            return
        code = ask_for_code(**self.origin(browser))
        if not self.is_enabled:
            assert code is None
            self.fails(browser)
            return
        self.failures[browser] = None
        if code is not None:
            self.code = (code, browser, utc_now() + dt.timedelta(minutes=5))

    @precondition(lambda self: self.code is not None)
    @rule(browser=st.sampled_from(BROWSERS), right=st.booleans())
    def try_code(self, browser, right):
        """Sign in by 短信口令."""
        text, owner, until = self.code
        typed = text if right else f"{(int(text) + 1) % 1_000_000:06d}"
        blocked = self.is_blocked(browser)
        try:
            proof = sign_in.authenticate_sms(
                sign_in.admit("hb2000201", PASSWORD, make_origin(**self.origin(browser))),
                PHONE,
                typed,
            )
        except TooManyAttemptsError:
            assert blocked
            return
        except (SignInRefusedError, CodeSpentError):
            assert not blocked
            self.fails(browser)
            return
        assert right
        assert owner == browser
        assert utc_now() < until
        assert self.is_enabled
        assert not blocked
        self.code = None
        self.failures[browser] = None
        self.tokens.append((sessions.open_session(proof.actor, make_origin(browser)), utc_now()))

    @rule(minutes=st.sampled_from([1, 4, 5, 14, 16, 31]))
    def wait(self, minutes):
        """Let time pass; nobody uses a session meanwhile."""
        self.clock.shift(dt.timedelta(minutes=minutes))

    @rule()
    def turn(self):
        """Disable or enable the account, as the superior would."""
        self.is_enabled = not self.is_enabled
        with unscoped(Reason.MAINTENANCE):
            self.account.is_enabled = self.is_enabled
            db.session.flush()
            if not self.is_enabled:
                sessions.end_sessions_of(self.account)
                self.tokens.clear()

    @invariant()
    def sessions_live_half_an_hour(self):
        """A session that nobody uses is dead after 30 minutes, and never outlives its account."""
        for token, opened in getattr(self, "tokens", []):
            alive = sessions.resume(token) is not None
            assert alive == (utc_now() < opened + dt.timedelta(minutes=30))

    def teardown(self):
        """Set the clock right and forget what was stored."""
        if hasattr(self, "travel"):
            self.travel.stop()
        db.session.rollback()


@pytest.mark.usefixtures("app")
def test_no_path_gets_in_with_too_little(database_backend):
    """The lines are those of the use cases' own tests; which path is gone depends on chance.

    Few paths would fare otherwise on the other database, so it gets fewer.
    """
    run_state_machine_as_test(
        SignInMachine,
        settings=settings(
            max_examples=25 if database_backend == "sqlite" else 10,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

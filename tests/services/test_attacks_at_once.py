"""Thirty-two at once, each on a connection of its own: counted first, and only then tried."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from extensions import db
from models import AccountRole, Administrator, AuthMethod, PasswordProfile, SignInSession
from models.engine import writing
from services import (
    administrators,
    attempt_limits,
    scope,
    second_step,
    security_policy,
    sessions,
    sign_in,
)
from services.actor import actor_of
from services.errors import StaleVersionError
from services.scope import Reason, unscoped
from services.second_step import SecondStepRefusedError, StepOverError
from services.security_policy import Policy
from services.sign_in import SignInRefusedError
from services.throttle import TooManyAttemptsError
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau
from tests.factories.sessions import make_origin
from tests.services.factor_cases import add_app, add_codes
from tests.services.sign_in_cases import PASSWORD, PHONE, WRONG

THREADS = 32
USERNAME = "hb2000201"


def race(app, *acts):
    """Run the acts at the same time; return what each returned, or the kind of its error."""
    start, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        with app.app_context(), writing():
            start.wait(timeout=60)
            try:
                outcomes[number] = act()
                db.session.commit()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the outcome
                db.session.rollback()
                outcomes[number] = type(error)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
        assert not thread.is_alive()
    return outcomes


@pytest.fixture
def city(committed_app):
    """An account that needs an app, its superior, and what they need for their acts."""
    with committed_app.app_context(), writing():
        province = make_bureau()
        superior = make_administrator(province)
        guard = make_administrator(province, role=AccountRole.SECURITY_ADMIN)
        account = make_administrator(
            make_bureau(province), username=USERNAME, password=PASSWORD, phone=PHONE
        )

        class City:
            app, key = committed_app, account.id
            boss = actor_of(superior, province, address="192.0.2.1")
            officer = actor_of(guard, province, address="192.0.2.1")

        db.session.commit()
        db.session.remove()
    return City


def count_of_sessions(city, *conditions):
    statement = select(func.count()).select_from(SignInSession).where(*conditions)
    with city.app.app_context(), unscoped(Reason.MAINTENANCE):
        return db.session.scalar(statement)


def signing_in(password, **values):
    def act():
        origin = make_origin(**values)
        attempt = sign_in.admit(USERNAME, password, origin)
        db.session.commit()
        try:
            proof = sign_in.authenticate_password(attempt)
        except SignInRefusedError:
            # As the page does: the failure stays counted.
            db.session.commit()
            raise
        return sessions.open_session(proof.actor, origin, proof.method)

    return act


def test_of_wrong_passwords_five_are_hashed(city, monkeypatch):
    hashed, verify = [], PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda *args: (hashed.append(1), verify(*args))[1]
    )
    outcomes = race(city.app, *[signing_in(WRONG)] * THREADS)
    assert Counter(outcomes) == {
        SignInRefusedError: attempt_limits.MOST_PER_ACCOUNT,
        TooManyAttemptsError: THREADS - attempt_limits.MOST_PER_ACCOUNT,
    }
    assert len(hashed) == attempt_limits.MOST_PER_ACCOUNT


@pytest.fixture
def half_in(city):
    """The password was right, the second step waits; gives its token, the app and the codes."""
    with city.app.app_context(), writing():
        with unscoped(Reason.MAINTENANCE):
            account = db.session.scalars(
                select(Administrator).where(Administrator.id == city.key)
            ).one()
            account.auth_method = AuthMethod.PASSWORD_TOTP
            app, codes = add_app(account), add_codes(account)
        token = second_step.begin(city.key, make_origin())
        db.session.commit()
    return token, app, codes


def second_try(token, check, answer):
    def act():
        origin = make_origin()
        pending = second_step.count_try(second_step.look(token, origin), origin)
        db.session.commit()
        try:
            proof = check(token, pending, answer)
        except SecondStepRefusedError:
            db.session.commit()
            raise
        return sessions.open_session(proof.actor, origin, proof.method)

    return act


def wrong_answers(app, codes):
    digits = f"{(int(app.now()) + 500_000) % 10**6:06d}"
    return {second_step.pass_totp: digits, second_step.pass_recovery: "aaaaa-ccccc"}


@pytest.mark.parametrize("check", [second_step.pass_totp, second_step.pass_recovery])
def test_of_wrong_second_factors_five_are_looked_at(city, half_in, check):
    token, app, codes = half_in
    answer = wrong_answers(app, codes)[check]
    outcomes = race(city.app, *[second_try(token, check, answer)] * THREADS)
    assert Counter(outcomes) == {
        SecondStepRefusedError: attempt_limits.MOST_PER_ACCOUNT,
        TooManyAttemptsError: THREADS - attempt_limits.MOST_PER_ACCOUNT,
    }
    assert count_of_sessions(city) == 0


@pytest.mark.parametrize("check", [second_step.pass_totp, second_step.pass_recovery])
def test_of_right_second_factors_one_signs_in(city, half_in, check):
    token, app, codes = half_in
    answer = app.now() if check is second_step.pass_totp else codes[0]
    outcomes = race(city.app, *[second_try(token, check, answer)] * THREADS)
    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert set(outcomes) <= {
        *(one for one in outcomes if isinstance(one, str)),
        *(SecondStepRefusedError, StepOverError, TooManyAttemptsError),
    }
    assert count_of_sessions(city) == 1


def test_of_changes_of_the_policy_one_wins(city):
    def change(profile, version):
        def act():
            scope.bind(city.officer)
            wanted = Policy(profile, AuthMethod.PASSWORD, AuthMethod.PASSWORD, version)
            return security_policy.change(city.officer, wanted)

        return act

    # The first one inserts the row, the next one changes it.
    version = 0
    for profile in (PasswordProfile.NIST, PasswordProfile.DENGBAO):
        outcomes = race(city.app, *[change(profile, version)] * THREADS)
        assert Counter(outcomes) == {0: 1, StaleVersionError: THREADS - 1}
        with city.app.app_context():
            version = security_policy.current().version


def test_of_those_who_sign_in_during_an_unbinding_nobody_stays(city):
    def unbind():
        scope.bind(city.boss)
        administrators.unbind(city.boss, scope.find(Administrator, city.key))
        return "unbound"

    entering = [
        signing_in(PASSWORD, address=f"198.51.100.{number}") for number in range(THREADS - 1)
    ]
    # Those who are in already, too.
    assert isinstance(race(city.app, entering[0])[0], str)
    outcomes = race(city.app, *entering[:15], unbind, *entering[15:])
    # Where no transaction waits for another, one may be told to try again.
    assert "unbound" in outcomes
    assert {one for one in outcomes if not isinstance(one, str)} <= {SignInRefusedError}
    assert count_of_sessions(city, *sessions.living()) == 0

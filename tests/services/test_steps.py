"""What a session must do first: after a one-time password, a raised policy, or 解除绑定."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest

from models import AuthMethod
from services import second_step, sessions
from services.errors import DomainError
from services.own_account import factors as own_factors
from services.steps import Step
from tests.factories.actors import acting
from tests.factories.security_keys import PARTY
from tests.factories.sessions import make_origin
from tests.services.factor_cases import add_app, add_codes, add_key
from tests.services.sign_in_cases import (
    START,
    account,
    by_password,
    change,
    clock,
    pending,
    policy,
    refusal,
)
from tests.services.test_totp import code

__all__ = ["account", "clock", "policy"]

HERE = make_origin()


@pytest.mark.parametrize(
    ("method", "step"),
    [
        ("password", Step.INITIAL_PASSWORD),
        ("password_sms", Step.BIND_PHONE),
        ("password_totp", Step.REGISTER_TOTP),
        ("password_usbkey", Step.REGISTER_KEY),
    ],
)
def test_a_one_time_password_opens_a_session_that_binds_first(account, method, step):
    change(
        account,
        auth_method=AuthMethod(method),
        phone=None,
        must_change_password=True,
        initial_password_until=START + dt.timedelta(days=7),
    )
    proof = by_password()
    assert proof.method is AuthMethod.PASSWORD
    assert proof.actor.step is step


def test_a_one_time_password_does_not_replace_a_factor_that_is_bound(account):
    app = add_app(account)
    change(
        account,
        auth_method=AuthMethod.PASSWORD_TOTP,
        must_change_password=True,
        initial_password_until=START + dt.timedelta(days=7),
    )
    token = by_password()
    proof = second_step.pass_totp(token, pending(token), code(app))
    assert proof.actor.step is Step.INITIAL_PASSWORD


def test_a_lasting_password_without_its_factor_is_told_whom_to_ask(account):
    change(account, auth_method=AuthMethod.PASSWORD_TOTP)
    sentence, field = refusal(by_password)
    assert "动态口令" in sentence
    assert "联系上级" in sentence
    assert field == "method"


class TestRaisedPolicy:
    """The policy asks for more than an account has ever shown."""

    @pytest.fixture(autouse=True)
    def _raised(self, account, policy):
        change(account, phone=None)
        policy(AuthMethod.PASSWORD_TOTP)

    def open(self, proof, browser="browser-one"):
        token = sessions.open_session(proof.actor, make_origin(browser), proof.method)
        return token, sessions.resume(token).actor

    def test_the_session_can_do_nothing_else_until_it_is_bound(self, account):
        token, actor = self.open(by_password())
        assert actor.step is Step.REGISTER_TOTP
        with acting(actor):
            app = pyotp.TOTP(own_factors.begin_totp(actor, HERE, ""))
            own_factors.confirm_totp(actor, code(app))
        assert sessions.resume(token).actor.step is None
        assert isinstance(by_password(), str)

    def test_one_browser_at_a_time_binds_and_sees_its_own_secret(self, account):
        first, thief = self.open(by_password())
        with acting(thief):
            seen = own_factors.begin_totp(thief, HERE, "")
        _, actor = self.open(by_password(), "browser-two")
        assert sessions.resume(first) is None
        with acting(actor):
            assert own_factors.begin_totp(actor, HERE, "") != seen

    def test_what_was_bound_meanwhile_is_not_bound_again(self, account):
        _, actor = self.open(by_password())
        add_app(account)
        with acting(actor), pytest.raises(DomainError, match="已在别处登记"):
            own_factors.begin_totp(actor, HERE, "")

    def test_a_key_is_not_added_to_one_that_was_bound_meanwhile(self, account, policy):
        policy(AuthMethod.PASSWORD_USBKEY)
        _, actor = self.open(by_password())
        add_key(account)
        with acting(actor):
            for act in (
                lambda: own_factors.begin_key(actor, HERE, PARTY, ""),
                lambda: own_factors.add_key(actor, HERE, PARTY, "x", "{}"),
            ):
                with pytest.raises(DomainError, match="已在别处登记"):
                    act()

    def test_whoever_has_a_phone_is_told_to_show_it_first(self, account):
        change(account, phone="13800138000")
        sentence, _ = refusal(by_password)
        assert "请先用“短信口令”方式登录，再按提示登记“动态口令”" in sentence

    def test_an_app_is_shown_before_a_key_is_bound(self, account, policy):
        policy(AuthMethod.PASSWORD_USBKEY)
        app = add_app(account)
        token = by_password()
        proof = second_step.pass_totp(token, pending(token), code(app))
        assert proof.actor.step is Step.REGISTER_KEY

    def test_a_recovery_code_for_the_app_does_not_stand_for_the_key(self, account, policy):
        policy(AuthMethod.PASSWORD_USBKEY)
        add_app(account)
        codes = add_codes(account)
        token = by_password()
        proof = second_step.pass_recovery(token, pending(token), codes[0])
        assert proof.method is AuthMethod.PASSWORD_TOTP
        assert proof.actor.step is Step.REGISTER_KEY

    def test_the_own_kind_of_account_is_never_passed_by(self, account, policy):
        change(account, auth_method=AuthMethod.PASSWORD_SMS)
        assert refusal(by_password)[1] == "method"

    def test_a_one_time_password_does_not_pass_an_app_by(self, account, policy):
        policy(AuthMethod.PASSWORD_USBKEY)
        add_app(account)
        change(
            account,
            must_change_password=True,
            initial_password_until=START + dt.timedelta(days=7),
        )
        assert isinstance(by_password(), str)


class TestUnboundPhone:
    """After 解除绑定 the one-time password binds a phone, whatever the account is to show."""

    @pytest.fixture(autouse=True)
    def _unbound(self, account):
        change(
            account,
            phone=None,
            must_bind_phone=True,
            must_change_password=True,
            initial_password_until=START + dt.timedelta(days=7),
        )

    def test_it_comes_before_the_password(self, account):
        assert by_password().actor.step is Step.BIND_PHONE
        change(account, phone="13900139000")
        assert not account.must_bind_phone
        assert by_password().actor.step is Step.INITIAL_PASSWORD

    def test_where_no_sms_are_sent_nobody_is_kept_out(self, app, account, monkeypatch):
        monkeypatch.setitem(app.config, "SMS_BACKEND", "")
        assert by_password().actor.step is Step.INITIAL_PASSWORD

    def test_after_what_is_required(self, account):
        change(account, auth_method=AuthMethod.PASSWORD_TOTP)
        assert by_password().actor.step is Step.REGISTER_TOTP
        app = add_app(account)
        token = by_password()
        proof = second_step.pass_totp(token, pending(token), code(app))
        assert proof.actor.step is Step.BIND_PHONE

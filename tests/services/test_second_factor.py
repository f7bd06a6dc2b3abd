"""What is enough to sign in: 认证类型, the policy, and what the account has bound."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest
from sqlalchemy import select

from extensions import db
from models import AuthMethod, InstitutionKind, OutboxMessage, PasswordProfile
from services import second_step, security_policy, sessions, sign_in
from services.attempt_limits import REASON, TOO_MANY
from services.errors import DomainError
from services.factors import keys
from services.own_account import factors as own_factors
from services.second_step import SecondStepRefusedError, StepOverError
from services.security_policy import Policy
from services.steps import BINDING_STEPS, Step
from services.throttle import TooManyAttemptsError
from tests.factories.actors import acting
from tests.factories.security_keys import PARTY
from tests.factories.sessions import make_origin
from tests.services.factor_cases import add_app, add_codes, add_key
from tests.services.sign_in_cases import (
    START,
    account,
    ask_for_code,
    audit_entries,
    by_password,
    by_sms,
    change,
    clock,
    refusal,
)
from tests.services.test_totp import code

__all__ = ["account", "clock"]

HERE = make_origin()


def by_key():
    attempt = sign_in.admit("hb2000201", "Shizhi-7204", HERE)
    return sign_in.authenticate_password(attempt, by_key=True)


def pending(token, origin=HERE):
    return second_step.look(token, origin)


def factors_of(account, names):
    """Bind the factors that ``names`` names, and no other."""
    made = {}
    change(account, phone="13800138000" if "sms" in names else None)
    if "totp" in names:
        made["totp"] = add_app(account)
    if "key" in names:
        made["key"] = add_key(account)
    return made


#: 认证类型, what is bound, what the password (and the key, and the SMS) come to: in, second step,
#: or refused. Written from the issue: no path gets through with less than the account needs.
MATRIX = [
    ("password", "", "in", "no", "-"),
    ("password", "sms", "in", "no", "in"),
    ("password", "totp key", "in", "step", "-"),
    ("password_sms", "sms", "no", "no", "in"),
    ("password_sms", "", "no", "no", "-"),
    ("password_sms", "totp", "step", "no", "-"),
    ("password_sms", "sms key", "step", "step", "in"),
    ("password_totp", "sms totp", "step", "no", "no"),
    ("password_totp", "sms", "no", "no", "no"),
    ("password_totp", "key", "step", "step", "-"),
    ("password_usbkey", "sms totp key", "step", "step", "no"),
    ("password_usbkey", "sms totp", "no", "no", "no"),
]
#: The same where the policy alone asks for it, of an account by password: what the account has is
#: shown, and what it lacks is bound before anything else.
RAISED = [
    *(
        row
        for row in MATRIX
        if row[:2]
        not in {("password_sms", ""), ("password_totp", "sms"), ("password_usbkey", "sms totp")}
    ),
    ("password_sms", "", "register", "register", "-"),
    ("password_totp", "", "register", "register", "-"),
    ("password_totp", "sms", "no", "no", "register"),
    ("password_usbkey", "sms totp", "step", "no", "no"),
    ("password_usbkey", "totp", "step", "no", "-"),
]


@pytest.mark.parametrize(("method", "bound", "password", "usbkey", "sms"), MATRIX)
def test_nothing_less_than_required_gets_in(account, method, bound, password, usbkey, sms):
    change(account, auth_method=AuthMethod(method))
    assert_outcomes(account, bound, password, usbkey, sms)


@pytest.mark.parametrize(("method", "bound", "password", "usbkey", "sms"), RAISED)
def test_what_the_policy_adds_is_registered_and_nothing_passed_by(
    account, policy, method, bound, password, usbkey, sms
):
    policy(AuthMethod(method))
    assert_outcomes(account, bound, password, usbkey, sms)


@pytest.fixture
def policy(monkeypatch):
    """Set what the policy asks of bureaux at the least."""

    def set_least(least):
        wanted = Policy(PasswordProfile.DENGBAO, least, AuthMethod.PASSWORD)
        monkeypatch.setattr(security_policy, "current", lambda: wanted)
        monkeypatch.setattr(security_policy, "of_row", lambda _: wanted)

    return set_least


def assert_outcomes(account, bound, password, usbkey, sms):
    factors_of(account, bound.split())
    assert outcome(by_password) == password
    assert outcome(by_key) == usbkey
    if sms != "-":
        sent = ask_for_code()
        assert outcome(lambda: by_sms(sent)) == sms


def outcome(call):
    try:
        found = call()
    except sign_in.SignInRefusedError:
        return "no"
    if isinstance(found, str):
        return "step"
    return "register" if found.actor.step in BINDING_STEPS else "in"


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


def test_the_key_is_asked_for_where_it_is_registered_only(account):
    assert refusal(by_key) == (sign_in.NO_KEY, "method")


class TestSecondStep:
    @pytest.fixture
    def phone(self, account):
        change(account, auth_method=AuthMethod.PASSWORD_TOTP)
        return add_app(account)

    def test_right_code(self, account, phone):
        token = by_password()
        proof = second_step.pass_totp(token, pending(token), code(phone))
        assert proof.actor.administrator_id == account.id
        assert proof.method is AuthMethod.PASSWORD_TOTP

    def test_a_code_that_was_used_is_said_to_be(self, account, phone, clock):
        used = code(phone)
        token = by_password()
        second_step.pass_totp(token, pending(token), used)
        token = by_password()
        with pytest.raises(SecondStepRefusedError, match="已使用，请等待"):
            second_step.pass_totp(token, pending(token), used)
        clock.shift(30)
        assert second_step.pass_totp(token, pending(token), code(phone))

    def test_a_step_is_taken_once(self, account, phone):
        token = by_password()
        waiting = pending(token)
        second_step.pass_totp(token, waiting, code(phone))
        with pytest.raises(StepOverError):
            pending(token)
        codes = add_codes(account)
        with pytest.raises(StepOverError):
            second_step.pass_recovery(token, waiting, codes[0])

    def test_it_lasts_five_minutes(self, account, phone, clock):
        token = by_password()
        clock.shift(299)
        assert pending(token)
        clock.shift(1)
        with pytest.raises(StepOverError):
            pending(token)

    def test_it_is_this_browsers(self, account, phone):
        token = by_password()
        for origin in (make_origin("browser-two"), make_origin("")):
            with pytest.raises(StepOverError):
                pending(token, origin)
        with pytest.raises(StepOverError):
            pending("x")

    def test_a_second_password_begins_anew(self, account, phone):
        first = by_password()
        second = by_password()
        with pytest.raises(StepOverError):
            pending(first)
        assert pending(second)

    @pytest.mark.parametrize("values", [{"is_enabled": False}, {"deleted_at": START}])
    def test_an_account_out_of_use_does_not_get_through(self, account, phone, values):
        token = by_password()
        change(account, **values)
        with pytest.raises(StepOverError):
            pending(token)

    def test_wrong_ones_are_refused_counted_and_recorded(self, account, phone):
        token = by_password()
        for _ in range(5):
            waiting = pending(token)
            second_step.count_try(waiting, HERE)
            with pytest.raises(SecondStepRefusedError):
                second_step.pass_totp(token, waiting, "000000")
        with pytest.raises(TooManyAttemptsError, match=TOO_MANY):
            second_step.count_try(pending(token), HERE)
        failed = [e for e in audit_entries() if e.result.value == "failed"]
        assert [e.changes[0]["new"] for e in failed] == [*["动态口令不正确"] * 5, REASON]
        with pytest.raises(TooManyAttemptsError):
            second_step.count_try(pending(token), HERE)
        assert len([e for e in audit_entries() if e.result.value == "failed"]) == len(failed)

    def test_however_many_addresses_thirty_a_day_are_enough(self, account, phone):
        token = by_password()
        waiting = pending(token)
        for number in range(30):
            second_step.count_try(waiting, make_origin(address=f"198.51.100.{number}"))
        with pytest.raises(TooManyAttemptsError, match="今日"):
            second_step.count_try(waiting, make_origin(address="203.0.113.1"))

    def test_success_forgets_the_failures(self, account, phone, clock):
        for _ in range(3):
            token = by_password()
            for _ in range(4):
                second_step.count_try(pending(token), HERE)
            counted = second_step.count_try(pending(token), HERE)
            second_step.pass_totp(token, counted, code(phone))
            clock.shift(60)

    def test_a_recovery_code_stands_for_the_lost_factor(self, account, phone):
        codes = add_codes(account)
        token = by_password()
        proof = second_step.pass_recovery(token, pending(token), codes[0])
        assert proof.method is AuthMethod.PASSWORD_TOTP
        # The owner is told, and the trail tells it from the app.
        (told,) = db.session.scalars(select(OutboxMessage)).all()
        assert told.phone == "13800138000"
        assert "恢复码" in told.text
        sessions.open_session(proof.actor, HERE, proof.method, by_recovery=proof.by_recovery)
        assert audit_entries()[-1].changes[0]["new"] == sessions.BY_RECOVERY
        token = by_password()
        with pytest.raises(SecondStepRefusedError, match="恢复码"):
            second_step.pass_recovery(token, pending(token), codes[0])

    def test_a_code_is_not_enough_where_a_key_is_required(self, account, phone):
        change(account, auth_method=AuthMethod.PASSWORD_USBKEY)
        add_key(account)
        token = by_password()
        assert pending(token).offered == [AuthMethod.PASSWORD_USBKEY]
        with pytest.raises(SecondStepRefusedError):
            second_step.pass_totp(token, pending(token), code(phone))

    def test_a_key(self, account, phone):
        key = add_key(account)
        token = by_password()
        answer = key.sign(second_step.key_options(pending(token), PARTY, HERE))
        proof = second_step.pass_key(token, pending(token), PARTY, HERE, answer)
        assert proof.method is AuthMethod.PASSWORD_USBKEY

    def test_a_key_of_somebody_else(self, account, phone):
        token = by_password()
        second_step.key_options(pending(token), PARTY, HERE)
        with pytest.raises(SecondStepRefusedError, match=keys.REFUSED):
            second_step.pass_key(token, pending(token), PARTY, HERE, "{}")


def test_each_kind_of_node_has_its_own_least(app):
    policy = Policy(PasswordProfile.NIST, AuthMethod.PASSWORD_TOTP, AuthMethod.PASSWORD)
    bureau, healthcare = InstitutionKind.BUREAU, InstitutionKind.HEALTHCARE
    assert policy.required(AuthMethod.PASSWORD, bureau) is AuthMethod.PASSWORD_TOTP
    assert policy.required(AuthMethod.PASSWORD_USBKEY, bureau) is AuthMethod.PASSWORD_USBKEY
    assert policy.required(AuthMethod.PASSWORD, healthcare) is AuthMethod.PASSWORD
    assert policy.required(AuthMethod.PASSWORD_SMS, healthcare) is AuthMethod.PASSWORD_SMS

"""What is enough to sign in: 认证类型, the policy, and what the account has bound."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from extensions import db
from models import AuthMethod, InstitutionKind, OutboxMessage, PasswordProfile
from services import second_step, sessions, sign_in
from services.attempt_limits import REASON, TOO_MANY
from services.factors import keys
from services.second_step import SecondStepRefusedError, StepOverError
from services.security_policy import Policy
from services.steps import BINDING_STEPS
from services.throttle import TooManyAttemptsError
from tests.factories.security_keys import PARTY
from tests.factories.sessions import make_origin
from tests.services.factor_cases import add_app, add_codes, add_key
from tests.services.sign_in_cases import (
    START,
    account,
    ask_for_code,
    audit_entries,
    by_key,
    by_password,
    by_sms,
    change,
    clock,
    pending,
    policy,
    refusal,
)
from tests.services.test_totp import code

__all__ = ["account", "clock", "policy"]

HERE = make_origin()


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

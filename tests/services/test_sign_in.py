from __future__ import annotations

import datetime as dt
import json
import logging

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from extensions import db
from models import AuditResult, AuthMethod, OneTimeCode, OutboxMessage
from services import passwords, sessions, sign_in, sms_challenge
from services.actor import actor_of
from services.own_account import password as own_password
from services.scope import Reason, unscoped
from services.sms_challenge import CodeSpentError
from services.steps import Step
from services.throttle import TooManyAttemptsError
from tests.factories.actors import acting
from tests.factories.sessions import make_origin
from tests.services.factor_cases import add_app
from tests.services.sign_in_cases import (
    NEW,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    START,
    WRONG,
    account,
    ask_for_code,
    audit_entries,
    by_password,
    by_sms,
    change,
    clock,
    counting_statements,
    refusal,
    wrong,
)

__all__ = ["account", "clock"]


class TestPassword:
    @pytest.mark.parametrize("typed", ["hb2000201", " HB2000201 ", "ｈｂ２０００２０１"])
    def test_right_password_gives_the_actor(self, account, typed):
        proof = by_password(typed)
        assert proof.actor == actor_of(account, account.institution, address="192.0.2.1")
        assert proof.method is AuthMethod.PASSWORD

    @pytest.mark.parametrize(
        ("username", "password"),
        [
            ("hb2000201", WRONG),
            ("hb2000201", ""),
            ("hb2000201", "x" * 100_000),
            ("nobody", PASSWORD),
            ("", ""),
            ("x" * 100_000, PASSWORD),
        ],
    )
    def test_everything_wrong_reads_the_same(self, account, username, password):
        assert refusal(by_password, username, password) == (sign_in.REFUSED, None)

    @pytest.mark.parametrize("values", [{"is_enabled": False}, {"deleted_at": START}])
    def test_account_out_of_use_reads_the_same(self, account, values):
        change(account, **values)
        assert refusal(by_password) == (sign_in.REFUSED, None)

    @pytest.mark.parametrize(
        "values", [{"password_hash": "!"}, {"is_enabled": False}, {"deleted_at": START}]
    )
    @pytest.mark.parametrize("method", [AuthMethod.PASSWORD, AuthMethod.PASSWORD_TOTP])
    def test_what_changes_while_the_password_is_checked_ends_the_sign_in(
        self, account, values, method
    ):
        change(account, auth_method=method)
        add_app(account)
        attempt = sign_in.admit("hb2000201", PASSWORD, make_origin())
        change(account, **values)
        assert refusal(sign_in.authenticate_password, attempt) == (sign_in.REFUSED, None)

    def test_unknown_and_known_name_cost_the_same(self, account, monkeypatch):
        hashed = []
        verify = PasswordHasher.verify
        monkeypatch.setattr(
            PasswordHasher, "verify", lambda *args: (hashed.append(1), verify(*args))[1]
        )
        statements = []
        for username in ("hb2000201", "nobody"):
            with counting_statements() as count:
                refusal(by_password, username, WRONG)
                db.session.flush()
            statements.append(count[0])
        assert len(hashed) == 2
        assert statements[0] == statements[1]

    def test_sms_account_learns_so_only_with_the_right_password(self, account):
        change(account, auth_method=AuthMethod.PASSWORD_SMS)
        assert refusal(by_password, password=WRONG) == (sign_in.REFUSED, None)
        assert refusal(by_password) == (sign_in.SMS_REQUIRED, "method")

    def test_expired_initial_password_is_told_only_with_the_right_password(self, account, clock):
        change(
            account, must_change_password=True, initial_password_until=START + dt.timedelta(days=7)
        )
        assert by_password().actor.step is Step.INITIAL_PASSWORD
        clock.shift(dt.timedelta(days=7))
        assert refusal(by_password, password=WRONG) == (sign_in.REFUSED, None)
        assert refusal(by_password) == (sign_in.INITIAL_PASSWORD_EXPIRED, None)

    def test_hash_is_renewed_at_sign_in(self, account, app, monkeypatch):
        before = account.password_hash
        monkeypatch.setitem(app.config, "ARGON2_ROUNDS", 2)
        by_password()
        with unscoped(Reason.MAINTENANCE):
            db.session.refresh(account)
        assert account.password_hash != before
        assert not passwords.needs_rehash(account.password_hash)
        by_password()


class TestSms:
    def test_code_goes_to_the_bound_phone_and_signs_in(self, account):
        change(account, auth_method=AuthMethod.PASSWORD_SMS)
        code = ask_for_code()
        message = db.session.scalars(select(OutboxMessage)).one()
        assert (message.phone, message.purpose) == (PHONE, "sign_in")
        assert code in message.text
        assert message.expires_at == START + dt.timedelta(minutes=5)
        proof = by_sms(f" {code} ")
        assert proof.actor.administrator_id == account.id
        assert proof.method is AuthMethod.PASSWORD_SMS

    @pytest.mark.parametrize("typed", ["138 0013 8000", "+8613800138000", "１３８００１３８０００"])
    def test_phone_may_be_typed_as_people_do(self, account, typed):
        assert by_sms(ask_for_code(phone=typed), phone=typed)

    @pytest.mark.parametrize(
        "given",
        [
            {"username": "nobody"},
            {"password": WRONG},
            {"phone": OTHER_PHONE},
            {"phone": "1380013800"},
            {"phone": ""},
        ],
    )
    def test_nothing_is_sent_unless_all_is_right(self, account, given):
        assert ask_for_code(**given) is None
        assert db.session.scalars(select(OneTimeCode.id)).all() == []

    @pytest.mark.parametrize(
        "values",
        [
            {"is_enabled": False},
            {"deleted_at": START},
            {"phone": None},
            {"must_change_password": True, "initial_password_until": START},
        ],
    )
    def test_nothing_is_sent_to_an_account_that_may_not_sign_in(self, account, values):
        change(account, **values)
        assert ask_for_code() is None
        assert ask_for_code(phone="") is None

    @pytest.mark.parametrize(
        "given",
        [
            {"username": "nobody"},
            {"password": WRONG},
            {"phone": OTHER_PHONE},
            {"browser": "browser-two"},
        ],
    )
    def test_code_is_good_with_everything_else_right_only(self, account, given):
        code = ask_for_code()
        assert refusal(by_sms, code, **given) == (sign_in.REFUSED, None)
        assert by_sms(code)

    def test_wrong_code_reads_the_same(self, account):
        assert refusal(by_sms, wrong(ask_for_code())) == (sign_in.REFUSED, None)
        assert refusal(by_sms, "000000", browser="no-code-here") == (sign_in.REFUSED, None)

    def test_code_is_used_once(self, account):
        code = ask_for_code()
        by_sms(code)
        assert refusal(by_sms, code) == (sign_in.REFUSED, None)

    def test_five_wrong_codes_block_whatever_is_sent_again(self, account, clock):
        code = ask_for_code()
        for _ in range(3):
            refusal(by_sms, wrong(code))
        clock.shift(60)
        code = ask_for_code()
        refusal(by_sms, wrong(code))
        # Asking for the code has forgiven the failures; the tries of the code it has not.
        for typed in (wrong(code), code):
            with pytest.raises(CodeSpentError, match="已作废，不能再用；请60分钟后重新发送短信"):
                by_sms(typed)
        clock.shift(dt.timedelta(minutes=59))
        assert ask_for_code() is None

    @pytest.mark.parametrize(
        "given", [{"username": "nobody"}, {"password": WRONG}, {"phone": OTHER_PHONE}]
    )
    def test_a_stranger_is_told_the_same_of_the_fifth_try(self, account, given):
        ask_for_code(**given)
        for _ in range(4):
            assert refusal(by_sms, "000000", **given) == (sign_in.REFUSED, None)
        with pytest.raises(CodeSpentError, match="请60分钟后重新发送短信"):
            by_sms("000000", **given)

    def test_what_is_told_of_a_code_is_the_truth(self, account, clock):
        code = ask_for_code()
        clock.shift(60)
        for _ in range(4):
            refusal(by_sms, wrong(code))
        with pytest.raises(CodeSpentError, match="请59分钟后重新发送短信"):
            by_sms(wrong(code))
        clock.shift(dt.timedelta(minutes=59) - dt.timedelta(seconds=1))
        with pytest.raises(CodeSpentError, match="请1分钟后重新发送短信"):
            sms_challenge.refuse_spent("hb2000201", make_origin())
        sms_challenge.refuse_spent("hb2000201", make_origin("browser-two"))
        clock.shift(1)
        sms_challenge.refuse_spent("hb2000201", make_origin())
        assert by_sms(ask_for_code())

    def test_success_forgives_the_tries(self, account, clock):
        for _ in range(3):
            code = ask_for_code()
            for _ in range(4):
                refusal(by_sms, wrong(code))
            assert by_sms(code)
            clock.shift(60)

    def test_asking_is_no_failure_but_asking_wrongly_is(self, account, clock):
        for _ in range(8):
            ask_for_code()
        for _ in range(5):
            ask_for_code(password=WRONG)
        with pytest.raises(TooManyAttemptsError):
            ask_for_code()

    def test_second_code_within_a_minute_is_silently_not_sent(self, account):
        code = ask_for_code()
        assert ask_for_code() is None
        assert by_sms(code)

    def test_unbound_phone_takes_the_code_with_it(self, account):
        code = ask_for_code()
        change(account, phone=None)
        assert refusal(by_sms, code) == (sign_in.REFUSED, None)
        change(account, phone=OTHER_PHONE)
        assert refusal(by_sms, code, phone=OTHER_PHONE) == (sign_in.REFUSED, None)


class TestChallenge:
    @pytest.mark.parametrize("given", [{}, {"password": WRONG}, {"phone": OTHER_PHONE}])
    def test_asking_opens_it_whether_or_not_a_code_was_sent(self, account, given):
        assert not sms_challenge.is_open("hb2000201", make_origin())
        ask_for_code(**given)
        assert sms_challenge.is_open(" HB2000201", make_origin())
        assert sms_challenge.use("hb2000201", make_origin())

    def test_it_opens_for_unknown_names_too(self, account):
        ask_for_code("nobody")
        assert sms_challenge.use("nobody", make_origin())

    def test_it_holds_for_this_browser_and_name(self, account):
        ask_for_code()
        assert not sms_challenge.use("hb2000201", make_origin("browser-two"))
        assert not sms_challenge.use("hb2000301", make_origin())

    def test_it_holds_five_times(self, account):
        ask_for_code()
        assert [sms_challenge.use("hb2000201", make_origin()) for _ in range(7)] == (
            [True] * 5 + [False] * 2
        )
        assert not sms_challenge.is_open("hb2000201", make_origin())

    def test_it_holds_five_minutes(self, account, clock):
        ask_for_code()
        clock.shift(299)
        assert sms_challenge.is_open("hb2000201", make_origin())
        clock.shift(1)
        assert not sms_challenge.use("hb2000201", make_origin())

    def test_it_ends_with_the_sign_in(self, account):
        by_sms(ask_for_code())
        assert not sms_challenge.is_open("hb2000201", make_origin())


class TestAudit:
    def test_failures_are_recorded_with_their_reason(self, account):
        refusal(by_password, password=WRONG)
        refusal(by_password, "nobody")
        ask_for_code(phone=OTHER_PHONE)
        code = ask_for_code()
        refusal(by_sms, wrong(code))
        found = [
            (e.tag, e.result, [c["new"] for c in e.changes], e.actor_id) for e in audit_entries()
        ]
        failed, done = AuditResult.FAILED, AuditResult.DONE
        assert found == [
            ("session:sign_in", failed, ["密码不正确"], account.id),
            ("session:sign_in", failed, ["用户名不存在"], None),
            ("session:code", failed, ["手机号不正确或未绑定"], account.id),
            ("session:code", done, [], account.id),
            ("session:sign_in", failed, ["手机验证码不正确"], account.id),
        ]

    def test_entry_says_where_from(self, account):
        refusal(by_password, password=WRONG, address="198.51.100.9", request_id="r-77")
        (entry,) = audit_entries()
        assert (entry.address, entry.request_id) == ("198.51.100.9", "r-77")
        assert entry.owner_path == account.institution.path
        assert entry.institution_name == account.institution.name

    def test_neither_audit_nor_log_holds_a_secret(self, account, caplog):
        with caplog.at_level(logging.DEBUG):
            code = ask_for_code()
            refusal(by_password, "secret-as-name", "secret-as-password")
            refusal(by_sms, wrong(code))
            sessions.open_session(by_sms(code).actor, make_origin())
            with acting(actor_of(account, account.institution)) as actor:
                own_password.change(actor, make_origin(), PASSWORD, NEW)
            db.session.flush()
        held = caplog.text + "".join(
            json.dumps([e.actor_name, e.object_label, e.changes], ensure_ascii=False)
            for e in audit_entries()
        )
        secrets = (PHONE, code, wrong(code), PASSWORD, NEW, "secret-as-", account.password_hash)
        assert [secret for secret in secrets if secret in held] == []
        assert "王五" in held

    def test_attempt_shows_no_secret(self, account):
        shown = repr(sign_in.admit("hb2000201", PASSWORD, make_origin()))
        assert "hb2000201" in shown
        assert PASSWORD not in shown
        assert PHONE not in shown

from __future__ import annotations

import datetime as dt
import json
import re

import pyotp
import pytest
import time_machine

from extensions import db
from models import Administrator, AuthMethod, SignInSession, utc_now
from services import factors, own_account, roles
from services.factors.keys import RelyingParty
from services.scope import Reason, unscoped
from services.sessions import ABSOLUTE
from tests.admin_views.screen_cases import Worker, entries, fresh
from tests.admin_views.sign_in_cases import sent
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau
from tests.factories.security_keys import SoftKey
from tests.factories.sessions import make_session

PASSWORD, WRONG = "Shizhi-7204", "Shizhi-7205"
LOCAL = RelyingParty(host="localhost", origin="http://localhost")
SECRET = re.compile(r"密钥：<code>([A-Z2-7 ]+)</code>")


@pytest.fixture
def worker(app):
    return Worker(app, make_bureau(), password=PASSWORD, phone="13800138000")


def begin_totp(worker, **fields):
    page = worker.post("/account/totp", act="begin", **fields)
    found = SECRET.search(page.text)
    return page, pyotp.TOTP(found[1].replace(" ", "")) if found else None


def code(phone, steps=0):
    return phone.at(utc_now() + dt.timedelta(seconds=30 * steps))


def add_key(worker, name="办公室密钥"):
    key = SoftKey()
    options = worker.post("/account/keys/options", password=PASSWORD)
    assert options.status_code == 200
    answer = key.register(options.text, LOCAL)
    return key, worker.post("/account/keys", act="add", name=name, key_answer=answer)


class TestPage:
    def test_recovery_codes_are_asked_for_while_there_are_none(self, worker):
        assert "只能用恢复码登录" not in worker.get("/account/security").text
        add_key(worker)
        page = worker.get("/account/security").text
        assert "只能用恢复码登录，请尽快生成" in page
        assert ">生成</a>" in page
        assert "data-print" in worker.post("/account/recovery", password=PASSWORD).text
        page = worker.get("/account/security").text
        assert "只能用恢复码登录" not in page
        assert ">重新生成</a>" in page

    def test_which_apps_will_do_is_said_before_one_begins(self, worker):
        page = worker.get("/account/totp").text
        for app in ("腾讯身份验证器", "Microsoft Authenticator", "Google Authenticator", "FreeOTP"):
            assert app in page

    def test_it_shows_how_the_account_proves_itself(self, worker):
        page = worker.get("/account/security").text
        assert "138****8000" in page
        assert "13800138000" not in page
        assert AuthMethod.PASSWORD.label in page
        assert "当前登录" in page

    def test_other_sessions_end_one_or_all(self, worker):
        with unscoped(Reason.MAINTENANCE):
            account = fresh(Administrator, worker.account.id)
            tokens = [make_session(account) for _ in range(3)]
        assert tokens
        page = worker.get("/account/security").text
        keys = re.findall(r'name="id" value="(\d+)"', page)
        assert len(keys) == 3
        worker.post("/account/sessions/end", id=keys[0])
        page = worker.get("/account/security").text
        assert re.findall(r'name="id" value="(\d+)"', page) == keys[1:]
        told = worker.told_after(worker.post("/account/sessions/end", act="all"))
        assert "已退出其他全部登录" in told
        assert re.findall(r'name="id" value="(\d+)"', worker.get("/account/security").text) == []

    def test_sessions_of_others_are_out_of_reach(self, app, worker):
        colleague = Worker(app, worker.institution)
        with colleague.client.session_transaction() as cookie:
            assert cookie["_user_id"]
        page = colleague.get("/account/security").text
        assert worker.account.username not in page
        for key in ("1", "2", "0", "x", "99999999999999999999"):
            assert worker.post("/account/sessions/end", id=key).status_code in {400, 404}
        assert colleague.get("/account/security").status_code == 200

    def test_it_shows_what_happened_lately(self, worker):
        worker.post("/account/totp", act="begin", password=WRONG)
        page = worker.get("/account/security").text
        assert "登记动态口令" in page
        assert "失败" in page


class TestPhone:
    def test_a_new_phone_proves_itself_first(self, app, worker):
        page = worker.post("/account/phone", act="send", password=PASSWORD, phone="139 0013 9000")
        assert page.status_code == 200
        (message,) = sent(app)
        assert (message["phone"], message["purpose"]) == ("13900139000", "bind_phone")
        wrong = worker.post("/account/phone", act="bind", phone="13900139000", sms_code="000000")
        assert (wrong.status_code, "验证码不正确" in wrong.text) == (400, True)
        other = worker.post(
            "/account/phone", act="bind", phone="13700137000", sms_code=message["code"]
        )
        assert other.status_code == 400
        done = worker.post(
            "/account/phone", act="bind", phone="13900139000", sms_code=message["code"]
        )
        assert done.status_code == 303
        assert fresh(Administrator, worker.account.id).phone == "13900139000"
        # The former phone is told.
        last = sent(app)[-1]
        assert (last["phone"], last["purpose"]) == ("13800138000", "notice")
        first, second, entry = entries("session:bind_phone")
        assert {first.result.value, second.result.value} == {"failed"}
        assert "13900139000" not in json.dumps(entry.changes)

    def test_the_phone_of_another_of_the_three_is_said_beside_the_field(self, app):
        province = make_bureau()
        make_administrator(province, role="audit_admin", phone="13900139000")
        worker = Worker(
            app, province, password=PASSWORD, role="security_admin", phone="13800138000"
        )
        worker.post("/account/phone", act="send", password=PASSWORD, phone="13900139000")
        code = sent(app)[-1]["code"]
        answer = worker.post("/account/phone", act="bind", phone="13900139000", sms_code=code)
        assert answer.status_code == 400
        assert roles.HOLDS_TWO_SENTENCE in answer.text
        assert fresh(Administrator, worker.account.id).phone == "13800138000"

    def test_five_wrong_codes_say_when_to_ask_anew(self, app, worker):
        asked = {"act": "send", "password": PASSWORD, "phone": "13900139000"}
        worker.post("/account/phone", **asked)
        (message,) = sent(app)
        typed = {"act": "bind", "phone": "13900139000"}
        for _ in range(4):
            answer = worker.post("/account/phone", sms_code="000000", **typed)
            assert "验证码不正确或已失效。" in answer.text
        for code in ("000000", message["code"]):
            answer = worker.post("/account/phone", sms_code=code, **typed)
            assert (answer.status_code, "已作废，不能再用；请60分钟" in answer.text) == (400, True)
        answer = worker.post("/account/phone", **asked)
        assert (answer.status_code, "已作废，不能再用；请60分钟" in answer.text) == (400, True)
        assert len(sent(app)) == 1

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"password": WRONG, "phone": "13900139000"}, "当前密码不正确。"),
            ({"password": "", "phone": "13900139000"}, "请填写当前密码。"),
            ({"password": PASSWORD, "phone": ""}, "请填写新手机号。"),
            ({"password": PASSWORD, "phone": "123"}, "手机号"),
        ],
    )
    def test_nothing_is_sent_unless_all_is_right(self, app, worker, fields, sentence):
        page = worker.post("/account/phone", act="send", **fields)
        assert page.status_code == 400
        assert sentence in page.text
        assert sent(app) == []

    def test_a_code_for_signing_in_does_not_bind(self, app, worker):
        assert worker.post("/account/phone", act="bind").status_code == 400


class TestTotp:
    def test_registering_and_removing(self, worker):
        page, phone = begin_totp(worker, password=PASSWORD)
        assert "data:image/svg+xml" in page.text
        wrong = worker.post("/account/totp", act="confirm", totp_code="000000")
        assert wrong.status_code == 400
        (failed,) = entries("session:totp_add")
        assert (failed.result.value, failed.changes[0]["new"]) == ("failed", "动态口令不正确")
        assert phone.secret in wrong.text.replace(" ", "")
        done = worker.post("/account/totp", act="confirm", totp_code=code(phone))
        assert done.status_code == 303
        assert factors.of(worker.account.id).has_totp
        again, _ = begin_totp(worker, password=PASSWORD)
        assert "已登记动态口令" in again.text
        refused = worker.post("/account/totp", act="remove", password=WRONG)
        assert refused.status_code == 400
        assert worker.post("/account/totp", act="remove", password=PASSWORD).status_code == 303
        assert not factors.of(worker.account.id).has_totp
        assert [e.tag for e in entries("session:totp_remove")][-1:] == ["session:totp_remove"]

    def test_the_secret_needs_the_password(self, worker):
        page, phone = begin_totp(worker, password=WRONG)
        assert page.status_code == 400
        assert phone is None
        assert SECRET.search(worker.get("/account/totp").text) is None

    def test_what_the_account_must_show_cannot_be_removed(self, app):
        worker = Worker(app, make_bureau(), password=PASSWORD, auth_method=AuthMethod.PASSWORD_TOTP)
        _, phone = begin_totp(worker, password=PASSWORD)
        worker.post("/account/totp", act="confirm", totp_code=code(phone))
        refused = worker.post("/account/totp", act="remove", password=PASSWORD)
        assert refused.status_code == 400
        assert "请先登记新的" in refused.text
        assert factors.of(worker.account.id).has_totp

    def test_unknown_acts_are_refused(self, worker):
        assert worker.post("/account/totp", act="x").status_code == 400
        assert worker.post("/account/keys", act="x").status_code == 400


def test_very_many_wrong_codes_do_not_fill_the_trail(worker, monkeypatch):
    monkeypatch.setattr(own_account, "MOST_WRONG_CODES", 2)
    begin_totp(worker, password=PASSWORD)
    for _ in range(4):
        worker.post("/account/totp", act="confirm", totp_code="000000")
    told = [one.changes[0]["new"] for one in entries("session:totp_add")]
    assert told[:2] == ["动态口令不正确"] * 2
    assert len(told) == 3
    assert "不再逐条记录" in told[2]


class TestKeys:
    def test_registering_and_removing(self, worker):
        _, done = add_key(worker)
        assert done.status_code == 303
        assert "办公室密钥" in worker.get("/account/security").text
        page = worker.get("/account/keys").text
        key = re.search(r'<option value="(\d+)">', page)[1]
        refused = worker.post("/account/keys", act="remove", id=key, password=WRONG)
        assert refused.status_code == 400
        for other in ("0", "x", str(int(key) + 1)):
            answer = worker.post("/account/keys", act="remove", id=other, password=PASSWORD)
            assert answer.status_code == 404
        removed = worker.post("/account/keys", act="remove", id=key, password=PASSWORD)
        assert removed.status_code == 303
        assert factors.of(worker.account.id).keys == 0

    def test_options_need_the_password(self, worker):
        answer = worker.post("/account/keys/options", password=WRONG)
        assert (answer.status_code, answer.json["message"]) == (400, "当前密码不正确。")
        answer = worker.post("/account/keys/options")
        assert "请填写当前密码" in answer.json["message"]

    def test_an_answer_to_nothing_is_refused(self, worker):
        answer = worker.post("/account/keys", act="add", key_answer="{}")
        assert answer.status_code == 400


class TestRecovery:
    def test_codes_are_shown_once(self, worker):
        refused = worker.post("/account/recovery", password=PASSWORD)
        assert "请先登记" in refused.text
        add_key(worker)
        page = worker.post("/account/recovery", password=PASSWORD).text
        codes = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)
        assert len(codes) == 10
        assert codes[0] not in worker.get("/account/recovery").text
        assert factors.of(worker.account.id).recovery_codes == 10
        assert worker.post("/account/recovery", password=WRONG).status_code == 400


class TestSteps:
    def test_from_the_one_time_password_to_the_home_page(self, app):
        worker = Worker(
            app,
            make_bureau(),
            password=PASSWORD,
            auth_method=AuthMethod.PASSWORD_SMS,
            must_change_password=True,
            initial_password_until=utc_now() + dt.timedelta(days=7),
        )
        for address in ("/admin/", "/account/security", "/account/password", "/account/totp"):
            assert worker.get(address).location == "/account/phone"
        # The one-time password has just been typed: it is not asked for again.
        worker.post("/account/phone", act="send", phone="13900139000")
        (message,) = sent(app)
        done = worker.post(
            "/account/phone", act="bind", phone="13900139000", sms_code=message["code"]
        )
        assert done.status_code == 303
        for address in ("/admin/", "/account/phone", "/account/security"):
            assert worker.get(address).location == "/account/password"
        new = "Chengqiang-Hulu-88"
        done = worker.post(
            "/account/password", old_password=PASSWORD, new_password=new, repeated=new
        )
        assert done.status_code == 303
        assert worker.get("/admin/").status_code == 200

    def test_the_password_is_not_changed_before_the_factor_is_bound(self, app):
        worker = Worker(
            app,
            make_bureau(),
            password=PASSWORD,
            auth_method=AuthMethod.PASSWORD_TOTP,
            must_change_password=True,
            initial_password_until=utc_now() + dt.timedelta(days=7),
        )
        new = "Chengqiang-Hulu-88"
        answer = worker.post(
            "/account/password", old_password=PASSWORD, new_password=new, repeated=new
        )
        assert answer.location == "/account/totp"
        _, phone = begin_totp(worker)
        worker.post("/account/totp", act="confirm", totp_code=code(phone))
        assert worker.get("/admin/").location == "/account/password"

    def test_an_old_password_must_be_replaced(self, app):
        worker = Worker(
            app,
            make_bureau(),
            password=PASSWORD,
            password_changed_at=utc_now() - dt.timedelta(days=89, hours=23),
        )
        assert worker.get("/admin/").status_code == 200
        other = Worker(
            app,
            make_bureau(),
            password=PASSWORD,
            password_changed_at=utc_now() - dt.timedelta(days=90),
        )
        assert other.get("/admin/").location == "/account/password"
        assert "已满90日" in other.get("/account/password").text


class TestSession:
    def test_it_tells_how_long_it_lives_without_keeping_it_alive(self, worker):
        answer = worker.client.get("/account/session")
        assert answer.json["user"] == worker.account.username
        assert 1700 < answer.json["left"] <= 1800
        assert answer.json["is_last"] is False
        assert answer.json["csrf_token"]

    def test_every_page_says_how_long_it_has(self, worker):
        with time_machine.travel(utc_now() + dt.timedelta(minutes=20), tick=False):
            assert 'data-left="1800" data-login=' in worker.get("/admin/").text

    def test_within_the_last_half_hour_nothing_prolongs_it(self, worker):
        with unscoped(Reason.MAINTENANCE):
            db.session.query(SignInSession).update({"created_at": utc_now() - ABSOLUTE / 24 * 23.9})
            db.session.commit()
        for answer in (worker.get("/account/session"), worker.post("/account/session")):
            assert answer.json["is_last"] is True
            assert 170 < answer.json["left"] <= 180
        assert re.search(r'data-left="1[78]\d" data-last ', worker.get("/admin/").text)

    def test_a_post_keeps_it_alive(self, worker):
        assert 1790 < worker.post("/account/session").json["left"] <= 1800

    def test_a_stranger_is_told_to_sign_in(self, app):
        assert app.test_client().get("/account/session").status_code == 302

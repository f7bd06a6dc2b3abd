from __future__ import annotations

import datetime as dt
import re

import pytest

from models import AuditEntry, AuthMethod, Captcha, SignInThrottle
from services import sign_in
from tests.admin_views.sign_in_cases import (
    OTHER_PHONE,
    PASSWORD,
    PASSWORD_PAGE,
    PHONE,
    WRONG,
    account,
    change,
    clock,
    count,
    other_visitor,
    pictures,
    sent,
    shown,
    stored_sessions,
    visitor,
)

__all__ = ["account", "clock", "other_visitor", "pictures", "visitor"]


class TestPassword:
    def test_right_answers_lead_home(self, visitor):
        response = visitor.post()
        assert (response.status_code, response.location) == (303, "/admin/")
        assert visitor.is_signed_in()
        (row,) = stored_sessions()
        assert row.address == "127.0.0.1"

    def test_cookie_is_kept_from_scripts_and_other_sites(self, visitor):
        flags = visitor.post().headers["Set-Cookie"]
        assert "HttpOnly" in flags
        assert "SameSite=Lax" in flags

    def test_wrong_password_shows_the_sentence_and_keeps_no_secret(self, visitor):
        response = visitor.post(password=WRONG)
        assert response.status_code == 401
        assert sign_in.REFUSED in response.text
        assert 'value="hb2000201"' in response.text
        assert WRONG not in response.text
        assert not visitor.is_signed_in()
        assert count(AuditEntry) == 1

    def test_unknown_and_known_name_get_the_same_answer(self, visitor, other_visitor):
        known = visitor.post(password=WRONG)
        unknown = other_visitor.post(username="hb2999901", password=WRONG)
        assert shown(known, without=["hb2000201"]) == shown(unknown, without=["hb2999901"])

    def test_failures_are_counted_across_browsers(self, visitor, other_visitor):
        for _ in range(5):
            visitor.post(password=WRONG)
        response = other_visitor.post()
        assert response.status_code == 429
        assert "请15分钟后再试" in response.text

    def test_sms_account_is_told_which_method_to_take(self, visitor, account):
        change(account, auth_method=AuthMethod.PASSWORD_SMS)
        response = visitor.post()
        assert response.status_code == 401
        assert sign_in.SMS_REQUIRED in response.text
        assert not visitor.is_signed_in()

    @pytest.mark.parametrize("field", ["username", "password", "captcha"])
    def test_empty_field_is_named(self, visitor, field):
        response = visitor.post(**{field: ""})
        label = {"username": "用户名", "password": "密码", "captcha": "图形验证码"}[field]
        assert response.status_code == 400
        assert f'id="{field}-error">请填写{label}。' in re.sub(r"\s+", " ", response.text)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"login_type": "personal"}, "个人登录暂未开放，请使用机构登录。"),
            ({"method": "magic"}, "请选择登录方式。"),
            ({"login_type": "magic"}, "请选择登录方式。"),
            ({"username": "x" * 65}, "用户名过长。"),
            ({"password": "x" * 129}, "密码过长。"),
        ],
    )
    def test_what_is_not_offered_is_refused(self, visitor, fields, sentence):
        response = visitor.post(**fields)
        assert response.status_code == 400
        assert sentence in response.text
        assert not visitor.is_signed_in()

    @pytest.mark.parametrize("path", ["/login", "/login/sms", "/logout", PASSWORD_PAGE])
    def test_forged_request_is_refused(self, visitor, path):
        visitor.post()
        assert visitor.client.post(path, data={"username": "hb2000201"}).status_code == 400
        assert visitor.is_signed_in()

    def test_page_of_somebody_signed_in_leads_on(self, visitor):
        visitor.post()
        response = visitor.client.get("/login?next=/admin/audit/")
        assert (response.status_code, response.location) == (302, "/admin/audit/")

    def test_looking_at_the_page_writes_nothing(self, visitor):
        visitor.client.get("/login")
        assert [count(m) for m in (Captcha, SignInThrottle, AuditEntry)] == [0, 0, 0]


class TestCaptcha:
    def test_wrong_answer_is_told_and_uses_the_picture_up(self, visitor):
        answer = visitor.picture()
        response = visitor.post(captcha="0000")
        assert response.status_code == 400
        assert "图形验证码不正确，请重新输入。" in response.text
        assert visitor.post(captcha=answer).status_code == 400
        assert not visitor.is_signed_in()

    def test_right_answer_cannot_be_used_for_a_second_guess(self, visitor):
        answer = visitor.picture()
        assert visitor.post(captcha=answer, password=WRONG).status_code == 401
        assert visitor.post(captcha=answer).status_code == 400

    def test_answer_of_another_browser_does_not_count(self, visitor, other_visitor):
        other_visitor.token()
        assert visitor.post(captcha=other_visitor.picture()).status_code == 400

    def test_answer_is_nowhere_in_the_answer(self, visitor):
        page = visitor.client.get("/login").text
        answer = visitor.picture()
        assert answer not in page
        assert answer not in visitor.cookie()

    def test_fixed_answer_needs_no_picture(self, visitor, app, monkeypatch):
        monkeypatch.setitem(app.config, "CAPTCHA_ANSWER", "TMW3")
        assert visitor.post(captcha="TMW3").status_code == 303


class TestSms:
    def test_the_whole_way(self, visitor, app, account):
        change(account, auth_method=AuthMethod.PASSWORD_SMS)
        response = visitor.ask_for_code(json_wanted=True)
        assert response.status_code == 200
        assert response.json == {"message": sign_in.CODE_SENT, "wait": 60}
        (message,) = sent(app)
        assert (message["phone"], message["purpose"]) == (PHONE, "sign_in")
        assert message["code"] in message["text"]
        response = visitor.sign_in_by_sms(message["code"])
        assert (response.status_code, response.location) == (303, "/admin/")
        assert visitor.is_signed_in()

    @pytest.mark.parametrize("json_wanted", [True, False])
    def test_a_demonstration_shows_what_no_phone_receives(
        self, visitor, app, monkeypatch, json_wanted
    ):
        monkeypatch.setitem(app.config, "SHOWS_SMS", True)
        response = visitor.ask_for_code(json_wanted=json_wanted, phone=" １３８００１３８０００ ")
        code = sent(app)[0]["code"]
        told = response.json["message"] if json_wanted else response.text
        assert f"{sign_in.CODE_SENT}（演示环境不发短信，验证码为 {code}）" in told
        assert visitor.sign_in_by_sms(code).status_code == 303

    def test_the_way_without_scripts(self, visitor, app):
        response = visitor.ask_for_code()
        assert response.status_code == 200
        assert sign_in.CODE_SENT in response.text
        assert re.search(r'id="method-sms"\s+value="sms"\s+checked', response.text)
        assert f'value="{PHONE}"' in response.text
        assert PASSWORD not in response.text
        assert visitor.sign_in_by_sms(sent(app)[0]["code"]).status_code == 303

    @pytest.mark.parametrize("json_wanted", [True, False])
    @pytest.mark.parametrize(
        "fields",
        [{"username": "hb2999901"}, {"password": WRONG}, {"phone": OTHER_PHONE}, {"phone": "1"}],
    )
    def test_answer_does_not_say_whether_anything_was_sent(
        self, visitor, other_visitor, app, fields, json_wanted
    ):
        right = visitor.ask_for_code(json_wanted=json_wanted)
        wrong = other_visitor.ask_for_code(json_wanted=json_wanted, **fields)
        typed = (*fields.values(), "hb2000201", PHONE)
        if "phone" in fields:
            assert (right.status_code, right.headers["Content-Type"]) == (
                wrong.status_code,
                wrong.headers["Content-Type"],
            )
            assert sign_in.CODE_SENT in (wrong.json["message"] if json_wanted else wrong.text)
        else:
            assert shown(right, without=typed) == shown(wrong, without=typed)
        assert len(sent(app)) == 1

    def test_cookie_does_not_say_whether_anything_was_sent(self, visitor, other_visitor):
        visitor.ask_for_code()
        other_visitor.ask_for_code(password=WRONG)
        with visitor.client.session_transaction() as right:
            pass
        with other_visitor.client.session_transaction() as wrong:
            pass
        random = {"browser", "csrf_token"}
        assert set(right) == set(wrong) >= random
        assert [right[k] for k in right if k not in random] == (
            [wrong[k] for k in wrong if k not in random]
        )

    def test_wrong_picture_sends_nothing(self, visitor, app):
        response = visitor.ask_for_code(captcha="0000", json_wanted=True)
        assert response.status_code == 400
        assert response.json == {
            "message": "图形验证码不正确，请重新输入。",
            "field": "captcha",
        }
        assert sent(app) == []

    @pytest.mark.parametrize("field", ["username", "password", "phone", "captcha"])
    def test_empty_field_is_named(self, visitor, field):
        response = visitor.ask_for_code(json_wanted=True, **{field: ""})
        assert (response.status_code, response.json["field"]) == (400, field)

    def test_code_without_asking_before_needs_the_picture(self, visitor, other_visitor, app):
        visitor.ask_for_code()
        code = sent(app)[0]["code"]
        response = other_visitor.sign_in_by_sms(code)
        assert response.status_code == 400
        assert "请填写图形验证码。" in response.text
        response = other_visitor.sign_in_by_sms(code, captcha=other_visitor.picture())
        assert response.status_code == 401
        assert sign_in.REFUSED in response.text

    def test_after_five_wrong_codes_all_say_when_to_ask_anew(self, visitor, app, clock):
        visitor.ask_for_code()
        code = sent(app)[0]["code"]
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        for _ in range(4):
            answer = visitor.sign_in_by_sms(wrong)
            assert (answer.status_code, "已作废" in answer.text) == (401, False)
            assert 'data-wait="60"' in answer.text
        assert 'data-wait="0"' in visitor.sign_in_by_sms(wrong).text
        clock.shift(dt.timedelta(minutes=4))
        for typed in (wrong, code):
            answer = visitor.sign_in_by_sms(typed)
            assert answer.status_code == 401
            assert "手机验证码已作废，不能再用；请56分钟后重新发送短信。" in answer.text
        answer = visitor.ask_for_code(json_wanted=True, captcha="")
        assert (answer.status_code, answer.json["field"]) == (401, "sms_code")
        assert "请56分钟后重新发送短信。" in answer.json["message"]
        clock.shift(dt.timedelta(minutes=56))
        visitor.ask_for_code()
        assert visitor.sign_in_by_sms(sent(app)[1]["code"]).status_code == 303

    def test_picture_is_needed_again_after_five_minutes(self, visitor, app, clock):
        visitor.ask_for_code()
        clock.shift(dt.timedelta(minutes=5))
        answer = visitor.sign_in_by_sms(sent(app)[0]["code"])
        assert (answer.status_code, "请填写图形验证码。" in answer.text) == (400, True)

    def test_code_is_used_once(self, visitor, other_visitor, app):
        visitor.ask_for_code()
        code = sent(app)[0]["code"]
        stolen = visitor.cookie()
        assert visitor.sign_in_by_sms(code).status_code == 303
        other_visitor.client.set_cookie("session", stolen)
        response = other_visitor.sign_in_by_sms(code, captcha=other_visitor.picture())
        assert response.status_code == 401

    def test_failing_gateway_does_not_break_the_request(self, visitor, app, clock, monkeypatch):
        class Broken:
            def send(self, message):
                raise TimeoutError(message.phone)

        monkeypatch.setitem(app.extensions, "sms_gateway", Broken())
        assert visitor.ask_for_code().status_code == 200
        monkeypatch.delitem(app.extensions, "sms_gateway")
        clock.shift(61)
        visitor.ask_for_code()
        assert [m["phone"] for m in sent(app)] == [PHONE, PHONE]


class TestWithoutSms:
    @pytest.fixture(autouse=True)
    def _none(self, app, monkeypatch):
        monkeypatch.setitem(app.config, "SMS_BACKEND", "")

    def test_it_is_not_offered(self, visitor):
        page = visitor.client.get("/login").text
        assert 'id="method-sms"' not in page
        assert 'id="method-password"' in page

    def test_who_asks_for_it_all_the_same_is_told(self, app, visitor):
        for answer in (visitor.ask_for_code(), visitor.sign_in_by_sms("123456")):
            assert answer.status_code == 400
            assert "平台未开通短信口令" in answer.text
        assert sent(app) == []

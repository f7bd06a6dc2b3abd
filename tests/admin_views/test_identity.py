from __future__ import annotations

import datetime as dt

import pytest

from services import sessions
from tests.admin_views.sign_in_cases import (
    NEW,
    PASSWORD,
    PASSWORD_PAGE,
    START,
    WRONG,
    account,
    change,
    clock,
    other_visitor,
    pictures,
    stored_sessions,
    visitor,
)
from tests.factories.sessions import sign_in as enter

__all__ = ["account", "clock", "other_visitor", "pictures", "visitor"]


class TestSession:
    def test_cookie_from_before_stays_a_strangers(self, visitor, other_visitor):
        visitor.token()
        planted = visitor.cookie()
        visitor.post()
        other_visitor.client.set_cookie("session", planted)
        assert not other_visitor.is_signed_in()
        assert visitor.cookie() != planted

    def test_nothing_of_the_cookie_outlives_the_sign_in(self, visitor):
        with visitor.client.session_transaction() as cookie:
            cookie["planted"] = "yes"
        visitor.post()
        with visitor.client.session_transaction() as cookie:
            assert set(cookie) <= {"_user_id", "_fresh", "_id", "csrf_token"}

    def test_signing_in_again_ends_the_session_before(self, visitor):
        visitor.post()
        first = visitor.cookie()
        token = visitor.token(PASSWORD_PAGE)
        data = {"username": "hb2000201", "password": PASSWORD, "csrf_token": token}
        visitor.client.post("/login", data={**data, "captcha": visitor.picture()})
        visitor.client.set_cookie("session", first)
        assert not visitor.is_signed_in()
        assert [row.ended_at is None for row in stored_sessions()] == [False, True]

    def test_the_page_is_shown_again_to_whoever_asks_for_it(self, visitor):
        visitor.post()
        assert visitor.client.get("/login").location == "/admin/"
        assert "用户名：" in visitor.client.get("/login?again=1").text
        assert visitor.is_signed_in()

    def test_signed_out_cookie_is_worthless(self, visitor):
        visitor.post()
        kept = visitor.cookie()
        token = visitor.token(PASSWORD_PAGE)
        response = visitor.client.post("/logout", data={"csrf_token": token})
        assert (response.status_code, response.location) == (303, "/login")
        visitor.client.set_cookie("session", kept)
        assert not visitor.is_signed_in()

    def test_signing_out_is_a_post(self, visitor):
        visitor.post()
        assert visitor.client.get("/logout").status_code == 405
        assert visitor.is_signed_in()

    @pytest.mark.parametrize(
        "values", [{"is_enabled": False}, {"deleted_at": START}], ids=["disabled", "deleted"]
    )
    def test_account_out_of_use_is_out_at_the_next_request(self, visitor, account, values):
        enter(visitor.client, account)
        assert visitor.is_signed_in()
        change(account, **values)
        response = visitor.client.get(PASSWORD_PAGE)
        assert (response.status_code, response.location) == (302, f"/login?next={PASSWORD_PAGE}")

    def test_ended_sessions_are_out_at_the_next_request(self, visitor, account):
        enter(visitor.client, account)
        sessions.end_sessions_of(account)
        assert not visitor.is_signed_in()

    @pytest.mark.parametrize(("minutes", "alive"), [(29, True), (30, False)])
    def test_idle_session_ends(self, visitor, account, clock, minutes, alive):
        enter(visitor.client, account)
        clock.shift(dt.timedelta(minutes=minutes))
        assert visitor.is_signed_in() is alive

    def test_use_keeps_a_session_alive_for_twelve_hours(self, visitor, account, clock):
        enter(visitor.client, account)
        for _ in range(36):
            assert visitor.is_signed_in()
            clock.shift(dt.timedelta(minutes=20))
        assert not visitor.is_signed_in()

    @pytest.mark.parametrize("address", ["/account/session", "/admin/jobs/status/"])
    def test_what_a_page_asks_by_itself_keeps_none_alive(self, visitor, account, clock, address):
        enter(visitor.client, account)
        clock.shift(dt.timedelta(minutes=20))
        assert visitor.client.get(address).status_code == 200
        assert stored_sessions()[0].last_seen_at == START

    def test_use_within_a_minute_writes_nothing(self, visitor, account, clock):
        enter(visitor.client, account)
        clock.shift(59)
        visitor.is_signed_in()
        assert stored_sessions()[0].last_seen_at == START
        clock.shift(1)
        visitor.is_signed_in()
        assert stored_sessions()[0].last_seen_at == START + dt.timedelta(minutes=1)


class TestOwnPassword:
    def change(self, visitor, **fields):
        token = visitor.token(PASSWORD_PAGE)
        data = {"old_password": PASSWORD, "new_password": NEW, "repeated": NEW, **fields}
        return visitor.client.post(PASSWORD_PAGE, data={"csrf_token": token, **data})

    def test_initial_password_must_be_changed_first(self, visitor, other_visitor, account):
        change(account, must_change_password=True)
        assert visitor.post().location == PASSWORD_PAGE
        assert visitor.client.get("/admin/").location == PASSWORD_PAGE
        assert "初始密码" in visitor.client.get(PASSWORD_PAGE).text
        response = self.change(visitor)
        assert (response.status_code, response.location) == (303, "/admin/")
        assert visitor.is_signed_in()
        assert other_visitor.post(password=NEW).location == "/admin/"

    def test_session_goes_on_under_a_new_cookie(self, visitor, other_visitor, account):
        enter(visitor.client, account)
        enter(other_visitor.client, account)
        before = visitor.cookie()
        self.change(visitor)
        assert visitor.is_signed_in()
        assert not other_visitor.is_signed_in()
        visitor.client.set_cookie("session", before)
        assert not visitor.is_signed_in()

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"old_password": ""}, "请填写原密码。"),
            ({"old_password": WRONG}, "原密码不正确。"),
            ({"new_password": "x", "repeated": "x"}, "密码至少10个字符。"),
            ({"repeated": NEW + "x"}, "两次输入的新密码不一致，请重新输入。"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_changes(
        self, visitor, other_visitor, account, fields, sentence
    ):
        enter(visitor.client, account)
        response = self.change(visitor, **fields)
        assert response.status_code == 400
        assert sentence in response.text
        assert not any(value in response.text for value in (PASSWORD, NEW, WRONG))
        assert other_visitor.post().status_code == 303

    def test_wrong_old_passwords_stay_counted(self, visitor, account):
        enter(visitor.client, account)
        for _ in range(5):
            self.change(visitor, old_password=WRONG)
        assert self.change(visitor).status_code == 429

"""How often one may ask: counted per session, else per address; stricter where one signs in."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from config import load
from tests.admin_views.screen_cases import city, clerk, tree
from tests.config.right import PRODUCTION
from tests.databases import close

__all__ = ["city", "clerk", "tree"]

NOW = dt.datetime(2018, 1, 10, 1, 30, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def limited(app, clock, monkeypatch):
    """Set a limit of the application; what was counted before is forgotten."""

    def limit(name, text):
        monkeypatch.setitem(app.config, name, text)

    limiter = app.extensions["rate_limiter"]
    monkeypatch.setattr(limiter, "enabled", True)
    limiter.reset()
    yield limit
    limiter.reset()


def statuses(client, address, times, **options):
    return [client.get(address, **options).status_code for _ in range(times)]


class TestAllPages:
    def test_who_asks_too_often_waits_and_is_told_how_long(self, client, limited, clock):
        limited("RATE_LIMIT", "3 per minute")
        # One budget for all pages together.
        assert statuses(client, "/login", 2) == [200, 200]
        assert client.get("/").status_code == 302
        answer = client.get("/login")
        assert answer.status_code == 429
        wait = int(answer.headers["Retry-After"])
        assert 0 < wait <= 61
        assert f"操作过于频繁，请在 {wait} 秒后再试。" in answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        clock.shift(wait)
        assert client.get("/login").status_code == 200

    def test_scripts_are_told_in_json(self, client, limited):
        limited("RATE_LIMIT", "1 per minute")
        client.get("/login")
        answer = client.get("/login", headers={"Accept": "application/json"})
        assert answer.status_code == 429
        assert answer.json["message"].startswith("操作过于频繁")

    def test_posts_count_before_anything_of_them_is_read(self, client, limited):
        limited("RATE_LIMIT", "1 per minute")
        client.get("/login")
        assert client.post("/admin/rosters/action/", data={"x": "y"}).status_code == 429

    def test_addresses_have_their_own_budgets(self, app, limited):
        limited("RATE_LIMIT", "1 per minute")
        for number in (7, 8):
            other = app.test_client()
            there = {"environ_base": {"REMOTE_ADDR": f"192.0.2.{number}"}}
            assert statuses(other, "/login", 2, **there) == [200, 429]

    def test_people_behind_one_address_are_told_apart_by_their_sessions(
        self, limited, city, clerk, client
    ):
        limited("RATE_LIMIT", "2 per minute")
        assert statuses(client, "/login", 3) == [200, 200, 429]
        for worker in (city, clerk):
            assert statuses(worker.client, "/admin/", 3) == [200, 200, 429]

    def test_a_made_up_cookie_is_no_session(self, app, limited):
        limited("RATE_LIMIT", "1 per minute")
        found = []
        for number in range(3):
            client = app.test_client()
            client.set_cookie("session", f"eyJfdXNlcl9pZCI6InRva2VuIn0.{number}.forged")
            found.append(client.get("/login").status_code)
        assert found == [200, 429, 429]

    @pytest.mark.parametrize("address", ["/healthz", "/readyz", "/static/any/css/platform.css"])
    def test_who_watches_and_what_is_static_is_not_counted(self, client, limited, address):
        limited("RATE_LIMIT", "1 per minute")
        assert statuses(client, address, 3) == [200, 200, 200]


class TestStricter:
    def test_attempts_to_sign_in(self, client, limited):
        limited("RATE_LIMIT_SIGN_IN", "2 per minute")
        # Without a token they are refused before they are attempts.
        token = client.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"username": "nobody", "password": "x", "captcha": "x", "csrf_token": token}
        assert client.post("/login", data=form).status_code == 400
        # Both steps of signing in take from the same budget.
        assert client.post("/login/sms", data=form).status_code == 400
        answer = client.post("/login", data=form)
        assert answer.status_code == 429
        assert "秒后再试" in answer.text
        # The page itself can be looked at.
        assert client.get("/login").status_code == 200

    def test_a_session_gives_no_second_budget_for_signing_in(self, limited, clerk):
        limited("RATE_LIMIT_SIGN_IN", "1 per minute")
        assert clerk.post("/login", username="nobody").status_code == 400
        assert clerk.post("/login", username="nobody").status_code == 429

    def test_checks_of_codes(self, client, limited):
        limited("RATE_LIMIT_VERIFY", "2 per minute")
        assert client.get("/verify").status_code == 200
        assert client.get("/verify/ABC").status_code == 200
        assert client.get("/verify/ABD").status_code == 429
        assert client.get("/login").status_code == 200


class TestRedis:
    def test_an_unreachable_one_costs_nobody_anything(self, databases, clock):
        # Nothing listens at this port of this machine.
        app = databases.fresh_app("sqlite", {"REDIS_URL": "redis://127.0.0.1:1/0"})
        app.config["RATE_LIMIT"] = "3 per minute"
        app.extensions["rate_limiter"].enabled = True
        client = app.test_client()
        assert statuses(client, "/login", 3) == [200, 200, 200]
        # Each process counts for itself meanwhile.
        assert client.get("/login").status_code == 429
        close(app)

    def test_none_is_asked_before_the_first_request(self, databases):
        databases_of_nobody = {"REDIS_URL": "redis://:x@redis.invalid:6379/0"}
        close(databases.fresh_app("sqlite", databases_of_nobody))


def test_a_bureau_behind_one_address_is_not_hindered(tmp_path):
    for environ in ({}, PRODUCTION):
        config = load({**environ, "DATA_DIR": str(tmp_path)}).flask_config()
        limits = [config[f"RATE_LIMIT{name}"] for name in ("", "_SIGN_IN", "_VERIFY")]
        assert limits == ["1200 per minute", "60 per minute", "120 per minute"]

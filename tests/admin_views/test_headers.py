from __future__ import annotations

import re

import pytest

from config import Environment
from tests.admin_views.screen_cases import clerk, tree
from tests.config.right import PRODUCTION
from tests.databases import close

__all__ = ["clerk", "tree"]

NONCE = re.compile(r"'nonce-([^']+)'")


@pytest.mark.parametrize("address", ["/login", "/verify", "/healthz", "/no-such-page", "/admin/"])
def test_every_answer_is_guarded(client, address):
    headers = client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'self'", "script-src-attr 'none'", "frame-ancestors 'none'"):
        assert part in policy


def test_nonce_is_new_and_used(clerk):
    answers = [clerk.get("/admin/") for _ in range(2)]
    nonces = [NONCE.search(answer.headers["Content-Security-Policy"])[1] for answer in answers]
    assert nonces[0] != nonces[1]
    assert f'nonce="{nonces[0]}"' in answers[0].text


def test_signing_out_leaves_nothing_in_the_browser(clerk):
    answer = clerk.post("/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in clerk.get("/login").headers


@pytest.fixture
def production(databases):
    made = databases.fresh_app("sqlite", PRODUCTION)
    yield made
    close(made)


class TestProduction:
    ADDRESSES = (
        "/login",
        "/verify",
        "/healthz",
        "/no-such-page",
        "/admin/",
        "/static/any/favicon.svg",
    )

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_every_answer_promises_https(self, production, address):
        answer = production.test_client().get(address, base_url=PRODUCTION["PUBLIC_URL"])
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"

    def test_the_cookie_is_of_this_host_alone(self, production):
        client = production.test_client()
        answer = client.get("/login", base_url=PRODUCTION["PUBLIC_URL"])
        (cookie,) = answer.headers.getlist("Set-Cookie")
        name, *attributes = [part.strip() for part in cookie.split(";")]
        assert name.startswith("__Host-session=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert not any(one.startswith("Domain") for one in attributes)

    def test_the_names_of_a_demonstration_are_foreign(self, production):
        assert production.test_client().get("/login").status_code == 400


def test_transport_is_strict_in_production_only(app, client):
    assert app.config["APP_ENV"] is Environment.TEST
    assert "Strict-Transport-Security" not in client.get("/login").headers

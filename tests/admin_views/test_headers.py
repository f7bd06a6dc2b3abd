from __future__ import annotations

import re

import pytest

from config import Environment
from tests.admin_views.screen_cases import clerk, tree

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


def test_static_files_may_be_kept(client):
    with client.get("/static/favicon.svg") as answer:  # Else its file stays open.
        assert answer.headers["Cache-Control"] != "no-store"


def test_transport_is_strict_in_production_only(app, client):
    assert app.config["APP_ENV"] is Environment.TEST
    assert "Strict-Transport-Security" not in client.get("/login").headers

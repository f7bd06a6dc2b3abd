"""Names under which the platform may be asked, and what is believed of where one comes from."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask, request
from werkzeug.test import create_environ, run_wsgi_app

from admin_views import hosts

FOREIGN = [
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "evil-localhost",
    "localhost@evil.example",
    "localhost:80@evil.example",
    "localhost:80:80",
    "localhost:port",
    "127.0.0.1.evil.example",
    "[::2]",
    "[::1].evil.example",
    "::1",
    "10.0.0.8",
    "evil.example/localhost",
    "localhost/",
    "localhost\\evil",
    "localhost, evil.example",
    "localhost evil.example",
    "evil\xe9.example",
    "*",
    ".",
]
OURS = ["localhost", "localhost:5000", "LOCALHOST", "localhost.", "127.0.0.1:5000", "[::1]:5000"]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_refused_and_repeated_nowhere(client, host):
    for address in ("/login", "/admin/", "/no/such/page", "/static/any/css/platform.css"):
        answer = client.get(address, environ_overrides={"HTTP_HOST": host})
        assert answer.status_code == 400
        assert "访问地址不正确" in answer.text
        assert re.search("请求编号：<code>[0-9a-f]{32}", answer.text)
        assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("host", OURS)
def test_the_own_names_are_answered(client, host):
    assert client.get("/login", environ_overrides={"HTTP_HOST": host}).status_code == 200


def test_a_client_cannot_say_that_its_name_was_looked_at(client):
    """Marks of the gate are no headers."""
    headers = {"platform.foreign_host": "", "X-Platform-Foreign-Host": "1"}
    assert client.get("/login", headers=headers).status_code == 200


def test_a_posted_act_under_a_foreign_name_is_refused(client):
    answer = client.post("/logout", environ_overrides={"HTTP_HOST": "evil.example"})
    assert "访问地址不正确" in answer.text


def seen_behind(hops, **headers):
    """Return what an application behind ``hops`` proxies believes of a request with ``headers``."""
    app = Flask("seen")
    app.config.update(TRUSTED_PROXIES=hops, HOSTS=frozenset({"shiyong.hubei.cn", "localhost"}))
    hosts.register(app)
    app.add_url_rule(
        "/", view_func=lambda: {"is": [request.remote_addr, request.scheme, request.host]}
    )
    environ = create_environ("/", "http://localhost")
    environ |= {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
    # A client of Flask would put an address of its own.
    body, _status, _headers = run_wsgi_app(app, {**environ, "REMOTE_ADDR": "10.0.0.1"})
    return json.loads(b"".join(body))["is"]


UNTOUCHED = ["10.0.0.1", "http", "localhost"]


class TestProxies:
    @pytest.mark.parametrize("name", ["for", "proto", "host"])
    @pytest.mark.parametrize("value", ["192.0.2.66", "https", "evil.example", "a, b, c"])
    def test_without_a_proxy_nothing_is_believed(self, name, value):
        assert seen_behind(0, **{name: value}) == UNTOUCHED

    def test_one_proxy_is_believed(self):
        seen = seen_behind(1, **{"for": "192.0.2.7", "proto": "https", "host": "shiyong.hubei.cn"})
        assert seen == ["192.0.2.7", "https", "shiyong.hubei.cn"]

    def test_what_a_client_puts_before_is_not_read(self):
        assert seen_behind(1, **{"for": "192.0.2.66, 192.0.2.7"})[0] == "192.0.2.7"
        assert seen_behind(2, **{"for": "192.0.2.66, 192.0.2.7, 10.0.0.2"})[0] == "192.0.2.7"

    def test_fewer_proxies_than_said_are_not_believed(self):
        """Whoever reaches the platform past a proxy has one value less than it would have."""
        assert seen_behind(2, **{"for": "192.0.2.66"}) == UNTOUCHED

    def test_other_headers_of_proxies_are_not_read(self):
        assert seen_behind(1, port="444", prefix="/evil", server="evil.example") == UNTOUCHED

    def test_an_address_told_by_nobody_is_no_address_of_ours(self, app, client, monkeypatch):
        """The whole application: the test's has no proxy, so the entry holds where it came from."""
        assert app.config["TRUSTED_PROXIES"] == 0
        seen = []
        app.before_request_funcs.setdefault(None, []).append(
            watch := lambda: seen.append(request.remote_addr)
        )
        client.get("/login", headers={"X-Forwarded-For": "192.0.2.66", "X-Real-IP": "192.0.2.66"})
        app.before_request_funcs[None].remove(watch)
        assert seen == ["127.0.0.1"]

from __future__ import annotations

import re
import runpy

import pytest
import time_machine
from flask import url_for
from gunicorn.http import message as limits
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from admin_views import denials
from admin_views.lifecycle import LARGEST_UPLOADS, LONGEST_QUERY
from extensions import db
from models import Institution, utc_now
from services import home
from services.permissions import Permission
from services.scope import ScopeError
from services.trail.pending import TrailError
from tests.admin_views.screen_cases import city, clerk, entries, fresh, tree
from tests.factories.administrators import make_administrator
from tests.services.trail.trail_cases import break_trail

__all__ = ["city", "clerk", "tree"]

NUMBER = re.compile(r"请求编号：<code>[0-9a-f]{32}</code>")


@pytest.fixture
def raising(monkeypatch):
    """Let the home page fail in a chosen way."""

    def choose(error):
        def fail(_actor):
            raise error

        monkeypatch.setattr(home, "summary", fail)

    return choose


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (IntegrityError("INSERT secret", {"x": "secret"}, Exception("secret")), 409),
        (OperationalError("SELECT secret", {}, Exception("secret")), 503),
        (StaleDataError("secret"), 409),
        (ScopeError("secret"), 403),
        (TrailError("not written"), 503),
        (ValueError("secret"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_mishaps_are_told_without_their_words(app, clerk, raising, caplog, error, status):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    raising(error)
    answer = clerk.get("/admin/")
    assert answer.status_code == status
    assert NUMBER.search(answer.text)
    for word in ("secret", "INSERT", "SELECT", "Traceback"):
        assert word not in answer.text
    assert "secret" not in caplog.text


def test_missing_page(client):
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert "页面或记录不存在" in answer.text
    assert NUMBER.search(answer.text)


@pytest.mark.parametrize("address", ["/login", "/verify", "/admin/institutions/", "/static/x.js"])
def test_a_query_longer_than_any_of_ours(client, clerk, caplog, address):
    for browser in (client, clerk.client):
        answer = browser.get(f"{address}?search={'%00' * 1332}")
        assert answer.status_code == 414
        assert "网址过长" in answer.text
        assert NUMBER.search(answer.text)
    assert "%00" not in caplog.text
    assert client.get(f"/login?search={'x' * 3993}").status_code == 200


def test_the_server_lets_more_through_than_the_platform(app):
    """Else the server would answer in words of its own."""
    settings = runpy.run_path("config/gunicorn.py")
    largest = limits.MAX_REQUEST_LINE
    assert settings["limit_request_line"] == largest > LONGEST_QUERY


def test_scripts_are_answered_in_json(client):
    answer = client.get("/no-such-page", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert set(answer.json) == {"message", "request_id"}


def test_denial_is_told_and_recorded(city):
    answer = city.get("/admin/certificates/new/")
    assert answer.status_code == 403
    assert "没有执行此操作的权限" in answer.text
    (entry,) = entries("request:denied")
    assert entry.object_label == "试用期考核证明（查看）"
    needed = Permission.CERTIFICATE_WRITE.label
    assert entry.changes == [{"label": "所需权限", "old": "", "new": needed}]
    assert entry.request_id in answer.text


def test_what_lies_elsewhere_and_what_is_nowhere_leave_the_same_entry(tree, city):
    foreign = make_administrator(tree.other_hospital)
    db.session.commit()
    addresses = "/admin/administrators/edit/?id={}", "/admin/certificates/{}/print.pdf"
    for address in addresses:
        told = []
        for key in (foreign.id, 1_999_999_999):
            answer = city.get(address.format(key))
            assert answer.status_code == 404
            entry = entries("request:denied")[-1]
            assert entry.actor_id == city.account.id
            assert str(key) in repr(entry.changes)
            told.append(repr([entry.object_label, entry.changes]).replace(str(key), "KEY"))
            told.append((entry.object_type, entry.object_id, entry.owner_path, entry.result))
        assert told[:2] == told[2:]
    assert foreign.username not in repr([one.changes for one in entries("request:denied")])


def test_keys_that_are_posted_are_named_and_words_are_not(tree, city):
    city.post("/admin/institutions/action/", action="lock", rowid=["1999999998", "13800138000"])
    (entry,) = entries("request:denied")
    assert [one["new"] for one in entry.changes if one["label"] == "编号"] == ["1999999998"]


def test_of_several_keys_those_are_named_that_are_not_the_actors(tree, city):
    own, foreign = make_administrator(tree.hospital), tree.other_hospital.id
    db.session.commit()
    keys = [str(tree.hospital.id), str(foreign), str(tree.hospital.id)]
    city.post("/admin/institutions/action/", action="lock", rowid=keys)
    city.get(f"/admin/administrators/edit/?id={own.id}")
    (entry,) = entries("request:denied")
    assert [one["new"] for one in entry.changes if one["label"] == "编号"] == [str(foreign)]


def test_a_key_in_a_field_is_said_on_the_form_and_on_record(tree, city):
    for key in (tree.other_hospital.id, 1_999_999_999):
        typed = {"full_name": "周晓燕", "phone": "13800138000", "institution_id": str(key)}
        answer = city.submit("/admin/administrators/new/", **typed)
        assert answer.status_code == 422
        assert "周晓燕" in answer.text
        entry = entries("request:denied")[-1]
        assert [one["new"] for one in entry.changes if one["label"] == "编号"] == [str(key)]
    assert len(entries("request:denied")) == 2


def test_a_key_in_a_form_that_lacks_something_else_is_on_record_too(tree, city):
    for key in (tree.other_hospital.id, 1_999_999_999):
        answer = city.submit("/admin/institutions/new/", name="新院", parent_id=str(key))
        assert answer.status_code == 422
        assert "不在您的管理范围内" in answer.text
        entry = entries("request:denied")[-1]
        assert [one["new"] for one in entry.changes if one["label"] == "编号"] == [str(key)]
    assert len(entries("request:denied")) == 2


def test_addresses_of_nothing_leave_no_entry(city):
    for address in (
        "/admin/nowhere/",
        "/admin/administrators/edit/",
        "/admin/licences/export/pdf/",
    ):
        assert city.get(address).status_code == 404
    assert entries("request:denied") == []


def test_who_is_refused_again_and_again_does_not_fill_the_trail(city, clerk, monkeypatch):
    monkeypatch.setattr(denials, "MOST_PER_MINUTE", 3)
    with time_machine.travel(utc_now(), tick=False) as clock:
        for _ in range(6):
            assert city.get("/admin/administrators/edit/?id=1999999999").status_code == 404
            assert city.get("/admin/certificates/new/").status_code == 403
        assert len(entries("request:denied")) == 4
        assert "不再逐条记录" in entries("request:denied")[-1].changes[0]["new"]
        # Each session has a budget of its own, and the next minute another one.
        clerk.get("/admin/administrators/edit/?id=1999999999")
        clock.shift(61)
        city.get("/admin/administrators/edit/?id=1999999999")
    assert len(entries("request:denied")) == 6


def test_every_page_has_a_name_for_the_trail(app):
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "." in rule.endpoint and not rule.endpoint.endswith(".static"):
                name = denials.name_of_screen(rule.endpoint)
                assert not name.isascii() or rule.endpoint.startswith("health."), rule.endpoint


def test_forged_request(clerk):
    answer = clerk.client.post("/admin/rosters/action/", data={"action": "submit"})
    assert answer.status_code == 400
    assert "页面已过期" in answer.text
    assert NUMBER.search(answer.text)


@pytest.mark.parametrize("address", ["/admin/certificates/new/", "/login"])
def test_too_much(clerk, address):
    """It is told before anything else of the form is looked at: it may well have no token."""
    size = clerk.client.application.config["MAX_CONTENT_LENGTH"] + 1
    answer = clerk.client.post(address, data={"name": "x" * size})
    assert answer.status_code == 413
    assert "提交的内容过大" in answer.text
    assert NUMBER.search(answer.text)


def test_an_act_that_cannot_be_recorded_is_told_and_not_done(tree, city):
    break_trail(db.session)
    answer = city.act("institutions", "lock", tree.hospital)
    assert answer.status_code == 503
    assert "本次操作没有执行" in answer.text
    assert fresh(Institution, tree.hospital.id).locked_at is None


def test_a_refusal_that_cannot_be_recorded_is_told_as_any_act(app, city):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    break_trail(db.session)
    for address in ("/admin/administrators/edit/?id=1999999999", "/admin/certificates/new/"):
        answer = city.get(address)
        assert answer.status_code == 503
        assert "操作记录无法写入" in answer.text


BOUNDARY = "----limit"


def part(name, size, file_name=""):
    """Return one part of a form as a browser sends it; a client of Werkzeug would leave files."""
    shown = f'; filename="{file_name}"' if file_name else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'
    return head.encode() + b"x" * size + b"\r\n"


class TestSizes:
    """D05: each bound of a request, on either side; what is too large is refused, not cut off."""

    @pytest.fixture
    def send(self, city):
        address = "/admin/administrators/new/"

        def post(*parts):
            token = part("csrf_token", 0).removesuffix(b"\r\n") + city.token.encode() + b"\r\n"
            body = token + b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
            kind = f"multipart/form-data; boundary={BOUNDARY}"
            return city.client.post(address, data=body, content_type=kind).status_code

        return post

    def test_all_of_a_request(self, app, send):
        most = app.config["MAX_CONTENT_LENGTH"]
        assert send(part("file", most, "a.bin")) == 413
        assert send(part("file", 400_000, "a.bin")) == 422

    def test_a_field_of_a_form(self, app, send):
        most = app.config["MAX_FORM_MEMORY_SIZE"]
        assert most < app.config["MAX_CONTENT_LENGTH"]
        assert send(part("a", most + 1)) == 413
        assert send(part("a", most // 2)) == 422

    def test_how_many_fields(self, app, send):
        most = app.config["MAX_FORM_PARTS"]
        assert send(*(part(f"f{number}", 1) for number in range(most))) == 413
        assert send(*(part(f"f{number}", 1) for number in range(most // 2))) == 422

    @pytest.mark.parametrize("endpoint", sorted(LARGEST_UPLOADS))
    def test_pages_that_take_files_take_larger_ones(self, app, city, endpoint):
        with app.test_request_context():
            rule = next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint)
            address = url_for(endpoint, **dict.fromkeys(rule.arguments, 1))
        most = LARGEST_UPLOADS[endpoint]
        assert most > app.config["MAX_CONTENT_LENGTH"]
        # What is announced is refused before it is read.
        size = {"CONTENT_LENGTH": str(most + 1)}
        answer = city.client.post(address, environ_overrides=size, data=b"")
        assert answer.status_code == 413

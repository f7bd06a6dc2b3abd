from __future__ import annotations

import io
import re

import pytest
from flask import url_for
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from admin_views.lifecycle import LARGEST_UPLOADS
from services import home
from services.scope import ScopeError
from tests.admin_views.screen_cases import city, clerk, entries, tree

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


def test_scripts_are_answered_in_json(client):
    answer = client.get("/no-such-page", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert set(answer.json) == {"message", "request_id"}


def test_denial_is_told_and_recorded(city):
    answer = city.get("/admin/certificates/new/")
    assert answer.status_code == 403
    assert "没有执行此操作的权限" in answer.text
    (entry,) = entries("request:denied")
    assert entry.object_label == "GET certificates.create_view"
    assert entry.request_id in answer.text


def test_forged_request(clerk):
    answer = clerk.client.post("/admin/rosters/action/", data={"action": "submit"})
    assert answer.status_code == 400
    assert "页面已过期" in answer.text
    assert NUMBER.search(answer.text)


def test_too_much(clerk):
    answer = clerk.post("/admin/certificates/new/", name="x" * 9_000_000)
    assert answer.status_code == 413
    assert "提交的内容过大" in answer.text
    assert NUMBER.search(answer.text)


class TestSizes:
    """Each bound of a request, on either side of it; what is too large is refused, not cut off."""

    ADDRESS = "/admin/administrators/new/"

    def test_all_of_a_request(self, app, city):
        most = app.config["MAX_CONTENT_LENGTH"]
        for size, wanted in ((most + 1, 413), (most - 1_000_000, 413), (100_000, 422)):
            # The fields of a form have a bound of their own, below that of a request.
            assert city.post(self.ADDRESS, full_name="x" * size).status_code == wanted

    def test_a_file_where_none_is_taken(self, app, city):
        most = app.config["MAX_CONTENT_LENGTH"]
        for size, wanted in ((most, 413), (most // 2, 422)):
            answer = city.post(self.ADDRESS, file=(io.BytesIO(b"x" * size), "a.bin"))
            assert answer.status_code == wanted

    def test_the_fields_of_a_form_together(self, app, city):
        most = app.config["MAX_FORM_MEMORY_SIZE"]
        for size, wanted in ((most + 1, 413), (most // 2, 422)):
            data = {"full_name": "x" * size, "file": (io.BytesIO(b"x"), "a.bin")}
            assert city.post(self.ADDRESS, **data).status_code == wanted

    def test_how_many_fields(self, app, city):
        most = app.config["MAX_FORM_PARTS"]
        for count, wanted in ((most + 1, 413), (most // 2, 422)):
            data = {f"field-{number}": "x" for number in range(count)}
            data["file"] = (io.BytesIO(b"x"), "a.bin")
            assert city.post(self.ADDRESS, **data).status_code == wanted

    @pytest.mark.parametrize("endpoint", sorted(LARGEST_UPLOADS))
    def test_pages_that_take_files_take_larger_ones(self, app, city, endpoint):
        with app.test_request_context():
            rule = next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint)
            values = dict.fromkeys(rule.arguments, 1)
            address = url_for(endpoint, **values)
        most = LARGEST_UPLOADS[endpoint]
        assert most > app.config["MAX_CONTENT_LENGTH"]
        size = {"CONTENT_LENGTH": str(most + 1)}
        answer = city.client.post(address, environ_overrides=size, data={"a": "b"})
        assert answer.status_code == 413

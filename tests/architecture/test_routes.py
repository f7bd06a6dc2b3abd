"""Laws of every route: guarded, with the headers, and with the marks of a page of ours."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

import pytest

from admin_views import VIEWS
from admin_views.guard import PAGE_PERMISSIONS, PUBLIC_ENDPOINTS
from admin_views.headers import PERMISSIONS_POLICY
from extensions import db
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau
from tests.factories.sessions import sign_in
from tests.harness.cases import examples
from tests.harness.registry import ASSETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.harness.runner import Harness, Result

#: Each page that needs no account, and why.
PUBLIC: Final = {
    "static": "style sheets, scripts and fonts hold nothing of anybody",
    "sign_in.login": "whoever signs in has no account yet",
    "sign_in.captcha": "the picture belongs to the sign-in page",
    "sign_in.send_code": "the code belongs to the sign-in page; it needs the password",
    "sign_in.question": "the sum stands for the picture of the sign-in page",
    "second_step.page": "whoever has shown the password has no session before the second factor",
    "second_step.key_options": "the challenge belongs to the page of the second factor",
    "health.alive": "whoever watches the platform has no account",
    "health.ready": "whoever watches the platform has no account",
    "verification.form": "anybody who holds a paper may check its code",
    "verification.check": "anybody who holds a paper may check its code, with masked data",
    "root": "it only leads to the home page, which is guarded",
}
#: Routes of Flask-Admin's grids that screens leave closed: nobody has a permission for them.
STOCK: Final = frozenset(
    {
        *("create_view", "edit_view", "details_view", "delete_view", "action_view"),
        *("ajax_lookup", "ajax_update", "export"),
    }
)
#: What changes something whatever it is asked: never by an address alone.
ACTING: Final = frozenset({"action_view", "delete_view", "ajax_update", "logout", "send_code"})
#: A list asks the database for no more, however many rows it shows.
MOST_QUERIES_OF_A_GRID: Final = 8
MOST_QUERIES: Final = 12
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cache-Control": "no-store",
}
POLICY: Final = {
    "default-src 'self'",
    "script-src-attr 'none'",
    "style-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
#: Of files that people have sent in.
FILE_POLICY: Final = {
    "sandbox",
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}
SCRIPTS: Final = re.compile(r"script-src 'self' 'nonce-[\w-]{20,}'")


def _endpoints(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def test_public_pages_are_exactly_those_with_a_reason():
    assert set(PUBLIC) == PUBLIC_ENDPOINTS


def test_every_route_is_public_or_guarded_or_closed(app: Flask):
    permissions = app.extensions["endpoint_permissions"]
    unknown = [
        endpoint
        for endpoint in sorted(_endpoints(app) - PUBLIC_ENDPOINTS - set(ASSETS))
        if permissions.of(endpoint) is None and endpoint.split(".")[-1] not in STOCK
    ]
    assert not unknown, (
        f"nobody may use {unknown}: name each in the permissions of its screen (or in "
        "admin_views/guard.py), or it is dead"
    )


def test_permissions_are_given_to_routes_that_exist(app: Flask):
    named = {
        f"{view().endpoint}.{name}": permission
        for view in VIEWS
        for name, permission in view.permissions.items()
    }
    assert set(named) | set(PAGE_PERMISSIONS) <= _endpoints(app)
    assert all((*named.values(), *PAGE_PERMISSIONS.values()))


def test_every_screen_says_what_it_needs():
    assert all(view.permissions for view in VIEWS)


def test_acts_are_posts(app: Flask):
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[-1] in ACTING:
            assert rule.methods == {"POST", "OPTIONS"}, rule.rule


@pytest.fixture
def forgetful_app(fresh_app: Flask) -> Flask:
    """An application with a route that nobody has entered anywhere."""
    fresh_app.add_url_rule("/forgotten", "forgotten", lambda: "shown", methods=["GET", "POST"])
    return fresh_app


def test_a_forgotten_route_is_nobodys(forgetful_app: Flask):
    with forgetful_app.app_context():
        account = make_administrator(make_bureau())
        browser = forgetful_app.test_client()
        sign_in(browser, account)
        db.session.commit()
    assert forgetful_app.test_client().get("/forgotten").location == "/login?next=/forgotten"
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/forgotten").status_code == 403


def _answers(harness: Harness) -> list[Result]:
    """Return an answer of every route, and of every screen how it refuses."""
    world = harness.world
    found = []
    screens = set()
    for method in ("GET", "POST"):
        for use, who, thing in examples(world, method=method, at=("HA",)):
            path, form = use.request(world, who, thing)
            found.append(harness.ask(who, path, form))
            if form is not None:
                found.append(harness.ask(who, path, {}))
            screen = use.endpoint.partition(".")[0], method
            if screen not in screens:
                screens.add(screen)
                found.append(harness.ask(world.people["stranger"], path, form))
                found.append(harness.ask(world.people["auditor at A"], path, form))
    found.append(harness.ask(world.people["stranger"], "/no/such/page"))
    return found


#: What the answers must be among which the headers are looked for: type and status of each kind.
KINDS: Final = (
    ("text/html", 200),
    ("text/html", 302),
    *(("text/html", status) for status in (400, 401, 403, 404, 422)),
    ("application/json", 200),
    ("application/pdf", 200),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 200),
    ("image/png", 200),
    ("image/jpeg", 200),
)


# What is said around an answer does not depend on the database, nor how often it is asked; the
# lines that are run are those of the screens' own tests.
on_one_database = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)


@on_one_database
def test_every_answer_has_the_headers_and_every_page_is_ours(harness: Harness):
    answers = _answers(harness)
    seen = {(one.headers["Content-Type"].partition(";")[0], one.status) for one in answers}
    assert not set(KINDS) - seen
    # Nobody sees the page that leads on to another one.
    pages = [one for one in answers if _is_page(one) and not one.location]
    assert len(pages) > 100
    for result in answers:
        for why in _weaknesses(result):
            harness.fail(result, why)
    for result in pages:
        for why in _faults(result):
            harness.fail(result, why)


def _is_page(result: Result) -> bool:
    return result.headers["Content-Type"].startswith("text/html")


def _weaknesses(result: Result) -> Iterator[str]:
    """Yield what the headers of an answer leave open."""
    missing = [name for name, value in HEADERS.items() if result.headers.get(name) != value]
    if missing:
        yield f"without {missing}"
    policy = set(result.headers.get("Content-Security-Policy", "").split("; "))
    shut = policy == FILE_POLICY and not _is_page(result)
    scripts = [part for part in policy if SCRIPTS.fullmatch(part)]
    open_wide = not policy >= POLICY or len(scripts) != 1 or "unsafe" in str(policy)
    if open_wide and not shut:
        yield f"a weak policy {policy}"
    for cookie in result.headers.getlist("Set-Cookie"):
        if "HttpOnly" not in cookie or "SameSite=Lax" not in cookie:
            yield "a cookie that scripts can read"


class Page(HTMLParser):
    """What a page of ours must have, and must not."""

    def __init__(self) -> None:
        super().__init__()
        self.lang = self.title = ""
        self.nonces: list[str | None] = []
        self.code: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.labels: set[str] = set()
        self.words = ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in {"input", "meta", "link", "br", "img", "hr"}:
            self._inside.append(tag)
        if tag == "html":
            self.lang = given.get("lang") or ""
        if tag == "script":
            self.nonces.append(given.get("nonce"))
        if tag == "form":
            self.forms.append({"method": (given.get("method") or "get").lower(), "fields": {}})
        if tag == "input" and self.forms and "form" in self._inside:
            self.forms[-1]["fields"][given.get("name")] = given.get("value")
        self.code += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (given.get("href") or "").lower().startswith("javascript:"):
            self.code.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] == "title":
            self.title += data
        if self._inside and self._inside[-1] == "script" and data.strip():
            self.code.append("script")


def _faults(result: Result) -> Iterator[str]:
    """Yield what is wrong with the text of a page."""
    page = Page()
    page.feed(result.body)
    nonce = re.search(r"'nonce-([\w-]+)'", result.headers["Content-Security-Policy"])
    wrong = {
        "no language": page.lang != "zh-CN",
        "no title in Chinese": not re.search("[\u4e00-\u9fff]", page.title),
        "a script without the nonce": any(one != nonce[1] for one in page.nonces),
        f"code in the page {page.code}": bool(page.code),
        "a form without a token": any(
            form["method"] == "post" and not form["fields"].get("csrf_token") for form in page.forms
        ),
        "a token in an address": any(
            form["method"] == "get" and "csrf_token" in form["fields"] for form in page.forms
        ),
    }
    return (why for why, holds in wrong.items() if holds)


@on_one_database
def test_no_page_asks_too_often(harness: Harness):
    world = harness.world
    for at in ("P", "HA"):
        for use, who, thing in examples(world, method="GET", at=(at,)):
            result = harness.ask(who, *use.request(world, who, thing))
            is_grid = use.endpoint.endswith(".index_view") and "{key}" not in use.path
            most = MOST_QUERIES_OF_A_GRID if is_grid else MOST_QUERIES
            if result.queries > most:
                harness.fail(result, f"{result.queries} queries")

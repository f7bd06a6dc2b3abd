"""Every text of the platform is hostile and every page is opened: none becomes more than text.

Answers are read without a browser; what page scripts do with them is seen in Chromium.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import time_machine
from flask import current_app
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from extensions import db
from models import Administrator, GridPreference
from models.engine import writing
from services import reference
from services.actor import actor_of
from services.institutions import importing
from services.scope import Reason, unscoped
from tests.e2e.answers import Answer
from tests.e2e.poison import COMPUTED, HOSTILE, marked, poison
from tests.factories.actors import acting
from tests.factories.jobs import fail_job, make_job
from tests.factories.trail import make_entry
from tests.factories.workbooks import import_table
from tests.harness import building
from tests.harness.fixtures import NOW
from tests.services.factor_cases import add_key

# What the server makes of a text does not depend on where it is stored.
pytestmark = pytest.mark.parametrize("database_backend", ["sqlite"], indirect=True)

#: Who looks at everything that the menus, and the links behind them, lead to.
PEOPLE: Final = (
    *("initial at HA2", "operator at HA1", "operator at A", "operator at P", "auditor at A"),
    *("system administrator", "security administrator", "audit administrator"),
)
#: Between them they have every form, and an act on every kind of row.
SENDERS_OF_FORMS: Final = ("operator at HA1", "operator at A", "security administrator")
STRANGERS: Final = ("/login", "/verify", f"/verify/{quote(HOSTILE, safe='')}", "/login/second")
#: Files, not pages; tests/exports reads what stands in them.
FILES: Final = re.compile(r"\.(pdf|xlsx|png|jpg)$|/export/|/library$|/scans/\d+")
#: Arguments that make another page of an address; all others only choose among rows.
TELLING: Final = frozenset({"id", "institution", "tab"})
#: Hostile columns of which no page shows anything, and why.
NOT_SHOWN: Final = {
    "account_batches.account_ids": "numbers, no texts",
    "audit_entries.object_type": "stands for a word; one that does not is not shown",
    "administrators.phone": "shown masked only",
    "exam_categories.certificate_category_code": "compared only",
    "grid_preferences.query": "read as filters, of which it has none",
    "institutions.deleted_by": "the bin reads off the trail who it was",
    "jobs.arguments": "read as filters, of which it has none",
    "jobs.file_name": "a result is saved under it; no page names it",
    "submission_codes.content": "its code no longer vouches for it, and then it is not told",
}
#: Forms that are not filled in, and why.
UNFILLED: Final = {
    "/logout": "it ends the session with which the others are sent",
    "/account/sessions/end": "it ends the session with which the others are sent",
    "/account/keys": "its script asks a key of the browser; tests/services hold what is said then",
}
#: What tells where a hostile text comes from.
MARK: Final = re.compile(r"\[([a-z_]+\.[a-z_]+)\]")
REFUSAL: Final = re.compile(r"responded with a status of 4\d\d")
#: Columns of the trail that are words; the rest names places and acts.
ENTRY: Final = (
    *("actor_name", "institution_name", "object_type", "object_label", "address", "request_id"),
)

#: What a page is after a hostile text has become part of it.
BREACHES: Final = """computed => {
  const found = window.hits ? ["a script ran"] : [];
  for (const element of document.querySelectorAll("*")) {
    if (element.localName === "hit-me") found.push("an element was made");
    for (const { name, value } of element.attributes) {
      if (/^on|hit-me/.test(name)) found.push(`${element.localName} got the attribute ${name}`);
      if (/^(href|src|action|formaction)$/.test(name) && /^\\s*javascript:/i.test(value)) {
        found.push(`${element.localName} got a script as its ${name}`);
      }
    }
  }
  if (document.documentElement.outerHTML.includes(computed)) found.push("a template was filled in");
  return found;
}"""
DETAILS: Final = (
    """() => document.querySelectorAll("details").forEach((one) => { one.open = true; })"""
)
#: Press whatever asks back about the first row, and read the question; then say no.
ASKED: Final = """() => {
  document.querySelector("table.grid tbody tr[data-key] td:last-child")?.click();
  let asked = 0;
  for (const tool of document.querySelectorAll(".tool[data-action], .tool[data-switch]")) {
    if (tool.disabled) continue;
    tool.click();
    asked += 1;
    document.querySelector("[data-dialog-cancel]").click();
  }
  return asked;
}"""
SEND: Final = """([hostile, { at, name, value }]) => {
  if (at < 0) {
    document.querySelector("table.grid tbody tr[data-key] td:last-child")?.click();
    document.querySelector(`.tool[data-action="${value}"]`).click();
    document.querySelector("[data-dialog-reason] textarea").value = hostile;
    document.querySelector("[data-dialog-confirm]").click();
    return;
  }
  const form = document.forms[at];
  form.noValidate = true;
  for (const field of form.elements) {
    if (/^(text|search|tel|email|password|textarea|url)$/.test(field.type)) {
      field.removeAttribute("maxlength");
      field.disabled = field.readOnly = false;
      field.value = hostile;
    }
  }
  const button = [...form.elements]
    .find((one) => one.type === "submit" && one.name === name && one.value === value);
  if (button) { button.disabled = false; form.requestSubmit(button); } else form.requestSubmit();
  // Some acts ask first.
  document.querySelector("dialog[open] [data-dialog-confirm]")?.click();
}"""


class Crawler:
    """Opens what there is, and notes what became of the hostile texts.

    What the server makes of a text is read off its answer. What scripts make of it is seen in the
    browser: on as many pages as it takes to have each thing once of which scripts take hold.
    """

    def __init__(self, app, page, address, console):
        self.app, self.page, self.address, self.console = app, page, address, console
        self.opened, self.looked, self.questions = 0, 0, 0
        self.sent, self.sent_in_browser, self._hooks_sent = set(), 0, set()
        self.seen, self.wrong = set(), []
        self._client, self._cookie, self._visits = None, None, []
        page.add_init_script("window.__hit = () => { window.hits = true; };")
        page.on("dialog", self._answer)

    def sign_in(self, cookie):
        self._client, self._cookie = self.app.test_client(), cookie
        if cookie:
            self._client.set_cookie("session", cookie, domain="127.0.0.1")

    def crawl(self, *starts):
        """Open all that is linked, once for each kind of address; return what can be sent there."""
        waiting, known, senders = deque(self.address + start for start in starts), set(), {}
        while waiting:
            link = waiting.popleft()
            if not link.startswith(self.address) or FILES.search(urlsplit(link).path):
                continue
            if _shape(link) in known:
                continue
            known.add(_shape(link))
            answer = self._ask(link)
            self._read(answer, link)
            self.opened += 1
            self._visits.append((self._cookie, link, answer.hooks()))
            waiting.extend(answer.links())
            for sender in answer.senders():
                key = _key(sender)
                if not (key in self.sent or key[0] in UNFILLED or FILES.search(sender["path"])):
                    senders.setdefault(key, (link, sender))
        return senders

    def send(self, senders):
        """Fill every text of each form in with a hostile one, and send it; then act on rows.

        The first form that has something of which scripts take hold is sent in the browser.
        """
        for key, (link, sender) in sorted(senders.items(), key=lambda one: one[1][1]["at"] < 0):
            before = self._ask(link)
            if not any(_key(one) == key for one in before.senders()):
                # What was sent before has taken the form away.
                continue
            hooks = before.hooks_of(sender)
            if hooks - self._hooks_sent:
                self._hooks_sent |= hooks
                self._send_in_browser(link, sender)
            else:
                method, address, fields = before.filled(sender, HOSTILE)
                place = "query_string" if method == "GET" else "data"
                answer = self._ask(address, method=method, **{place: MultiDict(fields)})
                self._read(answer, f"{key} sent from {link}")
            self.sent.add(key)

    def look(self):
        """Open in the browser, with its scripts, what has everything of which they take hold."""
        missing = set().union(*(hooks for _, _, hooks in self._visits))
        while missing:
            cookie, link, hooks = max(self._visits, key=lambda one: len(one[2] & missing))
            missing -= hooks
            self._open(link, cookie)
            self._judge(link)
            self._unfold()
            self._judge(f"{link} (unfolded)")
            self.questions += self.page.evaluate(ASKED)
            self._judge(f"{link} (asked)")
            self.looked += 1

    def _open(self, link, cookie):
        self.page.context.clear_cookies()
        if cookie:
            session = {"name": "session", "value": cookie, "url": self.address}
            self.page.context.add_cookies([session])
        self.page.goto(link)

    def _unfold(self):
        """Have scripts draw what they ask the server for: the tree and the lists of names."""
        self.page.evaluate(DETAILS)
        if self.page.locator("[data-org]").count():
            self.page.get_by_role("treeitem").first.wait_for(state="attached")
        for box in self.page.locator("[data-lookup]:visible:enabled").all():
            box.fill("")
            box.press("ArrowDown")
            self.page.locator(".lookup-list:not([hidden]) li").first.wait_for()

    def _send_in_browser(self, link, sender):
        self._open(link, self._cookie)
        with self.page.expect_navigation():
            self.page.evaluate(SEND, [HOSTILE, sender])
        self._judge(f"{sender} sent from {link} in the browser")
        self.sent_in_browser += 1

    def _ask(self, link, **options):
        answer = self._client.open(link, base_url=self.address, follow_redirects=True, **options)
        text = answer.text if answer.mimetype == "text/html" else ""
        return Answer(answer.request.url, text)

    def _read(self, answer, what):
        self.wrong += [f"{what}: {one}" for one in answer.breaches()]
        self.seen |= set(MARK.findall(answer.text))

    def _judge(self, what):
        self.wrong += [f"{what}: {one}" for one in self.page.evaluate(BREACHES, COMPUTED)]
        # That an answer is a refusal, the browser says in its console, too.
        self.wrong += [f"{what}: {one}" for one in self.console if not REFUSAL.search(one)]
        self.console.clear()

    def _answer(self, dialog):
        if dialog.type == "alert":
            self.wrong.append(f"{self.page.url}: an alert")
        dialog.accept()


def _shape(link):
    parts = urlsplit(link)
    telling = sorted((k, _without_numbers(v)) for k, v in parse_qsl(parts.query) if k in TELLING)
    return _without_numbers(parts.path), tuple(telling)


def _key(sender):
    # The settings of one grid are those of any.
    path = re.sub(r"^/admin/[\w-]+/preferences/$", "/admin/*/preferences/", sender["path"])
    return _without_numbers(path), sender["name"], sender["value"]


def _without_numbers(text):
    return re.sub(r"\d+", "N", text)


@pytest.fixture
def world(committed_app):
    with time_machine.travel(NOW, tick=True):
        with committed_app.app_context():
            with writing():
                made = building.build()
                add_more(made)
            with db.engine.begin() as connection:
                made.poisoned = poison(connection)
            reference.forget()
        yield made


def add_more(world):
    """Add what the world does not have: a key, hostile entries in the trail, a hostile workbook."""
    with unscoped(Reason.MAINTENANCE):
        who = world.people["operator at A"]
        account = db.session.scalars(select(Administrator).where(Administrator.id == who.key)).one()
        add_key(account)
        actor = actor_of(account, account.institution, address="192.0.2.1")
        for path in world.paths.values():
            make_entry(
                owner_path=path,
                actor_path=path,
                **{name: marked(f"audit_entries.{name}") for name in ENTRY},
                changes=[
                    {name: marked(f"audit_entries.{name}") for name in ("label", "old", "new")}
                ],
            )
        for view in current_app.extensions["admin"][0]._views:
            columns = [str(name) for name in getattr(view, "column_list", None) or ()]
            # Nobody has hidden a column.
            db.session.add_all(
                GridPreference(administrator_id=one.key, screen=view.endpoint, columns=columns)
                for one in world.people.values()
                if columns and one.key
            )
        fail_job(make_job(actor), "done for")
    row = {"name": marked("workbook.name"), "category_code": "D600 村卫生室"}
    with acting(actor):
        importing.upload(actor, marked("workbook.file") + ".xlsx", import_table([row, row]))
    db.session.commit()
    db.session.remove()


@pytest.fixture
def crawler(page, committed_app, console, live_server, world):
    made = Crawler(committed_app, page, live_server, console)
    cookies = committed_app.session_interface.get_signing_serializer(committed_app)
    visits = {
        name: cookies.dumps({"browser": name, "_user_id": token, "_fresh": False})
        for name, token in world.tokens.items()
    }
    made.become = lambda name: made.sign_in(visits.get(name))
    return made


def test_no_text_becomes_more_than_text(crawler, world):
    for name in PEOPLE:
        crawler.become(name)
        crawler.crawl("/admin/")
    crawler.become("stranger")
    crawler.crawl(*STRANGERS)
    crawler.look()
    assert not crawler.wrong, "\n".join(crawler.wrong)
    # What is not shown proves nothing.
    assert crawler.opened > 140
    assert crawler.looked > 15
    assert crawler.questions > 15
    expected = world.poisoned | {f"audit_entries.{name}" for name in ENTRY} | {"workbook.name"}
    assert expected - crawler.seen == set(NOT_SHOWN)


def test_nor_does_what_is_typed_into_a_form(crawler):
    for name in SENDERS_OF_FORMS:
        crawler.become(name)
        crawler.send(crawler.crawl("/admin/"))
    crawler.become("stranger")
    crawler.send(crawler.crawl(*STRANGERS))
    assert not crawler.wrong, "\n".join(crawler.wrong)
    assert len(crawler.sent) > 45

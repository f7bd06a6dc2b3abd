"""Whatever is done, no ID number, phone, e-mail or password stands in clear where it must not.

Every use of every route is made over HTTP, people sign in by SMS, and the platform fails in every
way; then the database's own bytes, the data folder, all log records and all addresses are searched.
"""

from __future__ import annotations

import io
import logging
from typing import Final

import pytest
import time_machine
from flask import request, request_started
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from extensions import db
from models import Administrator, AuditEntry, Base
from models.engine import writing
from services import certificates
from services.outbox import FILE_NAME
from services.scope import Reason, unscoped
from tests.admin_views.sign_in_cases import TOKEN, sent
from tests.factories import uploads
from tests.factories.administrators import make_administrator
from tests.factories.certificates import certificate_input, make_id_number
from tests.factories.people_tables import people_table, person_row
from tests.factories.workbooks import HEADERS, KEYS, table
from tests.harness import building, forms
from tests.harness.cases import examples
from tests.harness.fixtures import NOW

PASSWORD, ANSWER = "Shizhi-7204", "TMW3"
USERNAME = "hb2999901"
#: What people type besides the numbers of the world: field → text.
TYPED: Final = {
    "phone": "13788880001",
    "wrong phone": "13788880002",
    "phone as a user name": "13788880003",
    "new phone": "13788880004",
    "number in a keyword": "13788880005",
    "number in a workbook": "13788880006",
    "phone in a file's name": "13788880007",
    "phone in a table of people": "13788880008",
    "ID number in a table of people": make_id_number(),
    "wrong ID number in a table of people": make_id_number()[:-1],
    "ID number in a file's name": make_id_number(),
    "email": "canary.typed@example.com",
    "password": PASSWORD,
    "wrong password": "Canary-Wrong-7205",
    "phone in a form": "13711110001",
    "email in a form": "lisi@example.com",
    "ID number in a form": forms._ID_NUMBER,
    "ID number of an error": make_id_number(),
}
#: The phone of everybody, as the demonstration and the tests have it: texts that were sent.
TELEPHONE: Final = FILE_NAME


class Town:
    """The world of the harness, its people at their browsers, and all that was asked."""

    def __init__(self, app, world):
        self.app, self.world = app, world
        self.addresses, self.statuses = [], []
        self._cookies = app.session_interface.get_signing_serializer(app)
        self._tokens = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")
        self._browsers = {}
        request_started.connect(self._note, app)

    def ask(self, who, path, form=None, **headers):
        client = self._browser(who)
        if form is None:
            answer = client.get(path, headers=headers)
        else:
            data = {"csrf_token": self._tokens.dumps("visit"), **form}
            answer = client.post(
                path, data=data, headers={"Referer": "http://localhost/", **headers}
            )
        self.statuses.append(answer.status_code)
        self.addresses.append(answer.headers.get("Location", ""))
        return answer

    def _browser(self, who):
        if who not in self._browsers:
            client = self.app.test_client()
            visit = {"csrf_token": "visit", "browser": f"browser of {who}"}
            if who in self.world.tokens:
                visit |= {"_user_id": self.world.tokens[who], "_fresh": False}
            client.set_cookie("session", self._cookies.dumps(visit))
            self._browsers[who] = client
        return self._browsers[who]

    def _note(self, _sender, **_more):
        self.addresses.append(request.url)


@pytest.fixture
def loud(caplog):
    """Every logger says all that it can; the engine's its statements, without the rows it reads."""
    caplog.set_level(logging.DEBUG)
    # It does not follow the others, and an engine asks it once, when it is made.
    caplog.set_level(logging.INFO, logger="sqlalchemy.engine")
    return caplog


@pytest.fixture
def town(loud, committed_app, monkeypatch):
    monkeypatch.setitem(committed_app.config, "CAPTCHA_ANSWER", ANSWER)
    with time_machine.travel(NOW, tick=False):
        with committed_app.app_context(), writing():
            world = building.build()
            with unscoped(Reason.MAINTENANCE):
                key = world.people["operator at A2"].key
                neighbour = db.session.scalars(
                    select(Administrator).where(Administrator.id == key)
                ).one()
                make_administrator(
                    neighbour.institution,
                    username=USERNAME,
                    password=PASSWORD,
                    phone=TYPED["phone"],
                    email=TYPED["email"],
                )
            db.session.commit()
            db.session.remove()
        yield Town(committed_app, world)


def test_no_number_stands_in_clear(town, loud, monkeypatch):
    sign_in_by_sms(town)
    upload_wrong_rows(town)
    import_people(town)
    upload_named_files(town)
    search(town)
    make_every_use(town)
    fail_in_every_way(town, monkeypatch)
    texts, contents = canaries(town.world), dict(places(town, loud))
    assert len(texts) > 100
    assert_search_works(town, contents)
    found = {
        place: sorted({name for text, name in texts.items() if text in content})
        for place, content in contents.items()
    }
    assert {place: names for place, names in found.items() if names} == {}


def canaries(world):
    """Return every text that must not be found → what it is."""
    watched = {
        canary.text: canary.field
        for canary in world.canaries._others.values()
        if canary.field in {"phone", "id_number"}
    }
    watched |= {
        f"{canary.text}@example.com": canary.field
        for canary in world.canaries._words.values()
        if canary.field == "email"
    }
    return watched | {text: name for name, text in TYPED.items()}


def places(town, loud):
    """Yield every place where something may have been left → all that stands there."""
    with town.app.app_context():
        if db.engine.dialect.name == "sqlite":
            path = db.engine.url.database
            for suffix in ("", "-wal"):
                with open(f"{path}{suffix}", "rb") as file:  # noqa: PTH123 - the name is a string
                    yield f"database{suffix}", file.read().decode("latin-1")
        else:
            yield "database", dump()
        with unscoped(Reason.MAINTENANCE):
            entries = db.session.scalars(select(AuditEntry)).all()
        yield "trail", repr([(one.object_label, one.actor_name, one.changes) for one in entries])
    for file in town.app.config["DATA_DIR"].rglob("*"):
        if file.is_file() and file.name != TELEPHONE:
            yield str(file), file.read_bytes().decode("latin-1")
    yield "log", loud.text + "".join(repr(record.__dict__) for record in loud.records)
    yield "addresses", "\n".join(town.addresses)


def dump():
    """Return all rows of all tables as the database itself writes them."""
    with db.engine.connect() as connection:
        rows = [
            connection.exec_driver_sql(f'SELECT one::text FROM "{name}" AS one').scalars().all()  # noqa: S608
            for name in Base.metadata.tables
        ]
    return "\n".join(text for table_rows in rows for text in table_rows)


def assert_search_works(town, found):
    """The search looks where things are: what may stand there in clear, it finds."""
    name = town.world.names["HA1"]
    kept = [place for place in found if place.startswith("database")]
    # PostgreSQL shows its rows as text; SQLite keeps texts in UTF-8 bytes.
    assert any(name in found[place] or _bytes_of(name) in found[place] for place in kept)
    assert "INSERT INTO administrators" in found["log"]
    assert "/admin/certificates/new/" in found["addresses"]
    outbox = (town.app.config["DATA_DIR"] / TELEPHONE).read_text(encoding="utf-8")
    assert TYPED["phone"] in outbox


def _bytes_of(text):
    return text.encode().decode("latin-1")


def sign_in_by_sms(town):
    fields = {
        "login_type": "institution",
        "method": "sms",
        "username": USERNAME,
        "password": PASSWORD,
        "phone": TYPED["phone"],
        "captcha": ANSWER,
    }

    def post(path, **more):
        # The page draws the picture.
        town.ask("guest", "/login")
        return town.ask("guest", path, {**fields, **more})

    post("/login/sms", phone=TYPED["wrong phone"])
    post("/login/sms", username=TYPED["phone as a user name"], password=TYPED["wrong password"])
    assert post("/login/sms").status_code == 200
    code = sent(town.app)[-1]["code"]
    assert post("/login", sms_code=f"{(int(code) + 1) % 10**6:06d}").status_code == 401
    assert post("/login", sms_code=code).status_code == 303
    # The new session has a new token.
    token = TOKEN.search(town.ask("guest", "/account/phone").text)[1]
    form = {"act": "send", "phone": TYPED["new phone"], "password": PASSWORD, "csrf_token": token}
    asked = town.ask("guest", "/account/phone", form)
    assert asked.status_code == 200
    assert sent(town.app)[-1]["phone"] == TYPED["new phone"]


def upload_wrong_rows(town):
    row = {
        "name": TYPED["number in a workbook"],
        "category_code": TYPED["ID number of an error"],
        "postcode": TYPED["number in a workbook"],
    }
    data = table([HEADERS, [row.get(key) for key in KEYS]])
    answer = town.ask(
        "operator at A",
        "/admin/institutions/import/",
        {"file": (io.BytesIO(data), named("xlsx"))},
    )
    assert answer.status_code == 302
    preview = town.ask("operator at A", answer.headers["Location"])
    assert TYPED["number in a workbook"] in preview.text


def import_people(town):
    """Bring people in by a table; another one that is wrong waits while everything is searched."""
    person = person_row(
        id_number=TYPED["ID number in a table of people"],
        phone=TYPED["phone in a table of people"],
    )
    wrong = {**person, "id_number": TYPED["wrong ID number in a table of people"], "school": ""}
    for rows, act in (([person], "apply"), ([{**person, "phone": "1"}, wrong], None)):
        file = io.BytesIO(people_table(rows)), named("xlsx")
        answer = town.ask("operator at HA1", "/admin/certificates/import/", {"file": file})
        assert answer.status_code == 302
        preview = town.ask("operator at HA1", answer.location)
        for number in rows:
            assert number["id_number"] not in preview.text
        marked = answer.location.replace("batch/", "marked.xlsx")
        assert town.ask("operator at HA1", marked).status_code == 200
        if act is not None:
            decided = town.ask("operator at HA1", answer.location, {"act": act, "version": "1"})
            assert decided.location.endswith("/admin/certificates/")


def named(ending):
    """Return the name of a file as people give it."""
    numbers = (TYPED[f"{kind} in a file's name"] for kind in ("ID number", "phone"))
    return f"周某{'_'.join(numbers)}.{ending}"


def upload_named_files(town):
    """Upload scans, right and wrong, and a wrong table under names that hold numbers."""
    licence = next(one for one in town.world.of_kind("licence") if one.node.name == "HA1")
    for data, status in ((uploads.jpeg(), 302), (b"no picture", 422)):
        form = {"act": "upload", "files": (io.BytesIO(data), named("jpg"))}
        answer = town.ask("operator at HA1", f"/admin/licences/{licence.key}/scans/", form)
        assert answer.status_code == status
        assert TYPED["ID number in a file's name"] not in answer.text
    form = {"file": (io.BytesIO(b"no workbook"), named("xlsx"))}
    answer = town.ask("operator at A", "/admin/account-batches/", form)
    assert answer.status_code == 422


def search(town):
    """Look for a number where names are looked for, and have the browser remember the list."""
    for screen in ("certificates", "administrators", "institutions", "rosters", "licences"):
        number = TYPED["number in a keyword"]
        query = f"search={number}"
        found = town.ask("operator at HA1", f"/admin/{screen}/", {"search": number})
        assert found.status_code == 303
        assert town.ask("operator at HA1", found.location).status_code == 200
        kept = town.ask(
            "operator at HA1", f"/admin/{screen}/preferences/", {"act": "remember", "query": query}
        )
        assert kept.status_code == 204


def make_every_use(town):
    """Read, write, print and export all that the routes are there for, as whoever may do it."""
    for method in ("GET", "POST"):
        with town.app.app_context():
            cases = list(examples(town.world, method=method, at=("HA1", "A1")))
        for use, who, thing in cases:
            with town.app.app_context():
                path, form = use.request(town.world, who, thing)
            town.ask(who.name, path, form)
    assert sum(status < 400 for status in town.statuses) > 100
    assert 500 not in town.statuses


def fail_in_every_way(town, monkeypatch):
    """Let the program break over a certificate, and hand out the pages that say so."""
    data = forms.entered(certificate_input(id_number=TYPED["ID number of an error"]))
    form = {**data, "phone": TYPED["phone"], "form_key": "", "version": ""}
    told = f"{form['id_number']} {form['phone']}"
    for error, status in (
        (RuntimeError(told), 500),
        (KeyError(told), 500),
        (IntegrityError(f"INSERT '{told}'", {"phone": told}, Exception(told)), 422),
        (OperationalError(f"UPDATE '{told}'", (told,), Exception(told)), 503),
        (StaleDataError(told), 409),
        (NotFound(told), 404),
        (BadRequest(told), 400),
        (Forbidden(told), 403),
    ):
        with monkeypatch.context() as broken:
            broken.setattr(certificates, "create", _raising(error))
            page = town.ask("operator at HA1", "/admin/certificates/new/", form)
        assert page.status_code == status, error
        # A form that is shown again holds what was typed into it.
        assert status == 422 or not any(number in page.text for number in told.split())
    # What was typed never comes to the program.
    for path, more, status in (
        ("/admin/nowhere/", {}, 404),
        ("/admin/certificates/new/", {"csrf_token": "x"}, 400),
        ("/admin/certificates/new/", {"url": f"https://evil.example/{told}"}, 400),
        ("/admin/permissions/", {}, 405),
    ):
        page = town.ask("operator at HA1", path, {**form, **more})
        assert page.status_code == status
        assert not any(number in page.text for number in told.split())


def _raising(error):
    def fail(*_arguments, **_named):
        raise error

    return fail

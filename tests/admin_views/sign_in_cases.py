"""What the tests of the sign-in pages share: an account, and visitors at browsers."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
import time_machine
from sqlalchemy import func, select

from extensions import db
from models import SignInSession
from services import captcha
from services.outbox import FILE_NAME
from services.scope import Reason, unscoped
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau

PASSWORD, WRONG, NEW = "Shizhi-7204", "Shizhi-7205", "Chengqiang-Hulu-88"
PHONE, OTHER_PHONE = "13800138000", "13900139000"
START = dt.datetime(2017, 12, 27, 8, tzinfo=dt.UTC)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PASSWORD_PAGE = "/account/password"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account(app, clock):
    return make_administrator(
        make_bureau(), username="hb2000201", password=PASSWORD, phone=PHONE, full_name="王五"
    )


@pytest.fixture
def pictures(monkeypatch):
    """The answers of the pictures that were drawn, in their order."""
    drawn = []
    monkeypatch.setattr(captcha, "draw", lambda answer: (drawn.append(answer), b"png")[1])
    return drawn


class Visitor:
    """A person at a browser who looks at the page and fills in its form."""

    def __init__(self, client, pictures):
        self.client = client
        self._pictures = pictures

    def token(self, page="/login"):
        return TOKEN.search(self.client.get(page).text)[1]

    def picture(self):
        assert self.client.get("/login/captcha.png").mimetype == "image/png"
        return self._pictures[-1]

    def post(self, path="/login", *, json_wanted=False, **fields):
        data = {
            "login_type": "institution",
            "method": "password",
            "username": "hb2000201",
            "password": PASSWORD,
            "csrf_token": self.token(),
            **fields,
        }
        if "captcha" not in data:
            data["captcha"] = self.picture()
        headers = {"Accept": "application/json"} if json_wanted else {}
        return self.client.post(path, data=data, headers=headers)

    def ask_for_code(self, **fields):
        return self.post("/login/sms", method="sms", **{"phone": PHONE, **fields})

    def sign_in_by_sms(self, code, **fields):
        return self.post(method="sms", sms_code=code, **{"phone": PHONE, "captcha": "", **fields})

    def is_signed_in(self):
        return self.client.get(PASSWORD_PAGE).status_code == 200

    def cookie(self):
        return self.client.get_cookie("session").value


@pytest.fixture
def visitor(account, client, pictures):
    return Visitor(client, pictures)


@pytest.fixture
def other_visitor(account, app, pictures):
    return Visitor(app.test_client(), pictures)


def sent(app):
    path = app.config["DATA_DIR"] / FILE_NAME
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def stored_sessions():
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalars(select(SignInSession).order_by(SignInSession.id)).all()


def count(model):
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalar(select(func.count()).select_from(model))


def change(account, **values):
    with unscoped(Reason.MAINTENANCE):
        for name, value in values.items():
            setattr(account, name, value)
        db.session.flush()


def shown(response, *, without=()):
    """Return an answer as a person sees it, without what differs from request to request."""
    text = TOKEN.sub("", response.text)
    text = re.sub(r'nonce="[^"]+"', "", text)
    for part in without:
        text = text.replace(part, "…")
    headers = sorted(
        (key, value)
        for key, value in response.headers
        if key not in {"Content-Security-Policy", "Content-Length", "Set-Cookie"}
    )
    return response.status_code, headers, text

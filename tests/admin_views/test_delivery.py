"""What a request puts into the outbox leaves with it, whichever screen it was."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from extensions import db
from models import OutboxMessage, utc_now
from services import outbox
from tests.admin_views.screen_cases import city, fresh, tree
from tests.admin_views.sign_in_cases import sent
from tests.factories.administrators import make_administrator

__all__ = ["city", "tree"]

PHONE = "13800138000"


@pytest.fixture
def account(tree):
    return make_administrator(tree.hospital, phone=PHONE)


@pytest.mark.parametrize("name", ["reset", "unbind"])
def test_the_owner_is_told_at_once(app, city, account, name):
    city.act("administrators", name, account)
    (message,) = sent(app)
    assert message["phone"] == PHONE
    assert account.username in message["text"]
    assert all(row.text == "" for row in db.session.scalars(select(OutboxMessage)))


def test_so_is_the_owner_of_a_phone_that_was_replaced(app, city, account):
    city.submit(f"/admin/administrators/edit/?id={account.id}", phone="13900139000")
    (message,) = sent(app)
    assert message["phone"] == PHONE


def test_a_request_that_fails_sends_nothing(app, city, account, monkeypatch):
    def fail(*_arguments):
        raise RuntimeError

    monkeypatch.setattr("services.audit.record", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        assert city.act("administrators", "reset", account).status_code == 500
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert sent(app) == []
    assert not fresh(type(account), account.id).must_change_password


def test_a_request_without_a_message_leaves_the_outbox_alone(app, city):
    outbox.queue(phone=PHONE, text="通知", code=None, purpose="notice", expires=utc_now())
    assert outbox.take_queued()
    assert not outbox.take_queued()
    city.get("/admin/")
    assert sent(app) == []

from __future__ import annotations

import datetime as dt
import json
import logging
import stat

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import OutboxMessage, utc_now
from services import outbox
from services.outbox import SIGNATURE, FileGateway, Message, NullGateway

PHONE, CODE = "13800138000", "330228"
TEXT = f"登录验证码{CODE}"


class Recorder:
    """A gateway that remembers what it got, and fails at the messages it is told to."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.got = []
        self.fails_at = fails_at

    def send(self, message):
        if self.fails_at == len(self.got):
            raise TimeoutError(f"no answer for {message.phone}: {message.text}")
        self.got.append(message)


@pytest.fixture
def gateway(app, monkeypatch):
    recorder = Recorder()
    monkeypatch.setitem(app.extensions, "sms_gateway", recorder)
    return recorder


def queue(text=TEXT, minutes=5):
    return outbox.queue(
        phone=PHONE,
        text=text,
        code=CODE,
        purpose="sign_in",
        expires=utc_now() + dt.timedelta(minutes=minutes),
    )


def deliver():
    messages = outbox.claim()
    db.session.commit()
    sent = outbox.send(messages)
    outbox.settle(messages, sent)
    db.session.commit()
    return sent


def test_messages_are_sent_once_in_their_order(gateway):
    queue("甲")
    queue("乙")
    assert deliver() == 2
    assert deliver() == 0
    assert [(m.phone, m.text, m.code, m.purpose) for m in gateway.got] == [
        (PHONE, f"{SIGNATURE}甲", CODE, "sign_in"),
        (PHONE, f"{SIGNATURE}乙", CODE, "sign_in"),
    ]


def test_rolled_back_message_is_not_sent(gateway, session):
    queue()
    session.rollback()
    assert deliver() == 0
    assert gateway.got == []


def test_claimed_message_is_not_claimed_again(gateway):
    queue()
    assert len(outbox.claim()) == 1
    assert outbox.claim() == []


def test_expired_message_is_not_sent(gateway):
    with time_machine.travel("2017-12-27 08:00Z", tick=False) as clock:
        queue()
        clock.shift(300)
        assert deliver() == 0


def test_sent_message_is_wiped(gateway, session):
    queue()
    session.commit()
    deliver()
    row = session.scalars(select(OutboxMessage)).one()
    session.refresh(row)
    assert (row.text, row.code, row.sent_at is not None) == ("", None, True)


def test_failure_stops_the_round_and_the_rest_waits(gateway, caplog):
    for text in "甲乙丙":
        queue(text)
    gateway.fails_at = 1
    with caplog.at_level(logging.DEBUG):
        assert deliver() == 1
    assert PHONE not in caplog.text
    assert CODE not in caplog.text
    assert "TimeoutError" in caplog.text
    gateway.fails_at = None
    assert deliver() == 2
    assert [m.text for m in gateway.got] == [f"{SIGNATURE}{text}" for text in "甲乙丙"]


def test_database_holds_no_plain_text(app, session):
    queue()
    session.flush()
    raw = session.execute(
        select(
            OutboxMessage.__table__.c.phone.cast(db.Text),
            OutboxMessage.__table__.c.text.cast(db.Text),
            OutboxMessage.__table__.c.code.cast(db.Text),
        )
    ).one()
    assert all(value.startswith("v1.") for value in raw)
    assert not any(secret in value for value in raw for secret in (PHONE, TEXT, CODE))


def test_representation_shows_no_secret():
    shown = repr(Message(7, PHONE, TEXT, CODE, "sign_in"))
    assert "7" in shown
    assert PHONE not in shown
    assert CODE not in shown


def test_file_gateway_appends_lines_that_only_we_may_read(tmp_path):
    path = tmp_path / "sms.jsonl"
    gateway = FileGateway(path)
    with time_machine.travel("2017-12-27 08:00Z", tick=False):
        gateway.send(Message(1, PHONE, TEXT, CODE, "sign_in"))
        gateway.send(Message(2, PHONE, "通知", None, "notice"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "phone": PHONE,
            "text": TEXT,
            "code": CODE,
            "purpose": "sign_in",
            "at": "2017-12-27T08:00:00+00:00",
        },
        {
            "phone": PHONE,
            "text": "通知",
            "code": None,
            "purpose": "notice",
            "at": "2017-12-27T08:00:00+00:00",
        },
    ]


def test_null_gateway_says_so_without_secrets(caplog):
    NullGateway().send(Message(7, PHONE, TEXT, CODE, "sign_in"))
    assert "message 7" in caplog.text
    assert PHONE not in caplog.text
    assert CODE not in caplog.text


def test_gateway_follows_the_settings(app, monkeypatch):
    assert isinstance(outbox.gateway(), FileGateway)
    monkeypatch.setitem(app.config, "SMS_BACKEND", "")
    assert isinstance(outbox.gateway(), NullGateway)

"""What the tests of signing in share: an account, a stopped clock, and ways of signing in."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import AuditEntry, AuthMethod, OutboxMessage, PasswordProfile
from services import second_step, security_policy, sign_in
from services.scope import Reason, unscoped
from services.security_policy import Policy
from services.sign_in import SignInRefusedError
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau
from tests.factories.sessions import make_origin

PASSWORD, WRONG = "Shizhi-7204", "Shizhi-7205"
NEW = "Chengqiang-Hulu-88"
PHONE, OTHER_PHONE = "13800138000", "13900139000"
START = dt.datetime(2017, 12, 27, 8, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account(app, clock):
    return make_administrator(
        make_bureau(), username="hb2000201", password=PASSWORD, phone=PHONE, full_name="王五"
    )


def change(account, **values):
    with unscoped(Reason.MAINTENANCE):
        for name, value in values.items():
            setattr(account, name, value)
        db.session.flush()


def by_password(username="hb2000201", password=PASSWORD, **origin):
    return sign_in.authenticate_password(sign_in.admit(username, password, make_origin(**origin)))


def ask_for_code(username="hb2000201", password=PASSWORD, phone=PHONE, **origin):
    """Ask for a code, and return it when one was sent."""
    before = count_of_messages()
    sign_in.send_code(sign_in.admit(username, password, make_origin(**origin)), phone)
    if count_of_messages() == before:
        return None
    return db.session.scalars(select(OutboxMessage.code).order_by(OutboxMessage.id.desc())).first()


def by_sms(code, username="hb2000201", password=PASSWORD, phone=PHONE, **origin):
    return sign_in.authenticate_sms(
        sign_in.admit_code(username, password, make_origin(**origin)), phone, code
    )


def count_of_messages():
    db.session.flush()
    return len(db.session.scalars(select(OutboxMessage.id)).all())


def refusal(call, *args, **kwargs):
    with pytest.raises(SignInRefusedError) as caught:
        call(*args, **kwargs)
    return caught.value.message, caught.value.field


def audit_entries():
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


class counting_statements:  # noqa: N801 - used like a function
    """Count the statements that the block sends to the database."""

    def __enter__(self):
        self._count = [0]
        db.event.listen(db.engine, "before_cursor_execute", self._note)
        return self._count

    def __exit__(self, *_error):
        db.event.remove(db.engine, "before_cursor_execute", self._note)

    def _note(self, *_arguments):
        self._count[0] += 1


@pytest.fixture
def policy(monkeypatch):
    """Set what the policy asks of bureaux at the least."""

    def set_least(least):
        wanted = Policy(PasswordProfile.DENGBAO, least, AuthMethod.PASSWORD)
        monkeypatch.setattr(security_policy, "current", lambda: wanted)
        monkeypatch.setattr(security_policy, "of_row", lambda _: wanted)

    return set_least


def by_key():
    """Sign in by the method USBKEY; what comes is the token of the second step."""
    attempt = sign_in.admit("hb2000201", "Shizhi-7204", make_origin())
    return sign_in.authenticate_password(attempt, by_key=True)


def pending(token, origin=None):
    """Return the sign-in that waits under ``token``."""
    return second_step.look(token, origin or make_origin())

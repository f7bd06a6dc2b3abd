from __future__ import annotations

import datetime as dt
import threading

import pyotp
import pytest
from sqlalchemy import select

from extensions import db
from models import TotpSecret, utc_now
from models.engine import writing
from services.factors import totp
from tests.services.factor_cases import add_app
from tests.services.sign_in_cases import account, clock

__all__ = ["account", "clock"]


def code(app, steps=0):
    return app.at(utc_now() + dt.timedelta(seconds=30 * steps))


def test_a_code_counts_once(account):
    app = add_app(account)
    assert totp.accept(account.id, code(app))
    assert not totp.accept(account.id, code(app))


def test_typed_as_people_do(account):
    digits = code(add_app(account))
    full_width = digits.translate({ord(d): ord(d) - 48 + 0xFF10 for d in "0123456789"})
    assert totp.accept(account.id, f" {full_width[:3]} {full_width[3:]} ")


@pytest.mark.parametrize(("steps", "counts"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_the_clock_of_a_phone_may_be_half_a_minute_wrong(account, steps, counts):
    assert totp.accept(account.id, code(add_app(account), steps)) is counts


def test_an_older_code_does_not_count_after_a_newer(account):
    app = add_app(account)
    assert totp.accept(account.id, code(app, 1))
    assert not totp.accept(account.id, code(app))
    assert not totp.accept(account.id, code(app, -1))


def test_the_next_code_counts(account, clock):
    app = add_app(account)
    assert totp.accept(account.id, code(app))
    clock.shift(30)
    assert totp.accept(account.id, code(app))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "x" * 10_000, "\ud800"])
def test_what_is_no_code(account, typed):
    add_app(account)
    assert not totp.accept(account.id, typed)


def test_of_another_account_it_does_not_count(account):
    assert not totp.accept(account.id + 1, code(add_app(account)))


def test_a_draft_proves_nothing_until_its_owner_has_shown_a_code(account):
    app = pyotp.TOTP(totp.draft(account.id))
    assert not totp.accept(account.id, code(app))
    assert not totp.confirm(account.id, "000000")
    assert totp.confirm(account.id, code(app))
    # The code of the confirmation is used up.
    assert not totp.accept(account.id, code(app))
    assert totp.accept(account.id, code(app, 1))


def test_a_draft_stays_for_ten_minutes(account, clock):
    first = totp.draft(account.id)
    clock.shift(dt.timedelta(minutes=9))
    assert totp.draft(account.id) == first
    assert totp.has_draft(account.id)
    clock.shift(dt.timedelta(minutes=1))
    assert not totp.has_draft(account.id)
    assert not totp.confirm(account.id, code(pyotp.TOTP(first)))
    assert totp.draft(account.id) != first


def test_a_draft_does_not_replace_what_counts(account, clock):
    app = add_app(account)
    clock.shift(dt.timedelta(days=1))
    totp.draft(account.id)
    assert totp.accept(account.id, code(app))


def test_what_was_forgotten_does_not_count(account):
    app = add_app(account)
    assert totp.forget(account.id)
    assert not totp.forget(account.id)
    assert not totp.accept(account.id, code(app))


def test_the_secret_is_not_readable_in_the_database(account):
    app = add_app(account)
    raw = db.session.scalar(select(TotpSecret.__table__.c.secret.cast(db.Text)))
    assert app.secret not in raw


def test_the_address_says_whose_it_is(account):
    found = pyotp.parse_uri(totp.address("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "hb2000201"))
    assert (found.name, found.issuer, found.secret) == (
        "hb2000201",
        totp.ISSUER,
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    )


def test_of_sixteen_with_the_same_code_one_is_accepted(committed_app):
    from tests.factories.administrators import make_administrator  # noqa: PLC0415
    from tests.factories.institutions import make_bureau  # noqa: PLC0415

    with committed_app.app_context(), writing():
        account_id = make_administrator(make_bureau()).id
        secret = pyotp.random_base32()
        db.session.add(
            TotpSecret(administrator_id=account_id, secret=secret, confirmed_at=utc_now())
        )
        db.session.commit()
    digits = pyotp.TOTP(secret).now()
    barrier, accepted = threading.Barrier(16), []

    def attempt():
        with committed_app.app_context():
            barrier.wait()
            with writing():
                accepted.append(totp.accept(account_id, digits))
                db.session.commit()

    threads = [threading.Thread(target=attempt) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(accepted) == [False] * 15 + [True]

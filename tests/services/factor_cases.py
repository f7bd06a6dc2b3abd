"""What the tests of second factors share: an account with an app, a key, recovery codes."""

from __future__ import annotations

import pyotp

from extensions import db
from models import TotpSecret, utc_now
from services.factors import keys, recovery
from tests.factories.security_keys import PARTY, SoftKey

BROWSER = "browser-one"


def add_app(account):
    """Give the account an app for 动态口令 and return the app."""
    secret = pyotp.random_base32()
    db.session.add(TotpSecret(administrator_id=account.id, secret=secret, confirmed_at=utc_now()))
    db.session.flush()
    return pyotp.TOTP(secret)


def add_key(account, key=None, name="办公室密钥", browser=BROWSER):
    """Give the account a security key and return the key."""
    made = key or SoftKey()
    options = keys.registration_options(
        PARTY, administrator_id=account.id, username=account.username, browser=browser
    )
    keys.register(
        PARTY,
        administrator_id=account.id,
        browser=browser,
        name=name,
        answer=made.register(options),
    )
    return made


def add_codes(account):
    """Give the account recovery codes and return them."""
    return recovery.issue(account.id)

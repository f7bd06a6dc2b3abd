"""A keyword with a number of a person, sealed for the address of a list.

An address stays in histories and logs, so the number stands in it encrypted: for one session, one
screen and a while. The server keeps nothing, several windows do not get into one another's way, and
a browser can go back and load the page anew.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import TYPE_CHECKING, Final

from models import utc_now
from models.encryption import DecryptionError, keyring

if TYPE_CHECKING:
    from services.actor import Actor

#: How long an address leads to what was found by a number.
LASTS: Final = dt.timedelta(hours=1)
_PLACE: Final = "address"


def seal(actor: Actor, screen: str, keyword: str) -> str:
    """Return ``keyword`` for an address of ``screen`` that only this session of ``actor`` reads."""
    until = int((utc_now() + LASTS).timestamp())
    envelope = keyring().encrypt(f"{until} {keyword}", _bound_to(actor, screen))
    return base64.urlsafe_b64encode(envelope.encode()).decode().rstrip("=")


def opened(actor: Actor, screen: str, sealed: str) -> str | None:
    """Return the keyword; ``None`` when its time is over, or it is not for this session."""
    try:
        padded = sealed + "=" * (-len(sealed) % 4)
        envelope = base64.urlsafe_b64decode(padded.encode()).decode()
        until, _, keyword = keyring().decrypt(envelope, _bound_to(actor, screen)).partition(" ")
    except (DecryptionError, UnicodeError, binascii.Error):
        return None
    return keyword if int(until) > utc_now().timestamp() else None


def _bound_to(actor: Actor, screen: str) -> str:
    return f"{_PLACE}|{screen}|{actor.administrator_id}|{actor.session_id}"

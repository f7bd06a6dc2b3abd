"""The present day, as the users' calendars show it."""

from __future__ import annotations

import datetime as dt

from services.audit import CHINA


def today() -> dt.date:
    """Return the present day in China, whatever the server's time zone."""
    return dt.datetime.now(CHINA).date()

"""How values are shown: the same in grids, pages and exports."""

from __future__ import annotations

import datetime as dt

from models.base import LabelledEnum
from services.audit import CHINA


def display(value: object) -> str:
    """Return a value as a person reads it; nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, LabelledEnum):
        return value.label
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def masked_phone(phone: str | None) -> str:
    """Return a phone number with its middle hidden: 138****8000."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def masked_id_number(number: str | None) -> str:
    """Return an ID number of which only the first six and last two characters show."""
    return f"{number[:6]}{'*' * max(len(number) - 8, 0)}{number[-2:]}" if number else ""

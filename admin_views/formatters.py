"""How values are shown: the same in grids, pages, exports and the audit trail."""

from __future__ import annotations

from services.audit import shown as display

__all__ = ["display", "masked_email", "masked_id_number", "masked_phone"]


def masked_phone(phone: str | None) -> str:
    """Return a phone number with its middle hidden: 138****8000."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def masked_email(email: str | None) -> str:
    """Return an e-mail address of which the first character and the domain show: z***@qq.com."""
    if not email:
        return ""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"


def masked_id_number(number: str | None) -> str:
    """Return an ID number of which only the first six and last two characters show."""
    return f"{number[:6]}{'*' * max(len(number) - 8, 0)}{number[-2:]}" if number else ""

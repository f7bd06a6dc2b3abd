"""How personal data is shown to whoever has not asked, on record, to see it in full."""

from __future__ import annotations


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


def masked_certificate_number(number: str | None) -> str:
    """Return a certificate number of which the last four characters show: an ID number is in it."""
    return f"{'*' * max(len(number) - 4, 0)}{number[-4:]}" if number else ""

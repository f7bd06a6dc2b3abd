"""Codes printed on paper (提交编码, 花名册编码): made from content, so that changed content shows.

A submission code reads ``18A-7K3F-9QXW-B2MD-C-03``: exam year and key letter, 60 bits of HMAC in
letters without look-alikes, a check character, and the content version as the eye reads it
(precedent: the 申报表 of the 卫生专业技术资格考试, whose last two digits count the modifications).
"""

from __future__ import annotations

import hmac
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from flask import current_app

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Crockford's 32 letters: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
SUBMISSION_CODE = re.compile(
    r"(\d\d)([A-Z])-([0-9A-Z]{4})-([0-9A-Z]{4})-([0-9A-Z]{4})-([0-9A-Z])-(\d{2,4})"
)
ROSTER_CODE = re.compile(r"HMC-(\d\d)([A-Z])-([0-9A-Z]{4})-([0-9A-Z]{4})-([0-9A-Z]{4})-([0-9A-Z])")


class CodeKey:
    """The key of printed codes; its letter stands in each code, so that keys can be changed."""

    def __init__(self, code_key: str, letter: str = "A") -> None:
        """Keep the key under its letter."""
        self.letter = letter
        self._key = code_key.encode()

    def letters(self, purpose: str, canonical: bytes) -> str:
        """Return 60 bits of the HMAC of ``canonical`` as 12 letters."""
        digest = hmac.digest(self._key, purpose.encode() + b"\0" + canonical, "sha256")
        number = int.from_bytes(digest[:8]) >> 4
        return "".join(ALPHABET[(number >> shift) & 31] for shift in range(55, -1, -5))


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return content as bytes that are the same for the same content: sorted JSON, NFC, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", text).encode()


def submission_code(content: Mapping[str, Any], *, exam_year: int, version: int) -> str:
    """Return the 提交编码 of a certificate's canonical content."""
    key = _code_key()
    letters = key.letters("certificate", canonical({**content, "version": version}))
    head, tail = f"{exam_year % 100:02d}{key.letter}", f"{version:02d}"
    check = _check_character(head + letters + tail)
    return f"{head}-{letters[:4]}-{letters[4:8]}-{letters[8:]}-{check}-{tail}"


def roster_code(head: Mapping[str, Any], member_codes: Sequence[str], *, exam_year: int) -> str:
    """Return the 花名册编码 of a roster: its head and the codes of its people in their order."""
    key = _code_key()
    letters = key.letters("roster", canonical({"head": dict(head), "members": list(member_codes)}))
    body = f"{exam_year % 100:02d}{key.letter}"
    check = _check_character(body + letters)
    return f"HMC-{body}-{letters[:4]}-{letters[4:8]}-{letters[8:]}-{check}"


def read_code(typed: str) -> str | None:
    """Return a typed code in its standard form, or ``None`` when it cannot be one: a typing error.

    Full-width input, lower case, missing hyphens and the look-alikes O, I, L and U are understood.
    """
    text = unicodedata.normalize("NFKC", typed).upper()
    raw = re.sub(r"[\s\-—–]", "", text)
    if raw.startswith("HMC"):
        body = raw[3:5] + raw[5:6] + raw[6:].translate(_LOOK_ALIKES)
        if not re.fullmatch(r"\d\d[A-Z][0-9A-Z]{13}", body):
            return None
        head, letters, check = body[:3], body[3:15], body[15]
        right = _check_character(head + letters)
        code = f"HMC-{head}-{letters[:4]}-{letters[4:8]}-{letters[8:]}-{right}"
        return code if right.translate(_LOOK_ALIKES) == check else None
    body = raw[:3] + raw[3:].translate(_LOOK_ALIKES)
    if not re.fullmatch(r"\d\d[A-Z][0-9A-Z]{13}\d{2,4}", body):
        return None
    head, letters, check, tail = body[:3], body[3:15], body[15], body[16:]
    right = _check_character(head + letters + tail)
    code = f"{head}-{letters[:4]}-{letters[4:8]}-{letters[8:]}-{right}-{tail}"
    return code if right.translate(_LOOK_ALIKES) == check else None


def _check_character(body: str) -> str:
    """Return a check character that catches every single wrong letter and every swap of neighbours.

    ISO 7064 in its hybrid form over 36 letters (MOD 37,36), which has both properties.
    """
    product = _MODULUS
    for letter in body:
        product = (product + int(letter, 36)) % _MODULUS or _MODULUS
        product = product * 2 % (_MODULUS + 1)
    return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(_MODULUS + 1 - product) % _MODULUS]


_MODULUS = 36


def _code_key() -> CodeKey:
    key: CodeKey = current_app.extensions["code_key"]
    return key

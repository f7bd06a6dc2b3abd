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
from typing import TYPE_CHECKING, Any, Final

from flask import current_app

from services.identifiers import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Crockford's 32 letters: no I, L, O, U.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: What the eye takes for one another.
LOOK_ALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_LETTER: Final = f"[{ALPHABET}]"
_HEAD: Final = f"[0-9]{{2}}{_LETTER}"
_CERTIFICATE: Final = re.compile(f"({_HEAD})({_LETTER}{{12}})({_LETTER})([0-9]{{2,4}})")
_ROSTER: Final = re.compile(f"({_HEAD})({_LETTER}{{12}})({_LETTER})")
#: With it before them, codes of rosters and of certificates are told apart at sight.
ROSTER_PREFIX: Final = "HMC"
#: Nothing longer is a code, whatever blanks somebody typed into it.
_LONGEST: Final = 64


class CodeKey:
    """A key of printed codes; its letter stands in each code that it made."""

    def __init__(self, code_key: str, letter: str = "A") -> None:
        """Keep the key under its letter, which is one of ``ALPHABET``."""
        self.letter = letter
        self._key = code_key.encode()

    def letters(self, purpose: str, canonical: bytes) -> str:
        """Return 60 bits of the HMAC of ``canonical`` as 12 letters."""
        digest = hmac.digest(self._key, purpose.encode() + b"\0" + canonical, "sha256")
        number = int.from_bytes(digest[:8]) >> 4
        return "".join(ALPHABET[(number >> shift) & 31] for shift in range(55, -1, -5))


class CodeKeys:
    """The present key, which makes new codes, and former ones, by which old paper is checked."""

    def __init__(self, present: CodeKey, former: Iterable[CodeKey] = ()) -> None:
        """Keep all keys; their letters differ."""
        self.present = present
        self._by_letter = {key.letter: key for key in (*former, present)}

    def of(self, code: str) -> CodeKey | None:
        """Return the key that made ``code``, or ``None`` when nobody has a key of its letter."""
        return self._by_letter.get(code.removeprefix(f"{ROSTER_PREFIX}-")[2:3])


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return content as bytes that are the same for the same content: sorted JSON, NFC, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", text).encode()


def submission_code(content: Mapping[str, Any], *, exam_year: int, version: int) -> str:
    """Return the 提交编码 of a certificate's canonical content, by the present key."""
    return _submission_code(_keys().present, content, exam_year, version)


def is_submission_code(
    code: str, content: Mapping[str, Any], *, exam_year: int, version: int
) -> bool:
    """Whether ``code`` is the 提交编码 of this content, by the key whose letter it carries."""
    key = _keys().of(code)
    return key is not None and _same(_submission_code(key, content, exam_year, version), code)


def roster_code(head: Mapping[str, Any], member_codes: Sequence[str], *, exam_year: int) -> str:
    """Return the 花名册编码 of a roster: its head and the codes of its people in their order."""
    return _roster_code(_keys().present, head, member_codes, exam_year)


def is_roster_code(
    code: str, head: Mapping[str, Any], member_codes: Sequence[str], *, exam_year: int
) -> bool:
    """Whether ``code`` is the 花名册编码 of this roster, by the key whose letter it carries."""
    key = _keys().of(code)
    return key is not None and _same(_roster_code(key, head, member_codes, exam_year), code)


def has_key_of(code: str) -> bool:
    """Whether there is a key of the letter that ``code`` carries; nobody can check it otherwise."""
    return _keys().of(code) is not None


def read_code(typed: str) -> str | None:
    """Return a typed code in its standard form, or ``None`` when it cannot be one: a typing error.

    Full-width input, lower case, missing hyphens and the look-alikes O, I, L and U are understood.
    """
    if len(typed) > _LONGEST:
        return None
    text = normalise(typed)
    prefix, text = (ROSTER_PREFIX, text[3:]) if text.startswith(ROSTER_PREFIX) else ("", text)
    found = (_ROSTER if prefix else _CERTIFICATE).fullmatch(text.translate(LOOK_ALIKES))
    if found is None:
        return None
    head, letters, check, *tail = found.groups()
    if _check_character(head + letters + "".join(tail)) != check:
        return None
    groups = (prefix, head, letters[:4], letters[4:8], letters[8:], check, *tail)
    return "-".join(group for group in groups if group)


def _submission_code(key: CodeKey, content: Mapping[str, Any], exam_year: int, version: int) -> str:
    letters = key.letters("certificate", canonical({**content, "version": version}))
    head, tail = f"{exam_year % 100:02d}{key.letter}", f"{version:02d}"
    check = _check_character(head + letters + tail)
    return f"{head}-{letters[:4]}-{letters[4:8]}-{letters[8:]}-{check}-{tail}"


def _roster_code(
    key: CodeKey, head: Mapping[str, Any], member_codes: Sequence[str], exam_year: int
) -> str:
    letters = key.letters("roster", canonical({"head": dict(head), "members": list(member_codes)}))
    body = f"{exam_year % 100:02d}{key.letter}"
    check = _check_character(body + letters)
    return f"{ROSTER_PREFIX}-{body}-{letters[:4]}-{letters[4:8]}-{letters[8:]}-{check}"


def _check_character(body: str) -> str:
    """Return the letter that catches every single wrong letter and every swap of two letters.

    The body is a polynomial over the field of 32 elements, evaluated at an element whose first 31
    powers all differ: both properties hold for bodies of up to 29 letters.
    """
    value = 0
    for letter in body:
        value = _times_two(value ^ ALPHABET.index(letter))
    return ALPHABET[value]


def _times_two(value: int) -> int:
    """Multiply by x in the field of 32 elements, modulo x⁵ + x² + 1."""
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 32 else doubled


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode(), second.encode())


def _keys() -> CodeKeys:
    keys: CodeKeys = current_app.extensions["code_keys"]
    return keys

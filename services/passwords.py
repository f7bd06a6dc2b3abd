"""Passwords: hashing with Argon2id, and secrets for first use; ``password_rules`` judges them."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from services.errors import DomainError

#: Longer input is refused before it is hashed, so that nobody can make us hash megabytes.
GREATEST_LENGTH: Final = 128

#: Neither 0/o, 1/l/i, 2/z, 5/s, 6/b, 8/b, 9/g/q nor capital letters: it is read out and typed over.
_READABLE_LETTERS: Final = "acdefhjkmnpqrtuvwxy"
_READABLE_DIGITS: Final = "3479"
_GROUPS, _GROUP_LENGTH = 4, 4

#: Each hash takes 19 MiB and a core for 50 ms; more at once than cores would only slow every page.
_hashing = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """Return the hash to store; raises ``DomainError`` when the password is too long to hash."""
    if len(password) > GREATEST_LENGTH:
        raise DomainError(f"密码不能超过{GREATEST_LENGTH}个字符。", field="new_password")
    with _hashing:
        return _hasher().hash(_prepared(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` belongs to the hash ``stored``; takes as long when there is no account.

    ``None`` stands for an unknown account: a hash is computed all the same, and the answer is no.
    """
    if len(password) > GREATEST_LENGTH:
        return False
    hasher = _hasher()
    with _hashing:
        try:
            hasher.verify(stored or _dummy_hash(hasher), _prepared(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    try:
        return _hasher().check_needs_rehash(stored)
    except InvalidHashError:
        return False


def one_time_password() -> str:
    """Return a random first password such as ``k7mp-3xqv-9wtd-h4rn``: 72 bits, easy to read out.

    It has letters, digits and signs, as rules of complexity ask, and no characters that look alike.
    """
    alphabet = _READABLE_LETTERS + _READABLE_DIGITS
    while True:
        groups = [
            "".join(secrets.choice(alphabet) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
        ]
        drawn = "".join(groups)
        if not drawn.isalpha() and not drawn.isdigit():
            return "-".join(groups)


def _prepared(password: str) -> bytes:
    """Return what is hashed: NFKC, since an input method may produce full-width letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _hasher() -> PasswordHasher:
    config = current_app.config
    return _hasher_with(config["ARGON2_MEMORY_KIB"], config["ARGON2_ROUNDS"])


@lru_cache(maxsize=4)
def _hasher_with(memory: int, rounds: int) -> PasswordHasher:
    return PasswordHasher(time_cost=rounds, memory_cost=memory, parallelism=1)


@lru_cache(maxsize=4)
def _dummy_hash(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_bytes(16))

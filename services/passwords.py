"""Passwords: the rules they must keep, hashing with Argon2id, and secrets for first use."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from models.administrator import fold_username
from services.errors import DomainError

LEAST_LENGTH: Final = 10
#: Longer input is refused before it is hashed, so that nobody can make us hash megabytes.
GREATEST_LENGTH: Final = 128
LEAST_CLASSES: Final = 3
#: Characters that must be left of a password when everything common has been struck out of it.
LEAST_UNCOMMON: Final = 6
#: Shorter user names turn up in words by chance.
LEAST_NAME_LENGTH: Final = 4

_LOWER: Final = re.compile(r"[a-z]")
_UPPER: Final = re.compile(r"[A-Z]")
_DIGIT: Final = re.compile(r"[0-9]")
_OTHER: Final = re.compile(r"[^a-zA-Z0-9]")
_CLASSES: Final = (_LOWER, _UPPER, _DIGIT, _OTHER)

#: What guessing programs try first, in this country and on this platform.
_COMMON: Final = re.compile(
    "administrator|password|passwd|letmein|welcome|iloveyou|woaini|admin|guest|super|root|test|user"
    "|weisheng|weijiwei|yishi|yiyuan|hubei|wuhan|zhongguo|china"
    "|qwertyuiop|qwerty|asdfghjkl|asdfgh|zxcvbnm|zxcvbn|1qaz2wsx|qazwsx|1qaz|2wsx|3edc|q1w2e3r4|abc"
    "|1234567890|123456789|12345678|1234567|123456|12345|1234|123|654321|4321|321"
    r"|(?:19|20)\d\d|(.)\1\1+"
)
_AS_READ: Final = str.maketrans({"@": "a", "0": "o", "$": "s", "1": "l", "3": "e", "5": "s"})

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


def check_policy(password: str, *, username: str, field: str = "new_password") -> None:
    """Raise ``DomainError`` unless a new password keeps the rules.

    Length, three of four classes (GB/T 22239-2019 8.1.4.1 a: 复杂度), not the user name, and not
    something everybody tries first.
    """
    text = unicodedata.normalize("NFKC", password)
    if len(text) < LEAST_LENGTH:
        raise DomainError(f"密码至少{LEAST_LENGTH}个字符。", field=field)
    if max(len(text), len(password)) > GREATEST_LENGTH:
        raise DomainError(f"密码不能超过{GREATEST_LENGTH}个字符。", field=field)
    if sum(1 for letters in _CLASSES if letters.search(text)) < LEAST_CLASSES:
        raise DomainError("密码须包含大写字母、小写字母、数字、符号中的至少三种。", field=field)
    folded, name = text.casefold(), fold_username(username)
    if len(name) >= LEAST_NAME_LENGTH and name in folded:
        raise DomainError("密码不能包含用户名。", field=field)
    if any(len(_COMMON.sub("", form)) < LEAST_UNCOMMON for form in (folded, _read(folded))):
        raise DomainError("密码过于常见，容易被猜中，请换一个。", field=field)


def one_time_password() -> str:
    """Return a random first password such as ``k7mp-3xqv-9wtd-h4rn``: 72 bits, easy to read out.

    It keeps the rules of ``check_policy`` and has no characters that look alike.
    """
    alphabet = _READABLE_LETTERS + _READABLE_DIGITS
    while True:
        groups = [
            "".join(secrets.choice(alphabet) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
        ]
        password = "-".join(groups)
        try:
            check_policy(password, username="")
        except DomainError:
            continue
        return password


def _prepared(password: str) -> bytes:
    """Return what is hashed: NFKC, since an input method may produce full-width letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _read(folded: str) -> str:
    """Return a password as it is read: with letters for the digits and signs that imitate them."""
    return folded.translate(_AS_READ)


def _hasher() -> PasswordHasher:
    config = current_app.config
    return _hasher_with(config["ARGON2_MEMORY_KIB"], config["ARGON2_ROUNDS"])


@lru_cache(maxsize=4)
def _hasher_with(memory: int, rounds: int) -> PasswordHasher:
    return PasswordHasher(time_cost=rounds, memory_cost=memory, parallelism=1)


@lru_cache(maxsize=4)
def _dummy_hash(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_bytes(16))

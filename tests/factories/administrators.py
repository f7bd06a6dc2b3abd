"""Administrators."""

from __future__ import annotations

from itertools import count
from typing import Any

from extensions import db
from models import AccountRole, Administrator, AuthMethod, Institution, utc_now
from services.scope import Reason, unscoped

_numbers = count(1)

#: No password has this hash: the account cannot sign in until a test gives it one.
UNUSABLE = "!"


def make_administrator(
    institution: Institution, *, password: str | None = None, **values: Any
) -> Administrator:
    """Return a stored account of ``institution`` that has changed its first password already.

    Without ``password`` it cannot sign in, which saves the time of hashing.
    """
    with unscoped(Reason.MAINTENANCE):
        administrator = Administrator(
            institution=institution,
            **{
                "username": f"user{next(_numbers):06d}",
                "full_name": "张三",
                "password_hash": UNUSABLE if password is None else _hash(password),
                "must_change_password": False,
                "password_changed_at": utc_now(),
                "auth_method": AuthMethod.PASSWORD,
                "role": AccountRole.OPERATOR,
                **values,
            },
        )
        db.session.add(administrator)
        db.session.flush()
    return administrator


def _hash(password: str) -> str:
    from services.passwords import hash_password  # noqa: PLC0415 - few tests need one

    return hash_password(password)

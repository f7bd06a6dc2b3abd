"""恢复码: ten codes to keep on paper, each of which replaces a lost second factor once."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

from sqlalchemy import delete, update

from extensions import db
from models import RecoveryCode, utc_now
from models.encryption import blind_index

HOW_MANY: Final = 10
#: Neither vowels nor look-alikes: no words, and nothing to mistake; 10 characters are 46 bits.
_ALPHABET: Final = "3479cdfhjkmnpqrtvwxy"
_LENGTH, _HALF = 10, 5
_UNSYNCHRONISED: Final = {"synchronize_session": False}


def issue(administrator_id: int) -> list[str]:
    """Return new codes of an account, such as ``c4fh9-kx3mt``; the former ones are worthless.

    Only their hashes are stored: this is the one time that they can be shown.
    """
    forget(administrator_id)
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    db.session.add_all(
        RecoveryCode(administrator_id=administrator_id, code_hash=_hash(administrator_id, code))
        for code in codes
    )
    db.session.flush()
    return [f"{code[:_HALF]}-{code[_HALF:]}" for code in codes]


def accept(administrator_id: int, typed: str) -> bool:
    """Whether ``typed`` is an unused code of the account, which is used up by that."""
    code = unicodedata.normalize("NFKC", typed[:64]).casefold()
    code = "".join(letter for letter in code if letter.isalnum())
    statement = (
        update(RecoveryCode)
        .where(
            RecoveryCode.administrator_id == administrator_id,
            RecoveryCode.code_hash == _hash(administrator_id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=utc_now())
        .returning(RecoveryCode.id)
    )
    return db.session.scalar(statement, execution_options=_UNSYNCHRONISED) is not None


def forget(administrator_id: int) -> None:
    """Make all codes of an account worthless."""
    db.session.execute(
        delete(RecoveryCode).where(RecoveryCode.administrator_id == administrator_id),
        execution_options=_UNSYNCHRONISED,
    )


def _hash(administrator_id: int, code: str) -> str:
    return blind_index(f"{administrator_id}\0{code}", "recovery_codes.code_hash")

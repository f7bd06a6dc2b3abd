"""User names: proposed, unique after folding, and never given twice, not even after deletion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import Administrator
from models.administrator import fold_username
from services.errors import DomainError
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Institution

#: The same sentence whichever side of the wall the other account lies on, living or deleted.
USERNAME_TAKEN: Final = "该用户名已被使用，请更换。"
#: What the database says when a user name is given twice.
NAME_TWICE: Final = (
    "uq_administrators_username_folded",
    "administrators.username_folded",
)
_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
#: Two digits of a proposed user name count the accounts of an institution.
_LAST_SERIAL: Final = 99


def propose_username(institution: Institution) -> str:
    """Return the next free user name of an institution: hb, unit number, two digits.

    It is not drawn: creating the account decides. Raises ``DomainError`` when all are used.
    """
    prefix = f"hb{institution.unit_number}"
    with unscoped(Reason.UNIQUENESS):
        used = set(
            db.session.scalars(
                select(Administrator.username_folded).where(
                    Administrator.username_folded.startswith(prefix, autoescape=True)
                )
            )
        )
    for serial in range(1, _LAST_SERIAL + 1):
        username = f"{prefix}{serial:02d}"
        if username not in used:
            return username
    raise DomainError("该机构的用户名编号已用完，请自行填写用户名。", field="username")


def propose_usernames(institutions: Sequence[Institution]) -> list[str]:
    """Return the next free user name of each institution, as ``propose_username`` does for one.

    Most institutions that get an account have none yet, so that one query answers for all of them.
    """
    first = [f"hb{institution.unit_number}01" for institution in institutions]
    with unscoped(Reason.UNIQUENESS):
        used = set(
            db.session.scalars(
                select(Administrator.username_folded).where(
                    Administrator.username_folded.in_(first)
                )
            )
        )
    return [
        name if name not in used else propose_username(institution)
        for name, institution in zip(first, institutions, strict=True)
    ]


def require_username(username: str) -> None:
    """Raise ``DomainError`` for a name that cannot be one, or that is or was somebody's."""
    if _USERNAME.fullmatch(username) is None:
        raise DomainError("用户名应为4至32位字母、数字或下划线，并以字母开头。")
    with unscoped(Reason.UNIQUENESS):
        taken = db.session.scalar(
            select(1).where(Administrator.username_folded == fold_username(username))
        )
    if taken is not None:
        raise DomainError(USERNAME_TAKEN)

"""Keys of forms: drawn when a form for a new record is shown, so that sent twice it makes one."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from extensions import db
from models import (
    AccountBatch,
    Administrator,
    CertificateReview,
    EntryExtension,
    FormerName,
    Institution,
    Licence,
    Roster,
    TrialCertificate,
)
from services.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a form makes once only, however often it is sent.
Made = TypeVar(
    "Made",
    AccountBatch,
    Administrator,
    CertificateReview,
    EntryExtension,
    FormerName,
    Institution,
    Licence,
    Roster,
    TrialCertificate,
)

EXPIRED: Final = "这张表单已失效，请重新打开新增页面填写。"
CHANGED: Final = "这张表单已经保存过。如需更改，请在列表中打开该记录修改。"
DELETED: Final = "这张表单保存的记录已被删除，请重新打开新增页面填写。"
_FORM_KEY: Final = re.compile(r"[0-9A-Za-z-]{8,36}")


def draw() -> str:
    """Return a key for a form that is about to be shown."""
    return uuid.uuid4().hex


def sent_before(model: type[Made], form_key: str | None) -> Made | None:
    """Return the row that the same form has made already, if the wall shows it.

    Raises ``DomainError`` for what cannot be a key.
    """
    if form_key is None:
        return None
    if not _FORM_KEY.fullmatch(form_key):
        raise DomainError(EXPIRED)
    return db.session.scalar(select(model).where(model.form_key == form_key))


def unchanged(earlier: Made, values: Mapping[str, object]) -> Made:
    """Return the row of the first time, or raise when the form says something else now.

    Somebody went back, changed it and sent it again: nothing may be lost without a word.
    """
    if any(getattr(earlier, name) != value for name, value in values.items()):
        raise DomainError(CHANGED)
    return earlier


def made_meanwhile(model: type[Made], form_key: str | None, refused: Exception) -> Made:
    """Return the row that the same form made in the moment before, or raise what was ``refused``.

    A key that the database has, but the wall does not show, belongs to somebody else or to a row
    that was deleted since.
    """
    earlier = sent_before(model, form_key)
    if earlier is not None:
        return earlier
    if isinstance(refused, IntegrityError) and "form_key" in str(refused.orig):
        raise DomainError(EXPIRED) from None
    raise refused

"""Keys of forms: drawn when a form for a new record is shown, so that sent twice it makes one."""

from __future__ import annotations

import re
import uuid
from typing import Final

from services.errors import DomainError

EXPIRED: Final = "这张表单已失效，请重新打开新增页面填写。"
CHANGED: Final = "这张表单已经保存过。如需更改，请在列表中打开该记录修改。"
DELETED: Final = "这张表单保存的记录已被删除，请重新打开新增页面填写。"
_FORM_KEY: Final = re.compile(r"[0-9A-Za-z-]{8,36}")


def draw() -> str:
    """Return a key for a form that is about to be shown."""
    return uuid.uuid4().hex


def require_plausible(form_key: str | None) -> None:
    """Raise ``DomainError`` for what cannot be a key; a form without one is not compared."""
    if form_key is not None and not _FORM_KEY.fullmatch(form_key):
        raise DomainError(EXPIRED)

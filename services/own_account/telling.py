"""What happened to an account, in sentences for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models import Administrator
from models.base import label_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.audit import Change

#: Of these the owner is told by what follows from them, or not at all: label → new value → words.
_SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    label_of(Administrator.must_change_password): {"是": "下次登录须修改密码", "否": ""},
    label_of(Administrator.is_enabled): {"是": "账号已启用", "否": "账号已停用"},
    label_of(Administrator.password_changed_at): {},
}
#: Label → a sentence about the new value.
_ABOUT: Final[Mapping[str, str]] = {
    label_of(Administrator.initial_password_until): "一次性密码有效期至{}",
    label_of(Administrator.phone): "手机号{}",
    label_of(Administrator.email): "邮箱{}",
    label_of(Administrator.password_hash): "密码{}",
    "登录方式": "以“{}”登录",
    "原因": "{}",
    "名称": "{}",
}


def plain(changes: Sequence[Change]) -> str:
    """Return what an entry says was changed as one plain sentence."""
    return "；".join(filter(None, map(_sentence, changes)))


def _sentence(change: Change) -> str:
    label, old, new = change["label"], change["old"], change["new"]
    if label in _SENTENCES:
        return _SENTENCES[label].get(new, "")
    if label in _ABOUT:
        return _ABOUT[label].format(new) if new else ""
    if old and new:
        return f"{label}由“{old}”改为“{new}”"
    return f"{label}：{new}" if new else f"{label}已清除"

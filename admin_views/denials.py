"""Refusals on record: which screen was asked for, and the keys that lie outside of the scope.

Whoever is refused may ask again and again; so that this does not fill the trail, a session has a
budget for each minute, and one entry says when it is used up.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from flask import current_app, g, request

from admin_views.identity import current_actor
from admin_views.lifecycle import begin_writing
from extensions import db
from models import AuditResult
from services import audit, entry_budget
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.audit import Change

MOST_PER_MINUTE: Final = 30
ABSENT: Final = "所要的记录不存在，或不在管理范围内"
_MINUTE: Final = dt.timedelta(minutes=1)
#: Arguments that hold keys of records; ``value`` is that of a field as one leaves it.
_KEYS: Final = (
    *("id", "rowid", "former_name", "institution"),
    *("certificate", "place", "within", "value"),
)
#: Keys that one entry names; the rest is counted.
_MOST_KEYS: Final = 10
#: Pages that are no screens of the panel.
_PAGES: Final = {
    "admin": "首页",
    "own_account": "安全设置",
    "sign_in": "登录",
    "second_step": "登录第二步",
    "verification": "提交编码核验",
}
_METHODS: Final = {"GET": "查看", "HEAD": "查看", "POST": "提交"}


def note_attempt(act: str, named: Mapping[int, str]) -> None:
    """Keep for this request what is attempted, so that an entry of its refusal says so.

    ``named`` are the keys of the records, all of which the actor sees, with what they may be
    called in an entry that everybody reads who reads the trail (nothing where that is a person).
    """
    g.attempted = [*([audit.said("操作", act)] if act else []), *_said_of_keys(list(named))]
    if names := [name for name in named.values() if name]:
        g.attempted.append(audit.said("对象", "、".join(names[:_MOST_KEYS])))


def record_denial(reason: str = "") -> None:
    """Leave an audit entry of a refusal, in a transaction of its own; nothing else is kept.

    ``reason`` is the sentence of a rule, which holds nothing of anybody.
    """
    _record([*audit.because(reason), *g.get("attempted", ())])


def record_absence(*fields: str, keys: Sequence[int] = ()) -> None:
    """Leave an entry of an attempt on what does not exist for the asker: the keys, never a name.

    It says the same of what lies elsewhere and of what lies nowhere. ``keys`` are those that were
    looked for and not found, or ``fields`` of a form hold them; else any of the request does.
    """
    keys = keys or _keys_in([request.form.get(name) for name in fields] if fields else _all_given())
    _record([*audit.because(ABSENT), *_said_of_keys(keys)])


def record_absent_numbers(numbers: Sequence[str]) -> None:
    """Leave the same entry for institutions that a table names by their own numbers."""
    _record([*audit.because(ABSENT), *_said_of_keys(numbers, "机构编号")])


def _said_of_keys(keys: Sequence[object], label: str = "编号") -> list[Change]:
    if not keys:
        return []
    more = f" 等{len(keys)}个" if len(keys) > _MOST_KEYS else ""
    return [audit.said(label, "、".join(map(str, keys[:_MOST_KEYS])) + more)]


def name_of_screen(endpoint: str) -> str:
    """Return what people call the screen or page to which an endpoint belongs."""
    part = endpoint.rpartition(".")[0]
    titles = {v.endpoint: v.name for v in current_app.extensions["admin"][0]._views}  # noqa: SLF001 - Flask-Admin offers no other way to its views
    return _PAGES.get(part) or titles.get(part, part)


def _record(changes: list[Change]) -> None:
    db.session.rollback()
    actor = current_actor()
    if actor is None:
        return
    begin_writing()
    key = ("denied", actor.administrator_id, actor.session_id)
    told = entry_budget.changes_within(
        *key, changes=changes, at_most=MOST_PER_MINUTE, window=_MINUTE
    )
    if told is None:
        db.session.rollback()
        return
    endpoint = request.endpoint or ""
    # The route itself stands in the log, under the same number of the request.
    needed = current_app.extensions["endpoint_permissions"].of(endpoint)
    audit.record(
        actor,
        audit.AuditTag.REQUEST_DENIED,
        changes=[*told, *([audit.said("所需权限", needed.label)] if needed is not None else [])],
        result=AuditResult.DENIED,
        label=f"{name_of_screen(endpoint)}（{_METHODS.get(request.method, request.method)}）",
    )
    db.session.commit()


def _all_given() -> list[object]:
    given: list[object] = [*(request.view_args or {}).values()]
    for values in (request.args, request.form):
        given += [value for name in _KEYS for value in values.getlist(name)]
    return given


def _keys_in(given: Iterable[object]) -> list[int]:
    return [key for key in map(parse_key, given) if key is not None]

"""操作日志: who did what in the account's part of the tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from flask import request
from flask_admin import expose
from sqlalchemy import false

from admin_views.filters import (
    DateFilter,
    Filter,
    SelectFilter,
    enum_choices,
    enum_filter,
)
from admin_views.identity import require_actor
from admin_views.keyset import KeysetGrid
from admin_views.lookup_filters import PlaceFilter
from admin_views.tools import Link
from models import AuditEntry, AuditResult
from models.institution import SEGMENT_LENGTH
from services import scope
from services.audit import AuditTag, is_known_operator, is_nobody, label_of_tag, moment
from services.permissions import Permission
from services.trail import reading
from services.trail_privacy import shown_object, shown_story

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement
    from werkzeug.datastructures import MultiDict

    from admin_views.tools import Tool


@dataclass(frozen=True)
class MomentFilter(DateFilter):
    """Days of a table that grows with time, narrowed by its key as well."""

    def clause(self, given: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Return the condition for the days."""
        return false() if self.problem(given) else reading.between(*self.moments(given))


def _is_narrowed() -> bool:
    """Whether the list shows a part of the tree, rather than the whole of it."""
    return len(require_actor().path) > SEGMENT_LENGTH or bool(request.args.get("place"))


class AuditView(KeysetGrid):
    """The audit trail; it can be read and never be changed."""

    title = "操作日志"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.AUDIT_READ,
        "export": Permission.AUDIT_EXPORT,
        "story": Permission.AUDIT_READ,
    }
    can_create = False
    can_edit = False
    opens = ".story"
    export_tag = AuditTag.AUDIT_EXPORT
    column_list = (
        "at",
        "actor_name",
        "institution_name",
        "tag",
        "result",
        "object_type",
        "object_label",
        "changes",
        "address",
        "request_id",
    )
    hidden_columns: ClassVar[frozenset[str]] = frozenset({"object_type", "request_id"})
    column_formatters: ClassVar[dict[str, Any]] = {
        "at": lambda _v, _c, row, _n: moment(row.at),
        "actor_name": lambda _v, _c, row, _n: row.actor_name if _is_known(row) else "",
        "address": lambda _v, _c, row, _n: row.address if _is_known(row) else "",
        "tag": lambda _v, _c, row, _n: label_of_tag(row.tag),
        "object_label": lambda _v, _c, row, _n: shown_object(require_actor(), row),
        "changes": lambda _v, _c, row, _n: shown_story(require_actor(), row),
        "object_type": lambda _v, _c, row, _n: reading.OBJECTS.get(row.object_type, ""),
    }
    keyword_hint = "操作人，或对象全称"
    empty_hint = "没有符合条件的操作记录。可清除条件，或放宽时间、机构范围后再查。"
    tools: ClassVar[Sequence[Tool | None]] = (
        Link("查看经过", "audit.story", Permission.AUDIT_READ, needs="one"),
        None,
        Link("导出", "audit.export", Permission.AUDIT_EXPORT, keeps_filter=True),
    )
    filters: ClassVar[Sequence[Filter]] = (
        MomentFilter("at", "时间", AuditEntry.at),
        SelectFilter(
            "tag",
            "操作",
            "所有操作",
            enum_choices(AuditTag),
            lambda value: reading.by_act(value, is_narrowed=_is_narrowed()),
        ),
        enum_filter("result", "结果", "所有结果", AuditResult, AuditEntry.result),
        PlaceFilter(
            "place",
            "机构",
            "输入名称或拼音首字母",
            lambda row: AuditEntry.institution_id == row.id,
            whole=lambda row: reading.at_or_below(row.path),
            is_advanced=True,
        ),
        SelectFilter(
            "object",
            "对象类型",
            "所有类型",
            lambda: [(name, label, None) for name, label in reading.OBJECTS.items()],
            reading.by_object_type,
            is_advanced=True,
        ),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(AuditEntry, name=self.title, endpoint="audit", url="audit")

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Say what the wall says in the words of an index."""
        return (reading.at_or_below(require_actor().path),)

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search the person, where the person may be known, and the object by its whole name."""
        return reading.by_words(require_actor(), keyword)

    def row_name(self, row: AuditEntry) -> str:
        """Return the act and its object."""
        return f"{label_of_tag(row.tag)} {shown_object(require_actor(), row)}".strip()

    @expose("/story/")
    def story(self) -> ResponseReturnValue:
        """Tell all that happened to the object of one entry, oldest first."""
        actor = require_actor()
        entry = self.get_one(self.single_argument("id"))
        after = scope.parse_key(request.args.get("after"))
        told = reading.story(actor, entry, after=after)
        return self.render(
            "admin/audit_story.html",
            story=told,
            entry=entry,
            moment=moment,
            is_first_part=after is None,
            return_url=self.return_url(),
        )


def _is_known(row: AuditEntry) -> bool:
    """Whether the reader may know who acted; of superiors only the office shows."""
    return is_nobody(row) or is_known_operator(require_actor(), row.actor_path)

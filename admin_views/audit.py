"""操作日志: who did what in the account's part of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from admin_views.base import GridView
from admin_views.filters import Filter, SelectFilter, enum_choices, enum_filter
from admin_views.identity import require_actor
from models import AuditEntry, AuditResult
from services import scope
from services.audit import AuditTag, is_known_operator, label_of_tag
from services.permissions import Permission
from services.trail_privacy import may_be_searched, shown_object, shown_story

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool


class AuditView(GridView):
    """The audit trail; it can be read and never be changed."""

    title = "操作日志"
    permissions: ClassVar[Mapping[str, Permission]] = {"index_view": Permission.AUDIT_READ}
    can_create = False
    can_edit = False
    opens = ""
    column_list = (
        "at",
        "actor_name",
        "institution_name",
        "tag",
        "result",
        "object_label",
        "changes",
        "address",
    )
    column_sortable_list = ()
    column_default_sort = ("id", True)
    column_formatters: ClassVar[dict[str, Any]] = {
        "actor_name": lambda _v, _c, row, _n: row.actor_name if _is_known(row) else "",
        "address": lambda _v, _c, row, _n: row.address if _is_known(row) else "",
        "tag": lambda _v, _c, row, _n: label_of_tag(row.tag),
        "object_label": lambda _v, _c, row, _n: shown_object(require_actor(), row),
        "changes": lambda _v, _c, row, _n: shown_story(require_actor(), row),
    }
    keyword_hint = "操作人、对象"
    empty_hint = "没有符合条件的操作记录。"
    tools: ClassVar[Sequence[Tool | None]] = ()
    filters: ClassVar[Sequence[Filter]] = (
        SelectFilter(
            "tag", "操作", "所有操作", enum_choices(AuditTag), lambda value: AuditEntry.tag == value
        ),
        enum_filter("result", "结果", "所有结果", AuditResult, AuditEntry.result),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(AuditEntry, name=self.title, endpoint="audit", url="audit")

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search the person, where the person may be known, and the object."""
        actor = require_actor()
        known = scope.subtree(AuditEntry.actor_path, actor.path)
        condition: ColumnElement[bool] = (
            known & AuditEntry.actor_name.contains(keyword, autoescape=True)
        ) | (may_be_searched(actor) & AuditEntry.object_label.contains(keyword, autoescape=True))
        return condition


def _is_known(row: AuditEntry) -> bool:
    """Whether the reader may know who acted; of superiors only the office shows."""
    return is_known_operator(require_actor(), row.actor_path)

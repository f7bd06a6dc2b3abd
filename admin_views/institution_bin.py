"""回收站: what was deleted below the account's node, for 30 days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import g

from admin_views.base import GridView
from admin_views.identity import require_actor
from admin_views.tools import action
from models import Institution, label_of
from models.search_text import folded
from services import institutions, scope
from services.institutions import bin as recycle_bin
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


class InstitutionBinView(GridView):
    """The grid of deleted institutions; the one screen that looks into the recycle bin."""

    title = "回收站"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.INSTITUTION_WRITE,
        "action_view": Permission.INSTITUTION_WRITE,
    }
    can_create = False
    can_edit = False
    opens = ""
    column_list = ("name", "category", "reports_to", "deleted_at", "deleted_by", "days_left")
    labels: ClassVar[Mapping[str, str]] = {
        "category": label_of(Institution.category_code),
        "reports_to": label_of(Institution.parent_id),
        "days_left": "剩余天数",
    }
    column_sortable_list = ("name", "deleted_at")
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("deleted_at", True), ("id", True)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "reports_to": lambda _v, _c, row, _n: row.reports_to.name if row.reports_to else "",
        "deleted_by": lambda view, _c, row, _n: view.deleter(row),
        "days_left": lambda _v, _c, row, _n: f"{recycle_bin.days_left(row)} 天",
    }
    keyword_hint = "机构名称、拼音首字母、代码"
    empty_hint = (
        f"回收站是空的。删除的下级机构会在这里保留{recycle_bin.KEPT_FOR.days}天，期间可以恢复。"
    )

    @action(
        "restore",
        "恢复",
        Permission.INSTITUTION_WRITE,
        confirm="将下列机构恢复到原信息上报机构之下：\n{rows}",
        needs="some",
    )
    def _restore(self, actor: Actor, rows: list[Institution], _reason: str) -> str:
        # Those above come first, so that a branch can be restored at once.
        for row in sorted(rows, key=lambda row: len(row.path)):
            institutions.restore(actor, row.id)
        return f"已恢复 {len(rows)} 家机构。"

    tools: ClassVar[Sequence[Tool | None]] = (_restore,)

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(
            Institution, name=self.title, endpoint="institution_bin", url="institution-bin"
        )

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search names, initials and codes."""
        condition: ColumnElement[bool] = Institution.search_text.contains(
            folded(keyword), autoescape=True
        )
        return condition

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Leave out what can no longer be restored."""
        return (recycle_bin.restorable(),)

    def selected(self, keys: Sequence[str]) -> list[Institution]:
        """Return the selected rows of the bin: all of them, or none is found."""
        with scope.in_bin(require_actor()):
            return super().selected(keys)

    def get_list(self, *arguments: Any, **named: Any) -> Any:
        """Return the rows of a page out of the bin; who deleted them is asked once for all."""
        actor = require_actor()
        with scope.in_bin(actor):
            count, rows = super().get_list(*arguments, **named)
        g.deleters = recycle_bin.deleters(actor, [row.id for row in rows])
        return count, rows

    def deleter(self, row: Institution) -> str:
        """Return who deleted an institution of the page, as far as the reader may know."""
        return str(g.deleters.get(row.id, ""))

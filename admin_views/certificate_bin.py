"""回收站 of the certificates: whom the own institution has deleted, for 30 days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy.orm import lazyload

from admin_views.base import GridView
from admin_views.certificate_columns import SHORT_TYPES
from admin_views.identity import require_actor
from admin_views.tools import action
from models import TrialCertificate
from services import certificates, scope
from services.certificates import bin as recycle_bin
from services.masking import masked_id_number
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


class CertificateBinView(GridView):
    """The grid of deleted people; bureaux do not see it, they read the trail."""

    title = "考核证明回收站"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.CERTIFICATE_WRITE,
        "action_view": Permission.CERTIFICATE_WRITE,
    }
    can_create = False
    can_edit = False
    opens = ""
    column_list = (
        "name",
        "id_number",
        "exam_year",
        "certificate_type",
        "deleted_at",
        "deleted_by",
        "delete_reason",
        "days_left",
    )
    labels: ClassVar[Mapping[str, str]] = {"exam_year": "年度", "days_left": "剩余天数"}
    column_sortable_list = ("name", "deleted_at")
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("deleted_at", True), ("id", True)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "id_number": lambda _v, _c, row, _n: masked_id_number(row.id_number),
        "certificate_type": lambda _v, _c, row, _n: SHORT_TYPES[row.certificate_type],
        "days_left": lambda _v, _c, row, _n: f"{recycle_bin.days_left(row)} 天",
    }
    keyword_hint = "姓名、拼音、证件号码（完整）"
    empty_hint = (
        f"回收站是空的。删除的人员会在这里保留{recycle_bin.KEPT_FOR.days}天，填报期内可以恢复。"
    )

    @action(
        "restore",
        "恢复",
        Permission.CERTIFICATE_WRITE,
        confirm="恢复下列人员（原提交编码仍作废，恢复后生成新的提交编码，须重新打印）：\n{rows}",
        needs="some",
    )
    def _restore(self, actor: Actor, rows: list[TrialCertificate], _reason: str) -> str:
        for row in rows:
            certificates.restore(actor, row.id)
        return f"已恢复 {len(rows)} 人，提交编码已更新，请重新打印证明。"

    tools: ClassVar[Sequence[Tool | None]] = (_restore,)

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(
            TrialCertificate, name=self.title, endpoint="certificate_bin", url="certificate-bin"
        )

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search names and their pinyin."""
        return certificates.person_condition(keyword)

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Show what the own institution has deleted and may still bring back."""
        return (*recycle_bin.lies_in_bin_of(require_actor()), recycle_bin.restorable())

    def list_options(self) -> Sequence[Any]:
        """Leave the periods alone: the list shows none."""
        return (lazyload(TrialCertificate.periods),)

    def selected(self, keys: Sequence[str]) -> list[TrialCertificate]:
        """Return the selected rows of the bin: all of them, or none is found."""
        lying = certificates.deleted_by_institution(require_actor())
        return scope.find_all(TrialCertificate, keys, statement=lying)

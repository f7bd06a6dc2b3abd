"""机构信息管理: the library of institutions below the account's node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import jsonify, request
from flask_admin import expose
from sqlalchemy.orm import selectinload

from admin_views.filters import Choice, Filter, code_filter
from admin_views.identity import require_actor
from admin_views.institution_forms import InstitutionForms, delete_institution
from admin_views.tools import Link, action
from models import BusinessRank, Institution, InstitutionLevel
from services import institutions, licences, reference
from services.audit import AuditTag
from services.errors import DomainError
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


def _category_choices() -> list[Choice]:
    return reference.category_tree()


def _lock_condition(value: str) -> ColumnElement[bool]:
    column = Institution.locked_at
    return column.is_not(None) if value == "locked" else column.is_(None)


class InstitutionView(InstitutionForms):
    """The grid of institutions with the buttons of the notice."""

    title = "机构信息管理"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.INSTITUTION_READ,
        "create_view": Permission.INSTITUTION_WRITE,
        "edit_view": Permission.INSTITUTION_WRITE,
        "details_view": Permission.INSTITUTION_READ,
        "action_view": Permission.INSTITUTION_READ,
        "export": Permission.INSTITUTION_EXPORT,
        "ajax_lookup": Permission.INSTITUTION_READ,
        "names": Permission.CERTIFICATE_WRITE,
    }
    export_tag = AuditTag.INSTITUTION_EXPORT
    column_list = (
        "name",
        "category",
        "reports_to",
        "organisation_code",
        "departments",
        "locked_at",
    )
    labels: ClassVar[Mapping[str, str]] = {
        "category": "机构类别",
        "reports_to": "信息上报层级",
        "organisation_code": "统一社会信用代码",
        "departments": "诊疗科目",
        "locked_at": "审核状态",
    }
    column_sortable_list = ("name", "organisation_code")
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("path", False)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "reports_to": lambda _v, _c, row, _n: row.reports_to.name if row.reports_to else "",
        "departments": lambda _v, _c, row, _n: licences.departments_in_use(row),
        "locked_at": lambda _v, _c, row, _n: "已锁定" if row.is_locked else "未锁定",
    }
    keyword_hint = "在机构名称、曾用名中搜索"
    empty_hint = "没有符合条件的机构。可清除搜索条件，或单击“新增”建立下级机构。"
    filters: ClassVar[Sequence[Filter]] = (
        Filter(
            "category",
            "机构类别",
            "所有卫生机构类别",
            _category_choices,
            lambda value: Institution.category_code.in_(institutions.category_and_below(value)),
            is_tree=True,
        ),
        Filter(
            "locked",
            "审核状态",
            "全部",
            lambda: [("locked", "已锁定", None), ("open", "未锁定", None)],
            _lock_condition,
            is_advanced=True,
        ),
        code_filter(
            "rank", "业务定级", "全部", BusinessRank, Institution.rank_code, is_advanced=True
        ),
        code_filter(
            "level", "机构级别", "全部", InstitutionLevel, Institution.level_code, is_advanced=True
        ),
    )

    @action(
        "lock",
        "锁定/解锁",
        Permission.INSTITUTION_LOCK,
        confirm="未锁定的将锁定（信息不能再修改），已锁定的将解锁：\n{rows}",
        needs="some",
    )
    def _lock(self, actor: Actor, rows: list[Institution], _reason: str) -> str:
        locked = [row for row in rows if row.is_locked]
        if locked and len(locked) < len(rows):
            raise DomainError("所选机构的审核状态不同，请分别选择已锁定的或未锁定的机构。")
        if locked:
            institutions.unlock(actor, rows)
            return f"已解锁 {len(rows)} 家机构。"
        institutions.lock(actor, rows)
        return f"已锁定 {len(rows)} 家机构。"

    tools: ClassVar[Sequence[Tool | None]] = (
        Link("新增", ".create_view", Permission.INSTITUTION_WRITE),
        Link("修改", ".edit_view", Permission.INSTITUTION_WRITE, needs="one"),
        delete_institution,
        None,
        Link("详细信息设置", ".details_view", Permission.INSTITUTION_READ, needs="one"),
        Link(
            "登录设置",
            "administrators.index_view",
            Permission.ADMINISTRATOR_READ,
            needs="one",
            argument="institution",
        ),
        _lock,
        None,
        Link("导入", "institution_import.index_view", Permission.INSTITUTION_WRITE),
        Link("导出", ".export", Permission.INSTITUTION_EXPORT, keeps_filter=True),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(Institution, name=self.title, endpoint="institutions", url="institutions")

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search present and former names."""
        return institutions.search_condition(keyword)

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Leave the own institution out: it has a page of its own."""
        return (Institution.id != require_actor().institution_id,)

    def list_options(self) -> Sequence[Any]:
        """Load the licences of all rows at once."""
        return (selectinload(Institution.licence_in_use),)

    def cell_class(self, row: Institution, name: str) -> str:
        """Colour the state of the record."""
        return (" is-good" if row.is_locked else " is-waiting") if name == "locked_at" else ""

    @expose("/names/")
    def names(self) -> ResponseReturnValue:
        """Give up to 20 institutions of the whole library by name, for the periods of a trial."""
        found = institutions.lookup_names(request.args.get("query", ""))
        return jsonify([[str(key), name] for key, name in found])

"""机构信息管理: the library of institutions below the account's node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import jsonify, request, url_for
from flask_admin import expose
from sqlalchemy.orm import selectinload

from admin_views.base import GridView
from admin_views.filters import Choice, Filter, code_filter
from admin_views.identity import require_actor
from admin_views.institution_record import record_page
from admin_views.tools import Link, action
from forms.institution import InstitutionForm
from models import BusinessRank, Institution, InstitutionLevel
from services import (
    institutions,
    licences,
    reference,
    scope,
)
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


class InstitutionView(GridView):
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
    create_template = "admin/institution_form.html"
    edit_template = "admin/institution_form.html"
    opens = ".details_view"
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
        "delete",
        "删除",
        Permission.INSTITUTION_WRITE,
        confirm="确定删除以下机构吗？\n{rows}",
        is_dangerous=True,
    )
    def _delete(self, actor: Actor, rows: list[Institution], _reason: str) -> str:
        institutions.delete(actor, rows[0])
        return "机构已删除。"

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
        _delete,
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

    def make_form(self, row: Institution | None) -> InstitutionForm:
        """Return the superior's form; a new institution reports to the own one unless chosen."""
        form = InstitutionForm(self.formdata(), obj=row)
        if row is None and request.method == "GET":
            actor = require_actor()
            form.parent_id.data = str(actor.institution_id)
            form.parent_name.data = actor.institution_name
        return form

    def create(self, actor: Actor, form: InstitutionForm) -> Institution:
        """Make an institution below the own node."""
        return institutions.create(actor, form.to_input())

    def update(self, actor: Actor, row: Institution, form: InstitutionForm) -> None:
        """Change name, category or reporting line."""
        institutions.update(
            actor,
            row,
            form.to_input(),
            expected_version=form.expected_version(),
            keep_former_name=bool(form.keep_former_name.data),
        )

    def form_context(self, row: Institution | None) -> dict[str, Any]:
        """Tell the template where the picker looks names up."""
        return {
            "lookup_url": url_for("institutions.ajax_lookup"),
            "institution": row,
            "categories": _category_choices(),
        }

    @expose("/details/", methods=("GET", "POST"))
    def details_view(self) -> ResponseReturnValue:
        """Show 详细信息设置, or take a change of it."""
        return record_page(self, scope.find(Institution, self.single_argument("id")))

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> ResponseReturnValue:
        """Give up to 20 institutions of the own subtree whose name contains the query."""
        found = institutions.lookup(require_actor(), request.args.get("query", ""))
        return jsonify([[str(key), name] for key, name in found])

    @expose("/names/")
    def names(self) -> ResponseReturnValue:
        """Give up to 20 institutions of the whole library by name, for the periods of a trial."""
        found = institutions.lookup_names(request.args.get("query", ""))
        return jsonify([[str(key), name] for key, name in found])

    def record_url(self, institution: Institution, tab: str) -> str:
        """Return the address of a tab of an institution's record."""
        return url_for(".details_view", id=institution.id, tab=tab, url=self.return_url())

    def back_url(self) -> str:
        """Return where 返回 leads."""
        return self.return_url()

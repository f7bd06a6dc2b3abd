"""机构信息管理: the library of institutions below the account's node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import g, jsonify, redirect, request, url_for
from flask_admin import expose
from sqlalchemy.orm import joinedload

from admin_views.filters import (
    DateFilter,
    Filter,
    SelectFilter,
    TermFilter,
    codes_filter,
    enum_choices,
    tree_filter,
)
from admin_views.handing_over import hand_over
from admin_views.identity import require_actor
from admin_views.institution_forms import InstitutionForms, delete_institution
from admin_views.lookup_filters import LookupFilter, WithinFilter
from admin_views.tools import Link, Switch, action
from exports.account_table import account_table_bytes
from models import (
    BusinessRank,
    Division,
    Institution,
    InstitutionCategory,
    InstitutionGrade,
    InstitutionKind,
    InstitutionLevel,
    InstitutionName,
)
from services import account_batches, institutions, licences, reference, scope
from services.audit import AuditTag
from services.institutions import completeness
from services.institutions.record import NOT_TO_UNLOCK
from services.licence_terms import LicenceTerm, term_condition, term_within
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


#: Per cent of a record that needs nothing more.
COMPLETE: Final = 100
#: The notice's clerk of a clinic finds this page in the menu and has nothing to do on it.
NOTHING_BELOW: Final = (
    "本机构没有下级机构，此处无需填写。本机构的资料请在“本机构信息设置”中维护；"
    "确有下属单位的才需“新增”。"
)


def _lock_condition(value: str) -> ColumnElement[bool]:
    column = Institution.locked_at
    return column.is_not(None) if value == "locked" else column.is_(None)


def _account_condition(value: str) -> ColumnElement[bool]:
    condition = account_batches.has_no_account()
    return condition if value == "no" else ~condition


def _lock_text(row: Institution) -> str:
    """Return the state of a record; the office is named where it is not the reader's own."""
    if not row.is_locked:
        return "未锁定"
    is_own = row.locked_by_id in {None, require_actor().institution_id}
    return "已锁定" if is_own or row.locked_by is None else f"已锁定（{row.locked_by.name}）"


def _named(table: Any, attribute: str) -> Any:
    """Return the formatter that shows a code by its name; the code table is in memory."""
    return lambda _v, _c, row, _n: reference.name_of(table, getattr(row, attribute))


@action(
    "lock",
    "锁定",
    Permission.INSTITUTION_LOCK,
    confirm="锁定后，下列机构的信息不能再修改：\n{rows}",
    needs="some",
)
def lock_institutions(
    _screen: InstitutionView, actor: Actor, rows: list[Institution], _reason: str
) -> str:
    """Lock the selected institutions: all of them or none."""
    institutions.lock(actor, rows)
    return f"已锁定 {len(rows)} 家机构。"


@action(
    "unlock",
    "解锁",
    Permission.INSTITUTION_LOCK,
    confirm="解锁后，下列机构的信息又可以修改：\n{rows}",
    needs="some",
    reason="解锁原因",
)
def unlock_institutions(
    _screen: InstitutionView, actor: Actor, rows: list[Institution], reason: str
) -> str:
    """Unlock the selected institutions: all of them or none."""
    institutions.unlock(actor, rows, reason=reason)
    return f"已解锁 {len(rows)} 家机构。"


@action(
    "open_accounts",
    "批量开户",
    Permission.ADMINISTRATOR_ISSUE,
    confirm="为下列机构中还没有用户的机构开户，下一步填写用户姓名和手机号：\n{rows}",
    needs="some",
)
def open_accounts(
    _screen: InstitutionView, _actor: Actor, rows: list[Institution], _reason: str
) -> ResponseReturnValue:
    """Lead to the form of accounts for the selected institutions; nothing is made yet."""
    return redirect(url_for("account_batches.new", institution=[row.id for row in rows]))


class InstitutionView(InstitutionForms):
    """The grid of institutions with the buttons of the notice."""

    title = "机构信息管理"
    list_template = "admin/institution_grid.html"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.INSTITUTION_READ,
        "create_view": Permission.INSTITUTION_WRITE,
        "edit_view": Permission.INSTITUTION_WRITE,
        "details_view": Permission.INSTITUTION_READ,
        "action_view": Permission.INSTITUTION_READ,
        "export": Permission.INSTITUTION_EXPORT,
        "ajax_lookup": Permission.INSTITUTION_FIND,
        "check": Permission.INSTITUTION_READ,
        "names": Permission.CERTIFICATE_WRITE,
        "tree": Permission.INSTITUTION_READ,
        "account_table": Permission.ADMINISTRATOR_ISSUE,
    }
    export_tag = AuditTag.INSTITUTION_EXPORT
    column_list = (
        "name",
        "category",
        "reports_to",
        "organisation_code",
        "departments",
        "locked_at",
        "completeness",
        "administrators",
        "registration_number",
        "division_code",
        "level_code",
        "grade_code",
        "rank_code",
        "address",
        "postcode",
        "licence_until",
        "unit_number",
        "created_at",
    )
    hidden_columns: ClassVar[frozenset[str]] = frozenset(column_list[8:])
    labels: ClassVar[Mapping[str, str]] = {
        "category": "机构类别",
        "reports_to": "信息上报层级",
        "organisation_code": "统一社会信用代码",
        "departments": "诊疗科目",
        "locked_at": "审核状态",
        "completeness": "资料完整度",
        "administrators": "管理员数",
        "licence_until": "许可证有效期截止",
    }
    column_sortable_list = ("name", "organisation_code", "created_at")
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("path", False)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "reports_to": lambda _v, _c, row, _n: row.reports_to.name if row.reports_to else "",
        "departments": lambda _v, _c, row, _n: licences.departments_in_use(row),
        "locked_at": lambda _v, _c, row, _n: _lock_text(row),
        "completeness": lambda _v, _c, row, _n: f"{g.completeness[row.id]}%",
        "administrators": lambda _v, _c, row, _n: g.administrator_counts.get(row.id, 0),
        "division_code": _named(Division, "division_code"),
        "level_code": _named(InstitutionLevel, "level_code"),
        "grade_code": _named(InstitutionGrade, "grade_code"),
        "rank_code": _named(BusinessRank, "rank_code"),
        "licence_until": lambda _v, _c, row, _n: (
            row.licence_in_use.valid_until if row.licence_in_use else ""
        ),
    }
    keyword_hint = "名称、曾用名、拼音首字母或代码"
    empty_hint = "没有符合条件的机构。可清除搜索条件，或单击“新增”建立下级机构。"
    filters: ClassVar[Sequence[Filter]] = (
        WithinFilter(
            "within",
            "范围",
            "",
            lambda row: scope.subtree(Institution.path, row.path),
        ),
        tree_filter(
            "category",
            "机构类别",
            "所有卫生机构类别",
            InstitutionCategory,
            Institution.category_code.in_,
        ),
        tree_filter(
            "division",
            "行政区划",
            "全部",
            Division,
            Institution.division_code.in_,
            is_advanced=True,
        ),
        LookupFilter(
            "bureau",
            "信息上报",
            "输入名称或拼音首字母",
            lambda row: Institution.parent_id == row.id,
            InstitutionKind.BUREAU,
            is_advanced=True,
        ),
        codes_filter("level", "机构级别", "全部", InstitutionLevel, Institution.level_code),
        codes_filter("grade", "机构等次", "全部", InstitutionGrade, Institution.grade_code),
        codes_filter("rank", "业务定级", "全部", BusinessRank, Institution.rank_code),
        SelectFilter(
            "locked",
            "审核状态",
            "全部",
            lambda: [("locked", "已锁定", None), ("open", "未锁定", None)],
            _lock_condition,
            is_advanced=True,
        ),
        SelectFilter(
            "complete",
            "资料完整度",
            "全部",
            lambda: [("yes", "已完整", None), ("no", "不完整", None)],
            lambda value: completeness.condition(value == "yes"),
            is_advanced=True,
        ),
        TermFilter(
            "licence",
            "许可证",
            "全部",
            enum_choices(LicenceTerm),
            lambda value: term_condition(LicenceTerm(value)),
            term_within,
            is_advanced=True,
        ),
        SelectFilter(
            "accounts",
            "开户情况",
            "全部",
            lambda: [("no", "未开户", None), ("yes", "已开户", None)],
            _account_condition,
            is_advanced=True,
        ),
        DateFilter("created", "创建时间", Institution.created_at, is_advanced=True),
    )
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
        Switch(
            "锁定/解锁",
            "locked",
            when_on=unlock_institutions,
            when_off=lock_institutions,
            mixed=(
                "所选机构的审核状态不同，请分别选择已锁定的或未锁定的机构。\n"
                "已锁定：{on}\n未锁定：{off}"
            ),
        ),
        None,
        Link("导入", "institution_import.index_view", Permission.INSTITUTION_WRITE),
        Link("导出", ".export", Permission.INSTITUTION_EXPORT, keeps_filter=True),
        open_accounts,
        Link("开户表", ".account_table", Permission.ADMINISTRATOR_ISSUE, keeps_filter=True),
    )

    more_tools: ClassVar[Sequence[Link]] = (
        Link("回收站", "institution_bin.index_view", Permission.INSTITUTION_WRITE),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(Institution, name=self.title, endpoint="institutions", url="institutions")

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search present and former names, their initials, and codes."""
        return institutions.search_condition(keyword)

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Leave the own institution out: it has a page of its own."""
        return (Institution.id != require_actor().institution_id,)

    def hint_when_empty(self, actor: Actor) -> str:
        """Tell an institution without any below it that there is nothing to do here."""
        if actor.kind is InstitutionKind.HEALTHCARE and not self.is_filtered():
            return NOTHING_BELOW
        return super().hint_when_empty(actor)

    def list_options(self) -> Sequence[Any]:
        """Load the licences in use of all rows at once, with what completeness asks of them."""
        office = joinedload(Institution.locked_by).undefer(InstitutionName.path)
        return (*completeness.loading(), office)

    def prepare(self, rows: Sequence[Institution]) -> None:
        """Count the accounts of all rows at once; reckon completeness and unlocking once."""
        g.unlockable = institutions.unlockable(require_actor(), rows)
        g.administrator_counts = institutions.administrator_counts([row.id for row in rows])
        g.completeness = {row.id: completeness.percent(row) for row in rows}

    def row_state(self, row: Institution) -> str:
        """Say whether the record is locked."""
        return "locked" if row.is_locked else ""

    def row_questions(self, row: Institution) -> Mapping[str, Mapping[str, str]]:
        """Say who has locked a record, and before locking that it is incomplete.

        The lock of a higher office cannot be undone; a lock keeps what is missing as it is.
        """
        if not row.is_locked:
            percent = g.completeness[row.id]
            if percent == COMPLETE:
                return {}
            note = f"“{row.name}”的资料完整度为{percent}%，锁定后在解锁之前不能补齐。"
            return {"lock": {"note": note}}
        if row.locked_by is None:
            return {}
        office = row.locked_by.name
        if row.id not in g.unlockable:
            return {"unlock": {"refusal": NOT_TO_UNLOCK.format(name=row.name, office=office)}}
        question = f"该机构由“{office}”锁定。解锁后，下列机构的信息又可以修改：\n{{rows}}"
        return {"unlock": {"question": question}}

    def cell_class(self, row: Institution, name: str) -> str:
        """Colour the state of the record, and what is complete."""
        if name == "locked_at":
            return " is-good" if row.is_locked else " is-waiting"
        if name == "completeness":
            return " is-good" if g.completeness[row.id] == COMPLETE else " is-waiting"
        return ""

    @expose("/tree/")
    def tree(self) -> ResponseReturnValue:
        """Give up to 20 nodes below one node of the own subtree, for the panel beside the grid."""
        given = request.args
        found = institutions.branches(
            require_actor(), given.get("above") or None, after=given.get("after") or None
        )
        nodes = [[str(b.key), b.name, b.is_bureau, b.has_below] for b in found.nodes]
        return jsonify(nodes=nodes, more=found.has_more)

    @expose("/account-table.xlsx")
    def account_table(self) -> ResponseReturnValue:
        """Give the institutions of the present filter that have no account, to be filled in."""
        refused = self.not_by_this_address()
        if refused is not None:
            return refused
        rows = account_batches.table_rows(require_actor(), self.conditions())
        data = account_table_bytes(rows, account_batches.choices())
        return hand_over(data, "开户表.xlsx", AuditTag.INSTITUTION_EXPORT)

    @expose("/names/")
    def names(self) -> ResponseReturnValue:
        """Give up to 20 institutions of the whole library by name, for the periods of a trial."""
        found = institutions.lookup_names(request.args.get("query", ""))
        return jsonify([[str(key), name] for key, name in found])

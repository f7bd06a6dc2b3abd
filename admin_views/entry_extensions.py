"""填报延期: institutions that have more days than others; the bureaux above grant them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import request, url_for
from sqlalchemy import not_
from sqlalchemy.orm import joinedload

from admin_views.base import GridView
from admin_views.filters import Filter, SelectFilter, year_filter
from admin_views.form_display import owner_named, owner_problem
from admin_views.identity import require_actor
from admin_views.lookup_filters import take_typed
from admin_views.tools import Link, action
from forms.entry_extension import EntryExtensionForm
from models import EntryExtension
from services import exam_years
from services.errors import DomainError
from services.exam_years import extensions
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


class EntryExtensionView(GridView):
    """The grid of extensions: a bureau's part of the tree, an institution's own."""

    title = "填报延期"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.EXAM_YEAR_READ,
        "create_view": Permission.EXAM_EXTEND,
        "edit_view": Permission.EXAM_YEAR_READ,
        "action_view": Permission.EXAM_EXTEND,
    }
    create_template = "admin/entry_extension_form.html"
    edit_template = "admin/entry_extension_form.html"
    column_list = ("institution", "exam_year", "until", "reason", "bureau", "updated_at")
    labels: ClassVar[Mapping[str, str]] = {
        "institution": "机构名称",
        "bureau": "批准单位",
        "updated_at": "批准时间",
    }
    column_sortable_list = (
        ("institution", "institution.name"),
        "exam_year",
        "until",
        "updated_at",
    )
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("id", True)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "institution": lambda _v, _c, row, _n: row.institution.name,
        "bureau": lambda _v, _c, row, _n: row.bureau.name,
        "exam_year": lambda _v, _c, row, _n: f"{row.exam_year}年",
    }
    keyword_hint = "机构名称、拼音首字母"
    filters: ClassVar[Sequence[Filter]] = (
        year_filter(EntryExtension.exam_year),
        SelectFilter(
            "standing",
            "状态",
            "全部",
            lambda: [("in_force", "有效", None), ("past", "已过期", None)],
            lambda value: (
                extensions.in_force() if value == "in_force" else not_(extensions.in_force())
            ),
        ),
    )

    @action(
        "withdraw",
        "取消延期",
        Permission.EXAM_EXTEND,
        confirm="取消后，下列机构按统一的截止时间填报和报送；已录入、已报送的不受影响：\n{rows}",
        reason="取消原因",
        is_dangerous=True,
    )
    def _withdraw(self, actor: Actor, rows: list[EntryExtension], reason: str) -> str:
        extensions.withdraw(actor, rows[0], reason)
        return "填报延期已取消。"

    tools: ClassVar[Sequence[Tool | None]] = (
        Link("新增", ".create_view", Permission.EXAM_EXTEND),
        Link("修改", ".edit_view", Permission.EXAM_EXTEND, needs="one", act="edit"),
        Link(
            "查看",
            ".edit_view",
            Permission.EXAM_YEAR_READ,
            needs="one",
            unless=Permission.EXAM_EXTEND,
        ),
        _withdraw,
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(
            EntryExtension, name=self.title, endpoint="entry_extensions", url="entry-extensions"
        )

    def hint_when_empty(self, actor: Actor) -> str:
        """Tell a bureau how one is granted, an institution whom it asks."""
        if actor.may(Permission.EXAM_EXTEND):
            return "没有符合条件的填报延期。确需延期的机构，单击“新增”办理。"
        ask = exam_years.whom_to_ask(actor.path)
        return f"本机构没有填报延期。确需补录或补报的，请联系{ask}办理。"

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search the institution."""
        return extensions.search_condition(keyword)

    def list_options(self) -> Sequence[Any]:
        """Load the institutions of all rows at once."""
        return (joinedload(EntryExtension.institution),)

    def acts_on(self, row: EntryExtension) -> frozenset[str] | None:
        """Return no act for what the account only reads."""
        return None if extensions.may_decide(require_actor(), row) else frozenset()

    def make_form(self, row: EntryExtension | None) -> EntryExtensionForm:
        """Return the form; a new one is proposed for the year that is current."""
        proposed = {} if row is not None else {"exam_year": exam_years.current_year()}
        form = EntryExtensionForm(self.formdata(), obj=row, **proposed)
        if row is None:
            take_typed(form, form.institution_name)
            form.judge_owner = lambda: owner_problem(form.institution_id.data, "institution_name")
        return form

    def form_title(self, row: EntryExtension | None) -> str:
        """Return the title over the form; whoever cannot change it looks at it."""
        if row is None or extensions.may_decide(require_actor(), row):
            return super().form_title(row)
        return f"查看：{self.row_name(row)}"

    def form_context(self, row: EntryExtension | None) -> dict[str, Any]:
        """Tell the template where the picker looks names up, and whether it can be saved."""
        return {
            "extension": row,
            "lookup_url": url_for("institutions.ajax_lookup", kind="healthcare"),
            "may_save": row is None or extensions.may_decide(require_actor(), row),
        }

    def opened(self, row: EntryExtension) -> EntryExtension:
        """Refuse the form of whoever only reads, before anything in it is looked at."""
        if request.method == "POST":
            extensions.require_deciding(require_actor(), row.owner_path)
        return row

    def create(self, actor: Actor, form: EntryExtensionForm) -> EntryExtension:
        """Grant an extension to the institution that the form names."""
        if not form.institution_id.data:
            raise DomainError("请选择机构。", field="institution_name")
        return extensions.grant(
            actor,
            owner_named(form.institution_id.data, "institution_name"),
            form.exam_year.data,
            form.to_input(),
            form_key=form.key_of_form(),
        )

    def update(self, actor: Actor, row: EntryExtension, form: EntryExtensionForm) -> None:
        """Give other days or another reason."""
        extensions.change(actor, row, form.to_input(), form.expected_version())

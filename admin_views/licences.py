"""医疗机构执业许可证: licences of the own institution and of all below."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import current_app, flash, g, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from admin_views import licence_cells
from admin_views.base import GridView
from admin_views.filters import Filter, SelectFilter, TermFilter
from admin_views.form_display import owner_named, owner_problem
from admin_views.identity import require_actor
from admin_views.licence_scans import LicenceScanPages
from admin_views.lookup_filters import chosen_institution, institution_filter, take_typed
from admin_views.tools import Link, action
from extensions import db
from forms.licence import LicenceForm
from models import Institution, InstitutionKind, Licence
from services import licences, scope
from services.audit import AuditTag
from services.errors import DomainError, FieldErrors, NotFoundError
from services.institutions import needs_licence
from services.licence_checks import seen_of, waiting_of
from services.licence_validity import Validity, expiring_within, validity_of
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.grid_memory import GridColumn
    from admin_views.tools import Tool
    from services.actor import Actor


#: Whoever writes the new days over the old ones keeps scans that show the old ones.
RENEWED: Final = Markup(
    '该许可证已到期。换发了新证的，请另行<a href="{}">新增</a>，不要改写本证的日期。'
)


@dataclass(frozen=True)
class LicencePart:
    """The licences of one institution with the buttons of their grid."""

    view: LicenceView
    rows: Sequence[Licence]
    columns: Sequence[GridColumn]
    tools: Sequence[Tool]


def licences_of(institution: Institution) -> LicencePart:
    """Return the licences of an institution as the application's screen of licences shows them."""
    admin = current_app.extensions["admin"][0]
    view = next(one for one in admin._views if isinstance(one, LicenceView))  # noqa: SLF001 - Flask-Admin offers no other way to its views
    return view.part_of(institution)


class LicenceView(LicenceScanPages, GridView):
    """The grid of licences with the buttons of the notice."""

    title = "医疗机构执业许可证"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.LICENCE_READ,
        "create_view": Permission.LICENCE_WRITE,
        "edit_view": Permission.LICENCE_WRITE,
        "action_view": Permission.LICENCE_WRITE,
        "export": Permission.LICENCE_READ,
        "change_scan": Permission.LICENCE_WRITE,
        "scans": Permission.LICENCE_READ,
        "scan_thumbnail": Permission.LICENCE_READ,
        "scan_page": Permission.LICENCE_READ,
        "scan_file": Permission.LICENCE_READ,
    }
    export_tag = AuditTag.LICENCE_EXPORT
    create_template = "admin/licence_form.html"
    edit_template = "admin/licence_form.html"
    column_list = (
        "institution_name",
        "registration_number",
        "legal_representative",
        "person_in_charge",
        "valid_until",
        "departments",
        "is_in_use",
        "scans",
        "created_at",
        # Shown first, see ``default_columns``; last, so that addresses go on to sort as they did.
        "institution",
        "valid_from",
    )
    hidden_columns = frozenset({"valid_from"})
    labels: ClassVar[Mapping[str, str]] = {
        "departments": "诊疗科目",
        "scans": "证照",
        "institution": "机构名称",
    }
    column_sortable_list = (
        "institution_name",
        "valid_until",
        "created_at",
        ("institution", "institution.name"),
    )
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("id", False)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "departments": lambda _v, _c, row, _n: row.department_names,
        "scans": lambda _v, _c, row, _n: licence_cells.scans_text(row),
        "institution": lambda _v, _c, row, _n: row.institution.name,
        "valid_until": lambda _v, _c, row, _n: licence_cells.term_text(row),
    }
    keyword_hint = "机构名称、拼音首字母、登记号"
    empty_hint = "没有符合条件的执业许可证。可清除条件，或单击“新增”录入。"
    filters: ClassVar[Sequence[Filter]] = (
        institution_filter(Licence.institution_id),
        SelectFilter(
            "in_use",
            "是否使用",
            "全部",
            lambda: [("yes", "是", None), ("no", "否", None)],
            lambda value: Licence.is_in_use.is_(value == "yes"),
        ),
        TermFilter(
            "validity",
            "有效期",
            "全部",
            licence_cells.terms,
            licence_cells.validity_condition,
            expiring_within,
        ),
        SelectFilter(
            "scans",
            "证照",
            "全部",
            licence_cells.scan_states,
            licence_cells.scans_condition,
            is_advanced=True,
        ),
    )

    @action(
        "use",
        "设为使用",
        Permission.LICENCE_WRITE,
        confirm="将下列许可证设为使用（原使用中的许可证停用）：\n{rows}",
    )
    def _use(self, actor: Actor, rows: list[Licence], _reason: str) -> str:
        # What was asked about is done, whatever the row has become since.
        answer, seen = request.form.get("answer", ""), request.form.get("seen", "")
        if answer == "cancel":
            licences.cancel_use(actor, rows[0], seen)
            return "已取消使用。"
        validity = validity_of(rows[0])
        licences.set_in_use(actor, rows[0], seen, confirm_invalid=answer == validity)
        told = "已设为使用。" if waiting_of(rows[0]) is None else "已设为使用，待上级机构核对。"
        return told if validity is Validity.VALID else f"{told}请尽快换用现在有效的许可证。"

    @action(
        "delete",
        "删除",
        Permission.LICENCE_WRITE,
        confirm="确定删除以下许可证及其证照扫描件吗？\n{rows}",
        is_dangerous=True,
    )
    def _delete(self, actor: Actor, rows: list[Licence], _reason: str) -> str:
        licences.delete(actor, rows[0], request.form.get("seen", ""))
        return "许可证已删除。"

    tools: ClassVar[Sequence[Tool | None]] = (
        Link("新增", ".create_view", Permission.LICENCE_WRITE, keeps=("institution",)),
        Link("修改", ".edit_view", Permission.LICENCE_WRITE, needs="one", act="edit"),
        Link("证照上传", ".scans", Permission.LICENCE_READ, needs="one", argument="key"),
        _use,
        _delete,
        None,
        Link("导出", ".export", Permission.LICENCE_READ, keeps_filter=True),
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(Licence, name=self.title, endpoint="licences", url="licences")

    def default_columns(self) -> list[GridColumn]:
        """Put whose licence it is before all else for a bureau; an institution sees its own."""
        *notice, institution = super().default_columns()
        is_bureau = require_actor().kind is InstitutionKind.BUREAU
        return [institution, *notice] if is_bureau else notice

    def offers(self, tool: Tool, actor: Actor) -> bool:
        """Leave 新增 out for an institution that practises under no licence."""
        is_new = isinstance(tool, Link) and tool.endpoint == ".create_view"
        return super().offers(tool, actor) and not (is_new and self._needs_none())

    def hint_when_empty(self, actor: Actor) -> str:
        """Tell an institution that practises under no licence that there is nothing to enter."""
        return licences.NONE_NEEDED if self._needs_none() else super().hint_when_empty(actor)

    def part_of(self, institution: Institution) -> LicencePart:
        """Return the grid of one institution's licences, for a page about the institution.

        Its buttons are those of the grid; a locked record can only be looked at.
        """
        actor = require_actor()
        statement = select(Licence).where(Licence.institution_id == institution.id)
        rows = db.session.scalars(statement.options(*self.list_options()).order_by(Licence.id))
        return LicencePart(
            view=self,
            rows=rows.unique().all(),
            columns=[one for one in self.all_columns() if one.name != "institution"],
            tools=[
                tool
                for tool in self.tools
                if tool is not None
                and not (isinstance(tool, Link) and tool.keeps_filter)
                and self.offers(tool, actor)
                and (tool.permission is Permission.LICENCE_READ or not institution.is_locked)
            ],
        )

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search names, initials and numbers."""
        return licences.search_condition(keyword)

    def list_options(self) -> Sequence[Any]:
        """Load what the rows show at once."""
        return (joinedload(Licence.institution), selectinload(Licence.scans))

    def cell_class(self, row: Licence, name: str) -> str:
        """Colour what wants attention, and the one in use."""
        return licence_cells.cell_class(row, name)

    def row_questions(self, row: Licence) -> Mapping[str, Mapping[str, str]]:
        """Ask before one not valid is used; the one in use can only be taken out of use.

        Whichever it is, the act is done to the licence as it is shown.
        """
        seen = {"seen": seen_of(row)}
        return {"use": {**self._question_of_use(row), **seen}, "delete": seen}

    @staticmethod
    def _question_of_use(row: Licence) -> Mapping[str, str]:
        if row.is_in_use:
            question = (
                "取消使用下列许可证吗？取消后本机构没有使用中的许可证，不能填报考核证明：\n{rows}"
            )
            return {"label": "取消使用", "question": question, "answer": "cancel"}
        validity = validity_of(row)
        if validity is Validity.VALID:
            return {}
        why = (
            f"该许可证自{row.valid_from}起才有效，此前不能新增考核证明。"
            if validity is Validity.NOT_BEGUN
            else f"该许可证已于{row.valid_until}到期。"
        )
        question = f"{why}确定仍要设为使用吗？（原使用中的许可证停用）\n{{rows}}"
        return {"question": question, "answer": validity.value}

    def acts_on(self, row: Licence) -> frozenset[str] | None:
        """Return no act for a row of a locked record: it can only be looked at."""
        return frozenset() if row.institution.is_locked else None

    def row_name(self, row: Licence) -> str:
        """Name a licence by institution, number and term."""
        return row.title

    def make_form(self, row: Licence | None) -> LicenceForm:
        """Return the form; a new licence is proposed with the institution's own data."""
        form = LicenceForm(self.formdata(), obj=row)
        if row is not None:
            if validity_of(row) is Validity.EXPIRED:
                anew = url_for(
                    ".create_view", institution=row.institution_id, url=self.return_url()
                )
                form.valid_until.description = RENEWED.format(anew)
            return form
        if not self._may_choose_owner():
            del form.owner_name
        elif request.method == "POST":
            take_typed(form, form.owner_name)
        form.judge_owner = lambda: owner_problem(form.institution_id.data, "owner_name")
        institution = self._institution() if request.method == "GET" else None
        # A bureau chooses the institution whose licence it enters.
        if institution is not None and not institution.is_bureau:
            form.institution_id.data = str(institution.id)
            form.institution_name.data = institution.name
            form.address.data = institution.address
            form.registration_number.data = institution.registration_number
            if "owner_name" in form:
                form.owner_name.data = institution.name
        return form

    @staticmethod
    def _may_choose_owner() -> bool:
        return require_actor().kind is InstitutionKind.BUREAU

    def form_context(self, row: Licence | None) -> dict[str, Any]:
        """Tell the template whose licence it is, and whether it can only be read."""
        return {
            "licence": row,
            "owner": row.institution if row is not None else self._owner(),
            "is_locked": row is not None and row.institution.is_locked,
            "none_needed": licences.NONE_NEEDED if row is None and self._needs_none() else "",
            "may_choose_owner": row is None and self._may_choose_owner(),
        }

    def require_open(self, actor: Actor, row: Licence | None, form: LicenceForm) -> None:
        """Say first that the record is locked, whose licence it is or would be."""
        if row is not None:
            licences.require_keeper(actor, row.institution)
        elif form.institution_id.data:
            # Saving says beside the field that there is no such institution.
            with suppress(FieldErrors):
                licences.require_keeper(actor, owner_named(form.institution_id.data, "owner_name"))

    def create(self, actor: Actor, form: LicenceForm) -> Licence:
        """Make a licence of the institution that the form names."""
        if not form.institution_id.data:
            raise DomainError("请选择所属机构。", field="owner_name")
        institution = owner_named(form.institution_id.data, "owner_name")
        return licences.create(actor, institution, form.to_input(), form_key=form.key_of_form())

    def update(self, actor: Actor, row: Licence, form: LicenceForm) -> None:
        """Change a licence."""
        licences.update(actor, row, form.to_input(), form.expected_version())

    def after_create(self, row: Licence) -> ResponseReturnValue:
        """Go on with the scans."""
        flash("下一步：请上传许可证正本、副本的扫描件。", "success")
        return redirect(url_for(".scans", key=row.id, url=self.return_url()))

    def _needs_none(self) -> bool:
        """Whether the account's institution, or the one that is looked at, has no licence.

        A bureau has none either, and enters those of others.
        """
        if "needs_no_licence" not in g:
            owner, actor = self.institution_shown(), require_actor()
            if owner is None and actor.kind is InstitutionKind.HEALTHCARE:
                owner = scope.find(Institution, actor.institution_id)
            g.needs_no_licence = owner is not None and not (owner.is_bureau or needs_licence(owner))
        found: bool = g.needs_no_licence
        return found

    @staticmethod
    def _owner() -> Institution:
        """Return the institution that the form names, or else the one for which it is opened."""
        with suppress(NotFoundError):
            return scope.find(Institution, request.form.get("institution_id"))
        return LicenceView._institution()

    @staticmethod
    def _institution() -> Institution:
        return chosen_institution() or scope.find(Institution, require_actor().institution_id)

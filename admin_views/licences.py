"""医疗机构执业许可证: licences of the own institution and of all below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import request
from sqlalchemy.orm import joinedload

from admin_views.base import GridView
from admin_views.filters import Filter, SelectFilter, chosen_institution, institution_filter
from admin_views.identity import require_actor
from admin_views.tools import Link, action
from forms.licence import LicenceForm
from models import Institution, Licence
from services import licences, scope
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


class LicenceView(GridView):
    """The grid of licences with the buttons of the notice."""

    title = "医疗机构执业许可证"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.LICENCE_READ,
        "create_view": Permission.LICENCE_WRITE,
        "edit_view": Permission.LICENCE_WRITE,
        "action_view": Permission.LICENCE_WRITE,
    }
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
        "created_at",
    )
    labels: ClassVar[Mapping[str, str]] = {"departments": "诊疗科目"}
    column_sortable_list = ("institution_name", "valid_until", "created_at")
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("id", False)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "departments": lambda _v, _c, row, _n: row.department_names,
    }
    keyword_hint = "证书机构名称、登记号"
    empty_hint = "还没有执业许可证。单击“新增”录入本机构的许可证。"
    filters: ClassVar[Sequence[Filter]] = (
        institution_filter(Licence.institution_id),
        SelectFilter(
            "in_use",
            "是否使用",
            "全部",
            lambda: [("yes", "是", None), ("no", "否", None)],
            lambda value: Licence.is_in_use.is_(value == "yes"),
        ),
    )

    @action(
        "use",
        "设为使用",
        Permission.LICENCE_WRITE,
        confirm="将下列许可证设为使用（原使用中的许可证停用）：\n{rows}",
    )
    def _use(self, actor: Actor, rows: list[Licence], _reason: str) -> str:
        licences.set_in_use(actor, rows[0])
        return "已设为使用。"

    @action(
        "use_expired",
        "设为使用（已过期）",
        Permission.LICENCE_WRITE,
        confirm="下列许可证已过有效期，确定仍要使用吗？\n{rows}",
        is_dangerous=True,
    )
    def _use_expired(self, actor: Actor, rows: list[Licence], _reason: str) -> str:
        licences.set_in_use(actor, rows[0], confirm_expired=True)
        return "已设为使用。请尽快更换有效的许可证。"

    @action(
        "delete",
        "删除",
        Permission.LICENCE_WRITE,
        confirm="确定删除以下许可证吗？\n{rows}",
        is_dangerous=True,
    )
    def _delete(self, actor: Actor, rows: list[Licence], _reason: str) -> str:
        licences.delete(actor, rows[0])
        return "许可证已删除。"

    tools: ClassVar[Sequence[Tool | None]] = (
        Link("新增", ".create_view", Permission.LICENCE_WRITE, keeps=("institution",)),
        Link("修改", ".edit_view", Permission.LICENCE_WRITE, needs="one"),
        _use,
        _use_expired,
        _delete,
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(Licence, name=self.title, endpoint="licences", url="licences")

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search the name on the licence and its number."""
        condition: ColumnElement[bool] = Licence.institution_name.contains(
            keyword, autoescape=True
        ) | Licence.registration_number.startswith(keyword.upper(), autoescape=True)
        return condition

    def list_options(self) -> Sequence[Any]:
        """Load the institutions of all rows at once."""
        return (joinedload(Licence.institution),)

    def cell_class(self, row: Licence, name: str) -> str:
        """Colour an expired licence and the one in use."""
        if name == "valid_until" and licences.is_expired(row):
            return " is-bad"
        return " is-good" if name == "is_in_use" and row.is_in_use else ""

    def row_name(self, row: Licence) -> str:
        """Name a licence by institution and number."""
        return f"{row.institution_name} {row.registration_number}"

    def make_form(self, row: Licence | None) -> LicenceForm:
        """Return the form; a new licence is proposed with the institution's own data."""
        form = LicenceForm(self.formdata(), obj=row)
        if row is None and request.method == "GET":
            institution = self._institution()
            form.institution_id.data = str(institution.id)
            form.institution_name.data = institution.name
            form.address.data = institution.address
            form.registration_number.data = institution.registration_number
        return form

    def create(self, actor: Actor, form: LicenceForm) -> Licence:
        """Make a licence of the institution that the form names."""
        institution = scope.find(Institution, form.institution_id.data)
        return licences.create(actor, institution, form.to_input())

    def update(self, actor: Actor, row: Licence, form: LicenceForm) -> None:
        """Change a licence."""
        licences.update(actor, row, form.to_input(), form.expected_version())

    @staticmethod
    def _institution() -> Institution:
        return chosen_institution() or scope.find(Institution, require_actor().institution_id)

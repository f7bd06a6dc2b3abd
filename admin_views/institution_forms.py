"""The forms of the library: 新增, 修改, 删除 and 详细信息设置, and the picker that they use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import jsonify, request, url_for
from flask_admin import expose

from admin_views.base import GridView
from admin_views.identity import require_actor
from admin_views.institution_record import record_page
from admin_views.tools import action
from forms.institution import InstitutionForm
from models import Institution, InstitutionKind
from services import institutions, reference, scope
from services.permissions import Permission

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from services.actor import Actor


@action(
    "delete",
    "删除",
    Permission.INSTITUTION_WRITE,
    confirm="确定删除以下机构吗？\n{rows}",
    is_dangerous=True,
)
def delete_institution(
    _screen: InstitutionForms, actor: Actor, rows: list[Institution], _reason: str
) -> str:
    """Delete the selected institution."""
    institutions.delete(actor, rows[0])
    return "机构已删除。"


class InstitutionForms(GridView):
    """What the grid of institutions opens: the superior's form and the whole record."""

    create_template = "admin/institution_form.html"
    edit_template = "admin/institution_form.html"
    opens = ".details_view"

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
            "categories": reference.category_tree(),
        }

    @expose("/details/", methods=("GET", "POST"))
    def details_view(self) -> ResponseReturnValue:
        """Show 详细信息设置, or take a change of it."""
        return record_page(self, scope.find(Institution, self.single_argument("id")))

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> ResponseReturnValue:
        """Give up to 20 institutions of the own subtree that the query finds, or bureaux only."""
        only = InstitutionKind.BUREAU if request.args.get("kind") == "bureau" else None
        found = institutions.lookup(require_actor(), request.args.get("query", ""), kind=only)
        return jsonify([[str(key), name] for key, name in found])

    def record_url(self, institution: Institution, tab: str) -> str:
        """Return the address of a tab of an institution's record."""
        return url_for(".details_view", id=institution.id, tab=tab, url=self.return_url())

    def back_url(self) -> str:
        """Return where 返回 leads."""
        return self.return_url()

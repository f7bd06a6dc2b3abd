"""The forms of the library: 新增, 修改, 删除 and 详细信息设置, and the picker that they use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flask import flash, jsonify, redirect, request, url_for
from flask_admin import expose
from markupsafe import Markup

from admin_views.base import GridView
from admin_views.form_display import record_refused_fields
from admin_views.identity import require_actor
from admin_views.institution_record import record_page
from admin_views.lookup_filters import take_typed
from admin_views.tools import action
from forms.institution import MAIN, InstitutionForm
from models import Division, Institution, InstitutionKind
from services import institutions, reference, scope
from services.errors import DomainError
from services.institutions import field_rules, moves, record
from services.institutions.bin import KEPT_FOR
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from services.actor import Actor
    from services.institutions import InstitutionInput, Renaming

#: What is said of a new institution: its name, and where its accounts and its record are.
NEXT_STEPS: Final = Markup(
    '“{}”下一步：<a href="{}">登录设置</a>（新增用户），或填写<a href="{}">详细信息</a>。'
)
#: Longer values are wrong in any field; nobody needs to be told where they end.
LONGEST_CHECKED: Final = 400


@action(
    "delete",
    "删除",
    Permission.INSTITUTION_WRITE,
    confirm="确定删除以下机构吗？删除后30天内可在“回收站”中恢复。\n{rows}",
    is_dangerous=True,
)
def delete_institution(
    _screen: InstitutionForms, actor: Actor, rows: list[Institution], _reason: str
) -> str:
    """Put the selected institution into the recycle bin."""
    institutions.delete(actor, rows[0])
    return f"机构已删除，{KEPT_FOR.days}天内可在“回收站”中恢复。"


class InstitutionForms(GridView):
    """What the grid of institutions opens: the superior's form and the whole record."""

    create_template = "admin/institution_form.html"
    edit_template = "admin/institution_form.html"
    opens = ".details_view"

    def make_form(self, row: Institution | None) -> InstitutionForm:
        """Return the superior's form; a new institution reports to the own one unless chosen."""
        form = InstitutionForm(self.formdata(), obj=row)
        form.judge = partial(_problems, row)
        take_typed(form, form.parent_name)
        if row is None and request.method == "GET":
            actor = require_actor()
            form.parent_id.data = str(actor.institution_id)
            form.parent_name.data = actor.institution_name
        return form

    def create(self, actor: Actor, form: InstitutionForm) -> Institution:
        """Make an institution below the own node."""
        return institutions.create(actor, form.to_input(), form_key=form.key_of_form())

    def after_create(self, row: Institution) -> ResponseReturnValue:
        """Name the new institution and the next steps: in a long list it is on some other page."""
        back = self.return_url()
        accounts = url_for("administrators.index_view", institution=row.id, url=back)
        details = url_for(".details_view", id=row.id, url=back)
        flash(NEXT_STEPS.format(row.name, accounts, details), "success")
        return redirect(back)

    def update(self, actor: Actor, row: Institution, form: InstitutionForm) -> None:
        """Change what the superior may; another parent needs a confirmation in the form."""
        institutions.update(
            actor,
            row,
            form.to_input(),
            expected_version=form.expected_version(),
            renaming=form.renaming(),
            confirmed_parent_id=form.confirmed_parent_id.data,
        )

    def require_open(self, actor: Actor, row: Institution | None, _form: InstitutionForm) -> None:
        """Say first whose form it is not, and that the record is locked."""
        if row is not None:
            record.require_superior(actor, row)
            record.require_unlocked(row)

    def was_only_locked(self, row: Institution, form: InstitutionForm) -> bool:
        """Whether the record was locked and unlocked again while the form was open."""
        return record.only_locks_since(row, form.expected_version())

    def form_context(self, row: Institution | None) -> dict[str, Any]:
        """Tell the template what may be chosen, whether the form can be saved, and what moves."""
        is_posted = request.method == "POST"
        closed = "" if is_posted else field_rules.why_closed(require_actor(), row, MAIN)
        return {
            "lookup_url": url_for("institutions.ajax_lookup"),
            "check_url": url_for("institutions.check"),
            "institution": row,
            "categories": institutions.offered_categories(
                require_actor(), row.category_code if row is not None else None
            ),
            "divisions": reference.entries(Division),
            "closed": closed,
            "move": self._pending_move(row) if is_posted else None,
        }

    @staticmethod
    def _pending_move(row: Institution | None) -> moves.MovePreview | None:
        """Return what would move along with the posted choice of another parent."""
        key: object = request.form.get("parent_id")
        if not key and request.form.get("parent_name"):
            found = institutions.named(require_actor(), request.form["parent_name"])
            key = found.id if found is not None else None
        if row is None or not key or str(key) == str(row.parent_id):
            return None
        try:
            return moves.preview(require_actor(), row, scope.find(Institution, key))
        except DomainError:
            return None

    @expose("/check/", methods=("POST",))
    def check(self) -> ResponseReturnValue:
        """Say of one field, as the user leaves it, what saving would say; nothing is changed."""
        key = request.form.get("id")
        verdict = institutions.check_field(
            require_actor(),
            scope.find(Institution, key) if key else None,
            request.form.get("field", ""),
            request.form.get("value", "")[:LONGEST_CHECKED],
            beside=request.form,
        )
        return jsonify(error=verdict.error, doubts=verdict.doubts)

    @expose("/details/", methods=("GET", "POST"))
    def details_view(self) -> ResponseReturnValue:
        """Show 详细信息设置, or take a change of it."""
        return record_page(self, scope.find(Institution, self.single_argument("id")))

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> ResponseReturnValue:
        """Give up to 20 institutions of the own subtree that the query finds, or of one kind."""
        asked = request.args.get("kind")
        only = next((kind for kind in InstitutionKind if kind == asked), None)
        found = institutions.lookup(require_actor(), request.args.get("query", ""), kind=only)
        return jsonify([[str(key), name] for key, name in found])

    def record_url(self, institution: Institution, tab: str, **more: Any) -> str:
        """Return the address of a tab of an institution's record."""
        return url_for(".details_view", id=institution.id, tab=tab, url=self.return_url(), **more)

    def back_url(self) -> str:
        """Return where 返回 leads."""
        return self.return_url()


def _problems(
    row: Institution | None, data: InstitutionInput, renaming: Renaming | None
) -> Mapping[str, str]:
    """Return what is wrong with a form that is not saved; keys of others are put on record."""
    found = institutions.problems(require_actor(), row, data, renaming)
    record_refused_fields(found)
    return found.errors

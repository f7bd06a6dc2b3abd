"""What all grid screens share: list, form, actions, export, each behind its permission.

A screen is a subclass with class attributes. Scope is not its business: the wall below the session
holds every query to the signed-in account's part of the tree. Rules are not either: services decide
them, and their errors are shown here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import func, inspect
from sqlalchemy.orm.exc import StaleDataError

from admin_views.form_display import attempt, conflict_page, status_of
from admin_views.formatters import display
from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from admin_views.tools import Action, Link
from exports.columns import Column
from exports.http import XLSX, attachment
from exports.workbook import workbook_bytes
from extensions import db
from models.base import label_of
from models.states import IllegalMoveError
from services import audit, scope
from services.errors import (
    DomainError,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
    require,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.filters import Filter
    from admin_views.tools import Tool
    from forms.base import BaseForm
    from services.actor import Actor
    from services.permissions import Permission

#: Longer keywords match nothing and cost time.
LONGEST_KEYWORD: Final = 64
#: Beyond this page nobody looks; it also keeps OFFSET within what a database takes.
LAST_PAGE: Final = 5000
LONGEST_REASON: Final = 500


class GridView(ModelView):
    """A grid of one model with toolbar, filters, keyword, form and export."""

    list_template = "admin/grid.html"
    create_template = "admin/form.html"
    edit_template = "admin/form.html"
    page_size = 20
    page_size_options = (20, 50, 100)
    can_set_page_size = True
    can_delete = False
    can_export = False
    column_display_actions = False
    named_filter_urls = False

    #: The title over the grid.
    title: ClassVar[str]
    #: Route name → permission. What is not named here is nobody's.
    permissions: ClassVar[Mapping[str, Permission]] = {}
    #: Buttons in their order; ``None`` draws a line between groups.
    tools: ClassVar[Sequence[Tool | None]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    keyword_hint: ClassVar[str] = ""
    #: What an empty grid tells to do next.
    empty_hint: ClassVar[str] = "没有符合条件的记录。"
    #: Where a double click leads; it gets ``id``.
    opens: ClassVar[str] = ".edit_view"
    export_tag: ClassVar[audit.AuditTag | None] = None
    #: Headers of columns that are not columns of the table.
    labels: ClassVar[Mapping[str, str]] = {}

    def __init__(self, model: type[Any], **options: Any) -> None:
        """Make the screen for ``model``; labels come from the columns unless given."""
        columns = inspect(model).column_attrs
        names = [str(name) for name in self.column_list or ()]
        own = {name: label_of(getattr(model, name)) for name in names if name in columns}
        self.column_labels = {**own, **self.labels}
        super().__init__(model, db, **options)

    # What a screen may give.

    def keyword_condition(self, keyword: str) -> ColumnElement[bool] | None:
        """Return the condition for a keyword, or ``None`` where the grid has no keyword search."""
        return None

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Return conditions that always hold, such as leaving out what was deleted."""
        return ()

    def list_options(self) -> Sequence[Any]:
        """Return loader options for the rows of the grid, so that no row asks again."""
        return ()

    def make_form(self, row: Any | None) -> BaseForm:
        """Return the form for ``row``, or for a new record."""
        raise NotAllowedError

    def create(self, actor: Actor, form: Any) -> Any:
        """Make a record from a valid form and return it."""
        raise NotAllowedError

    def update(self, actor: Actor, row: Any, form: Any) -> None:
        """Change ``row`` from a valid form."""
        raise NotAllowedError

    @staticmethod
    def formdata() -> Any:
        """Return what was posted, or ``None`` when the form is only shown."""
        return request.form if request.method == "POST" else None

    def form_context(self, row: Any | None) -> dict[str, Any]:
        """Return what the form's template needs besides the form."""
        return {}

    def after_create(self, row: Any) -> ResponseReturnValue:
        """Return the answer after a record was made."""
        return redirect(self.return_url())

    def row_name(self, row: Any) -> str:
        """Return what a dialog calls ``row``."""
        return audit.describe(row)

    def row_questions(self, row: Any) -> Mapping[str, Mapping[str, str]]:
        """Return what ``row`` makes of a button when it alone is selected, by the action's name.

        ``label`` and ``question`` take the place of the button's own; ``answer`` is posted under
        that name when the user confirms, so that the act is the one that was asked about.
        """
        return {}

    def form_title(self, row: Any | None) -> str:
        """Return the title over the form."""
        return f"修改：{self.row_name(row)}" if row is not None else f"新增 - {self.title}"

    def cell_class(self, row: Any, name: str) -> str:
        """Return an extra class (with a leading blank) for one cell, such as one for its state."""
        return ""

    # What the grid's template asks.

    def filter_value(self, choice: Filter) -> str:
        """Return the value of a filter in this request."""
        return request.args.get(choice.name, "")

    def is_filtered(self, *, advanced: bool = False) -> bool:
        """Whether this request narrows the list (with ``advanced``: by a filter behind 高级)."""
        names = [c.name for c in self.filters if c.is_advanced or not advanced]
        if not advanced:
            names.append("search")
        return any(request.args.get(name) for name in names)

    def link_arguments(self, tool: Link) -> dict[str, str]:
        """Return the query arguments of this request that a button carries along."""
        names = [c.name for c in self.filters] + ["search"] if tool.keeps_filter else tool.keeps
        kept = {name: request.args[name] for name in names if request.args.get(name)}
        return {"export_type": "xlsx", **kept} if tool.keeps_filter else kept

    # How Flask-Admin reads the rows.

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return all conditions of this request; rows and their count ask, they are made once."""
        if "grid_conditions" not in g:
            g.grid_conditions = self._conditions()
        made: list[ColumnElement[bool]] = g.grid_conditions
        return made

    def _conditions(self) -> list[ColumnElement[bool]]:
        found = list(self.base_conditions())
        for choice in self.filters:
            clause = choice.clause(request.args.get(choice.name, ""))
            if clause is not None:
                found.append(clause)
        keyword = request.args.get("search", "").strip()[:LONGEST_KEYWORD]
        if keyword:
            clause = self.keyword_condition(keyword)
            if clause is not None:
                found.append(clause)
        return found

    def get_query(self) -> Any:
        """Return the query of the rows."""
        return super().get_query().filter(*self.conditions()).options(*self.list_options())

    def get_count_query(self) -> Any:
        """Return the query that counts the rows."""
        # The wall holds mapped classes; it does not see a bare column of their table.
        return db.session.query(func.count()).select_from(self.model).filter(*self.conditions())

    def get_one(self, id: Any) -> Any:  # noqa: A002 - Flask-Admin's own name
        """Return the row with this key, or ``NotFoundError``; the session is never asked alone."""
        return scope.find(self.model, id)

    def _get_list_extra_args(self) -> Any:
        view_args = super()._get_list_extra_args()
        page = view_args.page if isinstance(view_args.page, int) else 0
        # Where this list was reached from is not part of the list: addresses would nest forever.
        extra = {name: value for name, value in view_args.extra_args.items() if name != "url"}
        return view_args.clone(page=min(max(page, 0), LAST_PAGE), extra_args=extra)

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin calls a second time after any TypeError, which hides the first one.
        return fn(self, *args, **kwargs)

    def render(self, template: str, **kwargs: Any) -> str:
        """Render a template with what every page of a screen needs."""
        actor = require_actor()
        tools = [t for t in self.tools if t is None or actor.may(t.permission)]
        page: str = super().render(
            template,
            view=self,
            tools=tools,
            is_link=lambda tool: isinstance(tool, Link),
            display=display,
            **kwargs,
        )
        return page

    # The routes.

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """Show the grid."""
        page: ResponseReturnValue = super().index_view()
        return page

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Show and take the form for a new record."""
        actor = require_actor()
        form = self.make_form(None)
        status = 200
        if request.method == "POST":
            status = 422
            if form.validate():
                done = attempt(form, lambda: self.create(actor, form))
                if done is not None:
                    flash("已保存。", "success")
                    return self.after_create(done.result)
        return self._form_page(form, None, status)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        """Show and take the form for an existing record."""
        row = self.get_one(self.single_argument("id"))
        form = self.make_form(row)
        status = 200
        if request.method == "POST":
            status = 422
            try:
                done = form.validate() and attempt(
                    form, lambda: self.update(require_actor(), row, form)
                )
            except (StaleVersionError, StaleDataError):
                db.session.rollback()
                return self._conflict_page(form, self.get_one(self.single_argument("id")))
            if done:
                flash("已保存。", "success")
                return redirect(self.return_url())
        return self._form_page(form, row, status)

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        """Perform a toolbar action on the selected rows: on all of them or on none."""
        actor = require_actor()
        name = request.form.get("action", "")
        tool = next((t for t in self.tools if isinstance(t, Action) and t.name == name), None)
        if tool is None:
            abort(404)
        actor.require(tool.permission)
        rows = (
            []
            if tool.needs == "none"
            else scope.find_all(self.model, request.form.getlist("rowid"))
        )
        reason = request.form.get("reason", "").strip()
        try:
            require(tool.needs != "one" or len(rows) == 1, "请只选择一条记录。")
            require(
                tool.reason is None or 0 < len(reason) <= LONGEST_REASON,
                f"请填写{tool.reason}（{LONGEST_REASON}字以内）。",
            )
            answer = tool.perform(self, actor, rows, reason)
            db.session.commit()
        except (NotFoundError, NotAllowedError):
            raise
        except DomainError as error:
            return self._refused(error.message)
        except IllegalMoveError as error:
            return self._refused(str(error))
        except StaleDataError:
            return self._refused("该记录刚刚被他人修改，请刷新后重试。")
        if answer is not None and not isinstance(answer, str):
            return answer
        flash(answer or "已完成。", "success")
        return redirect(self.return_url())

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """Give the rows of the present filter as a workbook."""
        if export_type != "xlsx" or self.export_tag is None:
            abort(404)
        actor = require_actor()
        begin_writing()
        audit.record(actor, self.export_tag)
        data = workbook_bytes(self.title, self.export_columns(), self.export_rows())
        db.session.commit()
        return Response(data, headers=attachment(f"{self.title}.xlsx", XLSX))

    # What the routes are made of.

    def export_columns(self) -> Sequence[Column]:
        """Return the columns of the workbook: those of the grid."""
        return [Column(str(name), str(label), 18, "text") for name, label in self._list_columns]

    def export_rows(self) -> Iterable[Sequence[object]]:
        """Yield the rows of the workbook."""
        query = self.get_query().order_by(self.model.id).yield_per(500)
        for row in query:
            yield [self.cell_text(row, str(name)) for name, _label in self._list_columns]

    def cell_text(self, row: Any, name: str) -> str:
        """Return the text that the grid shows in one cell."""
        formatter = (self.column_formatters or {}).get(name)
        value = formatter(self, None, row, name) if formatter else getattr(row, name)
        return display(value)

    def return_url(self) -> str:
        """Return the list from which the user came, with its filter and page."""
        target = request.values.get("url", "")
        return target or url_for(f"{self.endpoint}.index_view")

    @staticmethod
    def single_argument(name: str) -> str:
        """Return a query argument that is given exactly once; 404 otherwise."""
        values = request.args.getlist(name)
        if len(values) != 1:
            abort(404)
        return values[0]

    def _form_page(self, form: Any, row: Any | None, status: int) -> ResponseReturnValue:
        template = self.edit_template if row is not None else self.create_template
        context = {"row": row, "form": form, "return_url": self.return_url()}
        page = self.render(template, **context, **self.form_context(row))
        return page, status_of(form, status)

    def _conflict_page(self, form: Any, row: Any) -> ResponseReturnValue:
        """Show what was typed beside what somebody else has saved meanwhile; overwrite nothing."""
        again = url_for(f"{self.endpoint}.edit_view", id=row.id, url=self.return_url())
        return conflict_page(form, type(form)(None, obj=row), again)

    def _refused(self, sentence: str) -> ResponseReturnValue:
        db.session.rollback()
        flash(sentence, "error")
        return redirect(self.return_url())

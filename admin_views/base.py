"""What all grid screens share: list, form, actions, export, each behind its permission.

A screen is a subclass with class attributes. Scope is not its business: the wall below the session
holds every query to the signed-in account's part of the tree. Rules are not either: services decide
them, and their errors are shown here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from sqlalchemy import inspect
from sqlalchemy.orm.exc import StaleDataError

from admin_views.denials import note_attempt, record_denial
from admin_views.form_display import attempt, conflict_page, is_open, status_of
from admin_views.grid_list import GridList
from admin_views.identity import require_actor
from admin_views.tools import Link, actions_of, is_offered
from extensions import db
from models.base import label_of
from models.states import IllegalMoveError
from services import scope
from services.audit import shown as display
from services.errors import (
    DomainError,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
    require,
)
from services.reasons import check_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask.typing import ResponseReturnValue

    from admin_views.tools import Tool
    from forms.base import BaseForm
    from services.actor import Actor


class GridView(GridList):
    """A grid of one model with toolbar, filters, keyword, form and export."""

    create_template = "admin/form.html"
    edit_template = "admin/form.html"
    can_delete = False

    #: Buttons in their order; ``None`` draws a line between groups.
    tools: ClassVar[Sequence[Tool | None]] = ()
    #: Links at the end of the toolbar, to what lies beside the list.
    more_tools: ClassVar[Sequence[Link]] = ()
    #: Where a double click leads; it gets ``id``.
    opens: ClassVar[str] = ".edit_view"

    def __init__(self, model: type[Any], **options: Any) -> None:
        """Make the screen for ``model``; labels come from the columns unless given."""
        columns = inspect(model).column_attrs
        names = [str(name) for name in self.column_list or ()]
        own = {name: label_of(getattr(model, name)) for name in names if name in columns}
        self.column_labels = {**own, **self.labels}
        super().__init__(model, db, **options)

    # What a screen may give.

    def make_form(self, row: Any | None) -> BaseForm:
        """Return the form for ``row``, or for a new record."""
        raise NotAllowedError

    def opened(self, row: Any) -> Any:
        """Return the record whose form is asked for or sent, before anything of it is shown."""
        return row

    def saved_form(self, form: Any, row: Any) -> BaseForm:
        """Return the same form as ``form`` filled from ``row``, to be compared with it."""
        saved: BaseForm = type(form)(None, obj=row)
        return saved

    def create(self, actor: Actor, form: Any) -> Any:
        """Make a record from a valid form and return it."""
        raise NotAllowedError

    def update(self, actor: Actor, row: Any, form: Any) -> None:
        """Change ``row`` from a valid form."""
        raise NotAllowedError

    def require_open(self, actor: Actor, row: Any | None, form: Any) -> None:
        """Raise ``LockedError`` for a posted form of what is locked, whatever stands in it."""

    @staticmethod
    def formdata() -> Any:
        """Return what was posted, or ``None`` when the form is only shown."""
        return request.form if request.method == "POST" else None

    def form_context(self, row: Any | None) -> dict[str, Any]:
        """Return what the form's template needs besides the form."""
        return {}

    def selected(self, keys: Sequence[str]) -> list[Any]:
        """Return the rows with all of these keys, or ``NotFoundError``."""
        return scope.find_all(self.model, keys)

    def told_when_saved(self, row: Any) -> str:
        """Return what is said once ``row`` was saved."""
        return "已保存。"

    def after_create(self, row: Any) -> ResponseReturnValue:
        """Return the answer after a record was made."""
        return redirect(self.return_url())

    def after_update(self, row: Any) -> ResponseReturnValue:
        """Return the answer after a record was changed."""
        return redirect(self.return_url())

    def offers(self, tool: Tool, actor: Actor) -> bool:
        """Whether ``actor`` gets a button on this page."""
        return is_offered(tool, actor)

    def hint_when_empty(self, actor: Actor) -> str:
        """Return what an empty grid tells ``actor`` to do next."""
        return self.empty_hint

    def name_in_denials(self, row: Any) -> str:
        """Return what an entry of a refusal calls ``row``; nothing where that names a person."""
        return ""

    def attempting(self, act: str, *rows: Any) -> None:
        """Keep what is attempted on ``rows``: an entry says so, should it be refused."""
        note_attempt(act, {row.id: self.name_in_denials(row) for row in rows})

    def was_only_locked(self, row: Any, form: Any) -> bool:
        """Whether all that has happened to ``row`` since the form was opened is a lock."""
        return False

    def form_title(self, row: Any | None) -> str:
        """Return the title over the form."""
        return f"修改：{self.row_name(row)}" if row is not None else f"新增 - {self.title}"

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin calls a second time after any TypeError, which hides the first one.
        return fn(self, *args, **kwargs)

    def render(self, template: str, **kwargs: Any) -> str:
        """Render a template with what every page of a screen needs."""
        actor = require_actor()
        tools = [t for t in self.tools if t is None or self.offers(t, actor)]
        page: str = super().render(
            template,
            view=self,
            tools=tools,
            more_tools=[t for t in self.more_tools if actor.may(t.permission)],
            display=display,
            **kwargs,
        )
        return page

    def tool_url(self, tool: Link, **arguments: Any) -> str:
        """Return where a button leads, whichever page shows it."""
        endpoint = tool.endpoint
        return url_for(self.endpoint + endpoint if endpoint[0] == "." else endpoint, **arguments)

    # The routes.

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Show and take the form for a new record."""
        actor = require_actor()
        self.attempting(self._label_of(".create_view"))
        form = self.make_form(None)
        status = 200
        if request.method == "POST":
            status = 422
            if is_open(form, lambda: self.require_open(actor, None, form)) and form.validate():
                done = attempt(form, lambda: self.create(actor, form))
                if done is not None:
                    flash(self.told_when_saved(done.result), "success")
                    return self.after_create(done.result)
        return self._form_page(form, None, status)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        """Show and take the form for an existing record."""
        actor = require_actor()
        row = self.get_one(self.single_argument("id"))
        self.attempting(self._label_of(".edit_view"), row)
        row = self.opened(row)
        form = self.make_form(row)
        status = 200
        if request.method == "POST":
            status = 422
            try:
                done = (
                    is_open(form, lambda: self.require_open(actor, row, form))
                    and form.validate()
                    and attempt(form, lambda: self.update(actor, row, form))
                )
            except (StaleVersionError, StaleDataError):
                db.session.rollback()
                return self._conflict_page(form, self.get_one(self.single_argument("id")))
            if done:
                flash(self.told_when_saved(row), "success")
                return self.after_update(row)
        return self._form_page(form, row, status)

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        """Perform a toolbar action on the selected rows: on all of them or on none."""
        actor = require_actor()
        name = request.form.get("action", "")
        tool = next((t for t in actions_of(self.tools) if t.name == name), None)
        if tool is None:
            abort(404)
        self.attempting(tool.label)
        actor.require(tool.permission)
        rows = [] if tool.needs == "none" else self.selected(request.form.getlist("rowid"))
        self.attempting(tool.label, *rows)
        reason = request.form.get("reason", "")
        try:
            require(tool.needs != "one" or len(rows) == 1, "请只选择一条记录。")
            if tool.reason is not None:
                reason = check_reason(reason, tool.reason)
            answer = tool.perform(self, actor, rows, reason)
            db.session.commit()
        except NotFoundError:
            raise
        except NotAllowedError as error:
            # The permission was there: what is refused concerns the chosen rows.
            record_denial(error.message)
            return self._refused(error.message)
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

    # What the routes are made of.

    def _label_of(self, endpoint: str) -> str:
        """Return what the button that leads to a form is called."""
        links = (tool for tool in self.tools if isinstance(tool, Link))
        return next((one.label for one in links if one.endpoint == endpoint), "")

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

    def _form_page(
        self, form: Any, row: Any | None, status: int, **more: Any
    ) -> ResponseReturnValue:
        template = self.edit_template if row is not None else self.create_template
        context = {"row": row, "form": form, "return_url": self.return_url(), **more}
        page = self.render(template, **context, **self.form_context(row))
        return page, status_of(form, status)

    def _conflict_page(self, form: Any, row: Any) -> ResponseReturnValue:
        """Show what was typed beside what somebody else has saved meanwhile; overwrite nothing."""
        again = url_for(f"{self.endpoint}.edit_view", id=row.id, url=self.return_url())
        return conflict_page(
            form,
            self.saved_form(form, row),
            again,
            was_only_locked=self.was_only_locked(row, form),
        )

    def _refused(self, sentence: str) -> ResponseReturnValue:
        db.session.rollback()
        flash(sentence, "error")
        return redirect(self.return_url())

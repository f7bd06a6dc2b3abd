"""The list of a grid: columns, filters, keyword, pages and export.

A screen gives conditions and loader options; the wall below the session holds every query to the
signed-in account's part of the tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import abort, flash, g, redirect, request, url_for
from flask_admin import expose
from sqlalchemy import func, or_

from admin_views.handing_over import hand_over
from admin_views.identity import require_actor
from admin_views.list_pages import LAST_PAGE, ListPages
from admin_views.lookup_filters import LookupFilter, load_chosen
from admin_views.row_parts import rows_in_parts
from exports.columns import Column
from exports.workbook import workbook_bytes
from extensions import db
from models import JobKind
from services import audit, personal_numbers, scope, sealed_keywords
from services.audit import shown as display
from services.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.tools import Link
    from models import Institution

#: Longer keywords match nothing and cost time.
LONGEST_KEYWORD: Final = 64
#: The argument that holds a sealed number of a person.
SEALED: Final = "number"
MINUTES: Final = int(sealed_keywords.LASTS.total_seconds()) // 60
NUMBER_NOTICE: Final = (
    "正在按尾号{tail}的号码查找。{told}为保护个人信息，号码不出现在网址和操作日志中；"
    "本页网址{minutes}分钟内有效，只供您本次登录使用。"
)


class GridList(ListPages):
    """The rows of a grid, as its page, its filter and its workbook show them."""

    list_template = "admin/grid.html"
    page_size = 20
    page_size_options = (20, 50, 100)
    can_set_page_size = True
    can_export = False
    column_display_actions = False
    named_filter_urls = False

    #: The title over the grid.
    title: ClassVar[str]
    keyword_hint: ClassVar[str] = ""
    #: What an empty grid tells to do next.
    empty_hint: ClassVar[str] = "没有符合条件的记录。"
    export_tag: ClassVar[audit.AuditTag | None] = None
    #: Rows of a workbook that is made while one waits for it; more rows are a job.
    largest_export: ClassVar[int] = 5000
    #: Headers of columns that are not columns of the table.
    labels: ClassVar[Mapping[str, str]] = {}

    # What a screen may give.

    def keyword_condition(self, keyword: str) -> ColumnElement[bool] | None:
        """Return the condition for a keyword, or ``None`` where the grid has no keyword search."""
        return None

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Return conditions that always hold, such as leaving out what was deleted."""
        return ()

    def row_name(self, row: Any) -> str:
        """Return what a dialog calls ``row``."""
        return audit.describe(row)

    def row_questions(self, row: Any) -> Mapping[str, Mapping[str, str]]:
        """Return what ``row`` makes of a button when it alone is selected, by the action's name.

        ``label`` and ``question`` take the place of the button's own; ``answer`` is posted under
        that name when the user confirms, so that the act is the one that was asked about; ``seen``
        is posted likewise, of several rows behind blanks, and stands for the content of the row
        that was shown. ``note`` is said after the question, also when the row is one of several,
        and ``aside`` beside its name, where the question lists names. With a ``refusal`` the button
        only says that sentence, for a selection with ``row`` in it as well.
        """
        return {}

    def row_state(self, row: Any) -> str:
        """Return words for the state of ``row``, for the buttons that depend on it."""
        return ""

    def acts_on(self, row: Any) -> frozenset[str] | None:
        """Return the names of acts (and of links) that suit ``row``; ``None``: all of them do.

        The buttons of the others cannot be pressed; it is the service that refuses them.
        """
        return None

    def cell_class(self, row: Any, name: str) -> str:
        """Return an extra class (with a leading blank) for one cell, such as one for its state."""
        return ""

    # What the grid's template asks.

    def is_filtered(self, *, advanced: bool = False) -> bool:
        """Whether this request narrows the list (with ``advanced``: by a filter behind 高级)."""
        given = request.args
        found = any(c.is_set(given) for c in self.filters if c.is_advanced or not advanced)
        return found or (not advanced and bool(self.keyword()))

    def keyword(self) -> str:
        """Return what is looked for; a number of a person stands sealed in the address."""
        return self._typed() or self._sealed_keyword() or ""

    def is_by_number(self) -> bool:
        """Whether the list is narrowed by a number of a person."""
        return not self._typed() and bool(self._sealed_keyword())

    def number_is_over(self) -> bool:
        """Whether the address asks for a number that it does not tell any more."""
        given = request.args.get(SEALED, "")
        return bool(given) and not self._typed() and self._sealed_keyword() is None

    def number_notice(self) -> str:
        """Return what a list says that was narrowed by a number."""
        tail = personal_numbers.tail(self._sealed_keyword() or "")
        told = personal_numbers.explanation(require_actor(), self.model)
        return NUMBER_NOTICE.format(tail=tail, told=told, minutes=MINUTES)

    @staticmethod
    def _typed() -> str:
        return request.args.get("search", "").strip()[:LONGEST_KEYWORD]

    def _sealed_keyword(self) -> str | None:
        given = request.args.get(SEALED, "")
        return sealed_keywords.opened(require_actor(), self.endpoint, given) if given else None

    def list_arguments(self) -> dict[str, list[str]]:
        """Return the arguments by which this request narrows the list; every link asks."""
        kept: dict[str, dict[str, list[str]]] = g.setdefault("narrowed_by", {})
        if self.endpoint not in kept:
            kept[self.endpoint] = self._narrowed_by()
        return dict(kept[self.endpoint])

    def _narrowed_by(self) -> dict[str, list[str]]:
        names = [name for choice in self.filters for name in choice.names]
        found = {name: request.args.getlist(name) for name in (*names, "search")}
        if not found["search"]:
            found[SEALED] = request.args.getlist(SEALED)
        return {name: given for name, values in found.items() if (given := [*filter(None, values)])}

    def list_url(self, **changed: Any) -> str:
        """Return this list from its first page with some arguments changed."""
        return url_for(".index_view", **{**_sorting(), **self.list_arguments(), **changed})

    def job_url(self, kind: JobKind) -> str:
        """Return the page that asks for a job about the rows of this list."""
        given: dict[str, Any] = {**_sorting(), **self.list_arguments()}
        return url_for("jobs.ask", job=kind.value, screen=self.endpoint, **given)

    def link_arguments(self, tool: Link) -> dict[str, Any]:
        """Return the query arguments of this request that a button carries along."""
        if tool.keeps_filter:
            given = dict(tool.given) or {"export_type": "xlsx"}
            return {**given, **_sorting(), **self.list_arguments()}
        if tool.given:
            return dict(tool.given)
        kept = {name: request.args[name] for name in tool.keeps if request.args.get(name)}
        if self.institution_shown() is None:
            # Of an institution above nothing can be opened.
            kept.pop("institution", None)
        return kept

    def institutions_above(self) -> list[str]:
        """Return the names of institutions above the reader to which this list was narrowed."""
        lookups = (c for c in self.filters if isinstance(c, LookupFilter))
        return [name for choice in lookups if (name := choice.above(request.args))]

    def institution_shown(self) -> Institution | None:
        """Return the one institution that the list is about (登录设置), if there is one."""
        choice = next((c for c in self.filters if c.name == "institution"), None)
        return choice.chosen(request.args) if isinstance(choice, LookupFilter) else None

    def library_url(self) -> str:
        """Return the list of institutions from which the user came to this institution's rows."""
        return request.args.get("url") or url_for("institutions.index_view")

    # How Flask-Admin reads the rows.

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return all conditions of this request; rows and their count ask, they are made once."""
        if "grid_conditions" not in g:
            g.grid_conditions = self._conditions()
        made: list[ColumnElement[bool]] = g.grid_conditions
        return made

    def _conditions(self) -> list[ColumnElement[bool]]:
        found = list(self.base_conditions())
        load_chosen(self.filters, request.args)
        for choice in self.filters:
            clause = choice.clause(request.args)
            if clause is not None:
                found.append(clause)
        keyword = self.keyword()
        if keyword:
            found += self._keyword_conditions(keyword)
        return found

    def _keyword_conditions(self, keyword: str) -> list[ColumnElement[bool]]:
        by_number = personal_numbers.condition(require_actor(), self.model, keyword)
        try:
            by_words = self.keyword_condition(keyword)
        except DomainError:
            # Between the digits of a number there may be what no word has.
            if by_number is None:
                raise
            return [by_number]
        # What looks like a number may be a word, too: a user name, say.
        given = [clause for clause in (by_number, by_words) if clause is not None]
        return [or_(*given)] if given else []

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
        g.list_arguments = view_args.clone(
            page=min(max(page, 0), LAST_PAGE), search=self._typed() or None
        )
        return g.list_arguments

    def _get_list_url(self, view_args: Any) -> str:
        size = view_args.page_size
        arguments: dict[str, Any] = self.list_arguments()
        if arguments.get("institution"):
            # Elsewhere the way here is no part of the list, or addresses would nest forever.
            arguments["url"] = request.args.get("url")
        return url_for(
            ".index_view",
            **self.page_arguments(view_args),
            sort=view_args.sort,
            desc=1 if view_args.sort_desc else None,
            page_size=size if size in self.page_size_options else None,
            **arguments,
        )

    def page_arguments(self, view_args: Any) -> dict[str, Any]:
        """Return the arguments of the address that say which page is shown."""
        return {"page": view_args.page or None}

    # The routes.

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> ResponseReturnValue:
        """Show the grid; opened without arguments, as the account saw it last.

        A POST looks for a number of a person, which must not stand in an address.
        """
        if self._has_number_in_address():
            return self._without_number()
        if request.method == "POST":
            return redirect(self._found_url(), 303)
        remembered = None if request.args else self.remembered_url()
        if remembered is not None:
            return redirect(remembered)
        page: ResponseReturnValue = super().index_view()
        return page

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """Give the rows of the present filter as a workbook."""
        if export_type != "xlsx" or self.export_tag is None:
            abort(404)
        refused = self.not_by_this_address()
        if refused is not None:
            return refused
        if self._has_more_than(self.largest_export):
            return redirect(self.job_url(JobKind.GRID_EXPORT))
        data = workbook_bytes(self.title, self.export_columns(), self.export_rows())
        narrowed = self.narrowed()
        return hand_over(data, f"{self.title}.xlsx", self.export_tag, changes=narrowed)

    # What the routes are made of.

    def not_by_this_address(self) -> ResponseReturnValue | None:
        """Return the answer to whoever asks for a workbook of what the address does not say."""
        if self._has_number_in_address():
            return self._without_number()
        # The list says that the number is over; without it the workbook would hold all rows.
        return redirect(self.list_url()) if self.number_is_over() else None

    def _found_url(self) -> str:
        """Return the list of what was posted; a number of a person is sealed for the address."""
        keyword = request.form.get("search", "").strip()[:LONGEST_KEYWORD]
        if not personal_numbers.is_personal(keyword):
            return self.list_url(search=keyword, **{SEALED: None})
        sealed = sealed_keywords.seal(require_actor(), self.endpoint, keyword)
        return self.list_url(search=None, **{SEALED: sealed})

    @staticmethod
    def _has_number_in_address() -> bool:
        return any(map(personal_numbers.is_personal, request.args.getlist("search")))

    def _without_number(self) -> ResponseReturnValue:
        flash(personal_numbers.IN_ADDRESS, "error")
        # An empty argument keeps the remembered list out: what was asked for is this one.
        return redirect(self.list_url(search=""))

    def narrowed(self) -> list[audit.Change]:
        """Return by what this list was narrowed, for the trail."""
        told = [(c.label, c.told(request.args)) for c in self.filters if c.is_set(request.args)]
        told.append(("关键字", personal_numbers.said(self.keyword())))
        return [audit.said(label, words) for label, words in told if words]

    def _has_more_than(self, most: int) -> bool:
        keys = self.get_query().with_entities(self.model.id).order_by(self.model.id.desc())
        return keys.offset(most).limit(1).first() is not None

    def export_columns(self) -> Sequence[Column]:
        """Return the columns of the workbook: those of the grid."""
        return [Column(column.name, column.label, 18, "text") for column in self.shown_columns()]

    def export_rows(self) -> Iterable[Sequence[object]]:
        """Yield the rows of the workbook in the order of the list."""
        names = [shown.name for shown in self.shown_columns()]
        for rows in rows_in_parts(self.model.id, self.sorted_query(), self.get_query()):
            self.prepare(rows)
            for row in rows:
                yield [self.cell_text(row, name) for name in names]

    def sorted_query(self) -> Any:
        """Return the query of all rows in the order of the list."""
        view_args = self._get_list_extra_args()
        column = self._get_column_by_idx(view_args.sort)
        name = column[0] if column is not None else None
        return self._sorted(self.get_query(), self._ordering(name, sort_desc=view_args.sort_desc))

    def cell_title(self, row: Any, name: str) -> str:
        """Return what is said of one cell when one points at it: the whole of a text cut short."""
        return self.cell_text(row, name)

    def cell_text(self, row: Any, name: str) -> str:
        """Return the text that the grid shows in one cell."""
        formatter = (self.column_formatters or {}).get(name)
        value = formatter(self, None, row, name) if formatter else getattr(row, name)
        return display(value)


def _sorting() -> dict[str, int | None]:
    """Return by which column this request sorts, and whether downwards."""
    return {name: request.args.get(name, type=int) for name in ("sort", "desc")}

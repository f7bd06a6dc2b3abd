"""What a grid remembers of each account: its columns, the last filter, the page size.

Showing a list never writes. The page's script sends what is to be remembered by a POST of its own
(``preferences``); without the script nothing is remembered and all else works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from werkzeug.datastructures import MultiDict

from admin_views.identity import require_actor
from extensions import db
from services import grid_preferences
from services.errors import NotFoundError
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from admin_views.filters import Filter
    from services.grid_preferences import GridSettings

#: Besides the filters these come back. A keyword does not: it is typed for the moment, and may be
#: somebody's name.
_REMEMBERED: Final = ("sort", "desc")


class GridColumn(NamedTuple):
    """A column that is shown; ``position`` is its number in addresses, whatever is shown."""

    position: int
    name: str
    label: str


class GridMemory(ModelView):
    """The part of a grid that knows what its user has chosen."""

    filters: ClassVar[Sequence[Filter]] = ()
    #: Route name → permission. What is not named here is nobody's; ``preferences`` is added.
    permissions: ClassVar[Mapping[str, Permission]] = {}
    #: Columns that are shown only when they are chosen.
    hidden_columns: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **options: Any) -> None:
        """Open the route of the settings: they are the account's own."""
        super().__init_subclass__(**options)
        if cls.permissions:
            cls.permissions = {**cls.permissions, "preferences": Permission.ACCOUNT_OWN}

    def settings(self) -> GridSettings:
        """Return what the account has chosen; asked once in a request."""
        if "grid_settings" not in g:
            g.grid_settings = grid_preferences.settings(require_actor(), self.endpoint)
        found: GridSettings = g.grid_settings
        return found

    # Columns.

    def all_columns(self) -> list[GridColumn]:
        """Return all columns that there are, in the screen's order."""
        return [
            GridColumn(index, str(name), str(label))
            for index, (name, label) in enumerate(self._list_columns)
        ]

    def default_columns(self) -> list[GridColumn]:
        """Return the columns of the screen for whoever has chosen none."""
        return [column for column in self.all_columns() if column.name not in self.hidden_columns]

    def shown_columns(self) -> list[GridColumn]:
        """Return the columns that the account has chosen, in its order."""
        known = {column.name: column for column in self.all_columns()}
        chosen = [known[name] for name in self.settings().columns if name in known]
        return chosen or self.default_columns()

    def other_columns(self) -> list[GridColumn]:
        """Return the columns that are not shown."""
        shown = self.shown_columns()
        return [column for column in self.all_columns() if column not in shown]

    # Page size and filter.

    def get_safe_page_size(self, page_size: int | None) -> int:
        """Return the rows of a page: what the address asks for, else what the account chose."""
        for size in (page_size, self.settings().page_size):
            if size is not None and size in self.page_size_options:
                return size
        usual: int = self.page_size
        return usual

    def memorable_query(self) -> str | None:
        """Return what of this address is to be remembered; ``None`` when it is a passing view."""
        given = request.args
        if any(choice.is_set(given) for choice in self.filters if not choice.is_remembered):
            return None
        return urlencode(self._memorable(given))

    def has_news(self) -> bool:
        """Whether this address differs from what is remembered, so that the script tells."""
        kept, query = self.settings(), self.memorable_query()
        size = request.args.get("page_size", type=int)
        new_size = size in self.page_size_options and size != self.get_safe_page_size(None)
        return (query is not None and query != kept.query) or new_size

    def remembered_url(self) -> str | None:
        """Return the list as it was seen last; ``None`` when it was not narrowed.

        What lies no longer within the scope is left out.
        """
        given = MultiDict(parse_qsl(self.settings().query))
        for choice in self.filters:
            try:
                is_right = choice.is_set(given) and not choice.problem(given)
                holds = is_right and choice.clause(given) is not None
            except NotFoundError:
                holds = False
            for name in () if holds else choice.names:
                given.poplist(name)
        pairs = self._memorable(given)
        if not pairs:
            return None
        return f"{url_for(f'{self.endpoint}.index_view')}?{urlencode(pairs)}"

    def _memorable(self, given: MultiDict[str, str]) -> list[tuple[str, str]]:
        names = [name for f in self.filters if f.is_remembered for name in f.names]
        return [
            (name, value)
            for name in (*names, *_REMEMBERED)
            for value in given.getlist(name)
            if value
        ]

    # The route.

    @expose("/preferences/", methods=("POST",))
    def preferences(self) -> ResponseReturnValue:
        """Keep what the account has chosen for this screen."""
        actor, form = require_actor(), request.form
        act = form.get("act", "")
        target = form.get("url") or url_for(f"{self.endpoint}.index_view")
        if act == "columns":
            known = {column.name for column in self.all_columns()}
            chosen = [name for name in dict.fromkeys(form.getlist("columns")) if name in known]
            if not chosen:
                flash("请至少选择一列。", "error")
                return redirect(target)
            is_default = chosen == [column.name for column in self.default_columns()]
            grid_preferences.choose_columns(actor, self.endpoint, () if is_default else chosen)
        elif act == "default-columns":
            grid_preferences.choose_columns(actor, self.endpoint, ())
        elif act == "forget":
            grid_preferences.remember_filter(actor, self.endpoint, "")
        elif act == "remember":
            self._remember(MultiDict(parse_qsl(form.get("query", ""))))
        else:
            abort(404)
        db.session.commit()
        return (
            Response(status=204, mimetype="text/plain") if act == "remember" else redirect(target)
        )

    def _remember(self, given: MultiDict[str, str]) -> None:
        actor = require_actor()
        if not any(choice.is_set(given) for choice in self.filters if not choice.is_remembered):
            query = urlencode(self._memorable(given))
            grid_preferences.remember_filter(actor, self.endpoint, query)
        size = given.get("page_size", type=int)
        if size is not None and size in self.page_size_options:
            grid_preferences.choose_page_size(actor, self.endpoint, size)

"""A list once more, outside of the request that showed it: narrowed the same, for the same eyes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import current_app, g

from admin_views.grid_list import GridList
from admin_views.identity import SignedIn
from models.engine import reading
from services import scope
from services.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flask import Flask

    from services.actor import Actor


def screen(endpoint: str) -> Any:
    """Return the grid called ``endpoint``, or raise ``NotFoundError``."""
    (admin,) = current_app.extensions["admin"]
    for view in admin._views:  # noqa: SLF001 - Flask-Admin offers no other way to its views
        if isinstance(view, GridList) and view.endpoint == endpoint:
            return view
    raise NotFoundError


@contextmanager
def replayed(actor: Actor, query: Sequence[Sequence[str]]) -> Iterator[None]:
    """Stand, for the length of a block, in a request of ``actor`` for a list narrowed by ``query``.

    ``query`` holds pairs of a name and a value; the code that narrows the list on its page narrows
    it here. The session is one of its own, held to the actor's part of the tree, that only reads.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    arguments = urlencode([(name, value) for name, value in query])
    with reading(), app.app_context(), app.test_request_context("/", query_string=arguments):
        # What Flask-Login would find out from a cookie.
        g._login_user = SignedIn("", actor)  # noqa: SLF001
        scope.bind(actor)
        yield

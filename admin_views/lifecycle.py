"""What surrounds every request: its number, its actor, its transaction, and what it may contain."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Final

from flask import abort, g, request

from extensions import db
from models.engine import announce_writing
from services import scope

if TYPE_CHECKING:
    from flask import Flask

#: A return target stays on this site: one slash, no back-slash, no blank, no control character.
LOCAL_TARGET: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
#: Bytes of a request to a page that takes files; all others keep to ``MAX_CONTENT_LENGTH``.
LARGEST_UPLOADS: Final = {
    # A workbook of 8 MB, with room for the form around it: a larger one is told so by its page.
    "account_batches.index_view": 10 * 1024 * 1024,
    "certificate_import.index_view": 10 * 1024 * 1024,
    "institution_import.index_view": 10 * 1024 * 1024,
    # A file of ten million bytes; without script several at once.
    "licences.change_scan": 12 * 1024 * 1024,
    "licences.scans": 32 * 1024 * 1024,
    "rosters.scans": 32 * 1024 * 1024,
}
#: Bytes of a query; ours keep far below.
LONGEST_QUERY: Final = 4000
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def register_first(app: Flask) -> None:
    """Attach what comes before any step that may refuse a request or read its body."""
    app.before_request(_number)
    app.before_request(_refuse_long_query)
    app.before_request(_allow_uploads)


def register(app: Flask) -> None:
    """Attach the steps before and after each request."""
    app.before_request(_refuse_hostile_input)
    app.before_request(_begin)
    app.teardown_request(_end)


def bind_actor() -> None:
    """Hold this request's session to the signed-in account, once it is known."""
    from admin_views.identity import current_actor  # noqa: PLC0415 - identity asks the request

    actor = current_actor()
    if actor is not None:
        scope.bind(actor)


def begin_writing() -> None:
    """Start over in a transaction that may write: for a GET that leaves an audit entry.

    Call it before anything was changed; what was read is read again.
    """
    db.session.rollback()
    announce_writing(will_write=True)


def _number() -> None:
    g.request_id = uuid.uuid4().hex


def _refuse_long_query() -> None:
    if len(request.query_string) > LONGEST_QUERY:
        abort(414)


def _allow_uploads() -> None:
    """Let pages that take files take larger requests, before anything of the body is read."""
    largest = LARGEST_UPLOADS.get(request.endpoint or "")
    if largest is not None:
        request.max_content_length = largest


def _refuse_hostile_input() -> None:
    """Refuse NUL bytes (a server error on PostgreSQL) and return targets on foreign sites."""
    for values in (request.args, request.form):
        for key, value in values.items(multi=True):
            if "\0" in key or "\0" in value:
                abort(400)
            if key in {"url", "next"} and value and not LOCAL_TARGET.fullmatch(value):
                abort(400)
    if "\0" in request.path:
        abort(400)


def _begin() -> None:
    announce_writing(will_write=request.method not in _READING)
    if not (request.endpoint or "static").endswith("static"):
        bind_actor()


def _end(_error: BaseException | None) -> None:
    scope.unbind()
    announce_writing(will_write=False)

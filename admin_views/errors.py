"""Error pages: a Chinese sentence and the request's number; no trace, SQL or personal data."""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Final, TypeVar

from flask import g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from admin_views.denials import record_absence, record_denial
from extensions import db
from services.errors import DomainError, NotAllowedError, NotFoundError, StaleVersionError
from services.files import FileDamagedError
from services.scope import ScopeError
from services.trail.pending import TrailError

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.typing import ResponseReturnValue

HandledT = TypeVar("HandledT", bound=Exception)

logger = logging.getLogger(__name__)

SENTENCES: Final = {
    400: "请求内容有误，请返回后重试。",
    401: "您尚未登录或登录已过期，请重新登录。",
    403: "您没有执行此操作的权限。",
    404: "页面或记录不存在，或不在您的管理范围内。",
    405: "不支持此操作方式。",
    409: "该记录已被他人修改，请返回后核对最新内容再保存。",
    413: "提交的内容过大，没有保存。请返回，缩小文件后重新提交。",
    414: "网址过长，无法打开。请从左侧菜单重新进入，不要手工拼接网址。",
    415: "不支持此文件或内容类型。",
    429: "操作过于频繁，请稍后再试。",
    500: "系统发生错误，已记录。请稍后重试；如仍有问题，请将请求编号告知管理员。",
    503: "系统繁忙，请稍后重试。",
}


def register(app: Flask) -> None:
    """Answer every error with a page of ours."""
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(DomainError, _on_domain)
    app.register_error_handler(ScopeError, _on_scope)
    app.register_error_handler(FileDamagedError, _on_damaged_file)
    app.register_error_handler(StaleDataError, _on_stale)
    app.register_error_handler(IntegrityError, _on_integrity)
    app.register_error_handler(OperationalError, _on_operational)
    app.register_error_handler(TrailError, _on_broken_trail)
    app.register_error_handler(Exception, _on_unexpected)


def page(status: int, sentence: str | None = None) -> ResponseReturnValue:
    """Return the error page (or JSON, where a script asked) for ``status``."""
    db.session.rollback()
    text = sentence or SENTENCES.get(status, SENTENCES[400 if status < 500 else 500])  # noqa: PLR2004
    request_id = g.get("request_id", "")
    if request.accept_mimetypes.best == "application/json":
        return jsonify(message=text, request_id=request_id), status
    body = render_template("errors/error.html", status=status, sentence=text, request_id=request_id)
    return body, status


def _on_record(
    handler: Callable[[HandledT], ResponseReturnValue],
) -> Callable[[HandledT], ResponseReturnValue]:
    """Make a handler whose refusals go on record: when they cannot, it is told as of any act."""

    @wraps(handler)
    def handled(error: HandledT) -> ResponseReturnValue:
        try:
            return handler(error)
        except TrailError as broken:
            return _on_broken_trail(broken)
        except OperationalError as missing:
            return _on_operational(missing)

    return handled


@_on_record
def _on_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and 300 <= error.code < 400:  # noqa: PLR2004 - a redirect
        return error
    status = error.code or 500
    if status == 403:  # noqa: PLR2004
        record_denial()
    return page(status)


def _on_csrf(_error: CSRFError) -> ResponseReturnValue:
    return page(400, "页面已过期，请返回刷新后重新提交。")


@_on_record
def _on_domain(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, NotFoundError):
        record_absence(keys=error.keys)
        return page(404, error.message)
    if isinstance(error, NotAllowedError):
        record_denial(error.message)
        return page(403, error.message)
    if isinstance(error, StaleVersionError):
        return page(409, error.message)
    return page(400, error.message)


@_on_record
def _on_scope(_error: ScopeError) -> ResponseReturnValue:
    logger.warning("write outside of the scope refused, request %s", g.get("request_id"))
    record_denial()
    return page(403)


def _on_damaged_file(_error: FileDamagedError) -> ResponseReturnValue:
    logger.error("a stored file is missing or damaged, request %s", g.get("request_id"))
    return page(500, "该文件缺失或已损坏，无法显示，请联系平台管理员从备份恢复。")


def _on_stale(_error: StaleDataError) -> ResponseReturnValue:
    return page(409)


def _on_integrity(error: IntegrityError) -> ResponseReturnValue:
    # The driver's text holds the values; only its kind may be logged.
    logger.warning("constraint refused a write (%s), request %s", type(error.orig), g.request_id)
    return page(409, "该内容与已有记录冲突，未保存。请返回核对后重试。")


def _on_operational(error: OperationalError) -> ResponseReturnValue:
    logger.error("database not available (%s), request %s", type(error.orig), g.request_id)
    return page(503)


def _on_broken_trail(error: TrailError) -> ResponseReturnValue:
    logger.critical("%s, request %s", error, g.get("request_id"))
    return page(503, "操作记录无法写入，本次操作没有执行。请稍后重试；如仍有问题，请告知管理员。")


def _on_unexpected(error: Exception) -> ResponseReturnValue:
    # The text of an unexpected error may quote what a person typed: log where, not what.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    logger.error("%s at %s, request %s", type(error).__name__, place, g.get("request_id"))
    if request.environ.get("platform.raise_errors"):
        raise error
    return page(500)

"""Whom a request believes to speak to, and from where it came: proxies and names of hosts.

Flask's own ``TRUSTED_HOSTS`` knows neither IPv6 addresses nor capital letters, and leaves a refused
request without the means to build its error page; so the name is looked at before Flask sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request
from werkzeug.middleware.proxy_fix import ProxyFix

from admin_views.errors import page
from config.hosts import bare_host

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask
    from flask.typing import ResponseReturnValue

#: Marks a request that named a host which is not ours.
_FOREIGN: Final = "platform.foreign_host"
#: What such a request is answered as, so that the name stands in no address.
_PLACEHOLDER: Final = "localhost"


class HostGate:
    """Takes a foreign name out of a request before anything can repeat it, and marks the request.

    A request without a name is one for the server's own.
    """

    def __init__(self, app: WSGIApplication, hosts: frozenset[str]) -> None:
        """Let requests to ``hosts`` through, which are bare names in small letters."""
        self._app = app
        self._hosts = hosts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        host = environ.get("HTTP_HOST", "")
        if host and bare_host(host) not in self._hosts:
            environ["HTTP_HOST"] = _PLACEHOLDER
            environ[_FOREIGN] = True
        return self._app(environ, start_response)


def register(app: Flask) -> None:
    """Believe exactly the proxies that there are, then look at the name that was asked for.

    ``TRUSTED_PROXIES`` proxies have each added one value to ``X-Forwarded-For``, ``-Proto`` and
    ``-Host``; what a client has put before those is not read. Without a proxy none is.
    """
    app.wsgi_app = HostGate(app.wsgi_app, app.config["HOSTS"])  # type: ignore[method-assign]
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.before_request(_refuse_foreign_host)


def _refuse_foreign_host() -> ResponseReturnValue | None:
    if request.environ.get(_FOREIGN):
        return page(400, "访问地址不正确，请使用平台公布的网址访问。")
    return None

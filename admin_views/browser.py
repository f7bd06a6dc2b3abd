"""The browser that asks: its secrets in cookies, where it is, and by which address it came."""

from __future__ import annotations

import ipaddress
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import current_app, g, request, session

from services.errors import DomainError
from services.factors.keys import RelyingParty
from services.sessions import Origin

if TYPE_CHECKING:
    from flask import Response

#: Key of the session cookie under which each browser keeps the random secret that names it.
_BROWSER: Final = "browser"
#: For how long an account knows a browser again.
_DEVICE_LASTS: Final = 365 * 24 * 60 * 60
NO_NAME: Final = "通过IP地址访问时不能使用USBKEY，请改用平台的域名访问。"


def origin() -> Origin:
    """Return where this request comes from."""
    return Origin(
        address=request.remote_addr or "",
        browser=_browser(),
        device=request.user_agent.string,
        device_id=request.cookies.get(_device_cookie(), ""),
        request_id=g.get("request_id", ""),
    )


def remember_device(response: Response, device_id: str) -> None:
    """Let the browser keep the secret by which the account knows it again."""
    response.set_cookie(
        _device_cookie(),
        device_id,
        max_age=_DEVICE_LASTS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def new_device_id() -> str:
    """Return this browser's long-lived secret, or a new one where it has none."""
    return request.cookies.get(_device_cookie()) or secrets.token_urlsafe(24)


def relying_party() -> RelyingParty:
    """Return the address to which security keys are bound: the public one, else the present one.

    Raises ``DomainError`` where it is a number, to which browsers bind no key.
    """
    parts = urlsplit(current_app.config["PUBLIC_URL"] or request.host_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return RelyingParty(host=host, origin=f"{parts.scheme}://{parts.netloc}")
    raise DomainError(NO_NAME)


def _browser() -> str:
    """Return this browser's secret, made when it first needs one."""
    if not isinstance(session.get(_BROWSER), str):
        session[_BROWSER] = secrets.token_urlsafe(24)
    token: str = session[_BROWSER]
    return token


def _device_cookie() -> str:
    # The prefix makes browsers refuse the cookie from other hosts and without TLS.
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"

"""Security headers, the same on every answer."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from flask import g, request

from config import Environment

if TYPE_CHECKING:
    from flask import Flask, Response

#: For files that people have sent in: opened by itself, such an answer may do nothing at all.
FILE_POLICY: Final = (
    "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: What no page of ours asks of a browser.
NOT_ASKED: Final = (
    *("accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope"),
    *("magnetometer", "microphone", "midi", "payment", "serial", "usb"),
)
PERMISSIONS_POLICY: Final = ", ".join(f"{feature}=()" for feature in NOT_ASKED)


def csp_nonce() -> str:
    """Return the nonce of this answer, made at the first call."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def register(app: Flask) -> None:
    """Set the headers after each request and offer ``csp_nonce`` to templates."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    production = app.config["APP_ENV"] is Environment.PRODUCTION

    @app.after_request
    def _set_headers(response: Response) -> Response:
        policy = "; ".join(
            (
                "default-src 'self'",
                f"script-src 'self' 'nonce-{csp_nonce()}'",
                "script-src-attr 'none'",
                "style-src 'self'",
                "img-src 'self' data:",
                "object-src 'none'",
                "base-uri 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'",
            )
        )
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if production:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static" and not (request.endpoint or "").endswith(".static"):
            response.headers["Cache-Control"] = "no-store"
        return response

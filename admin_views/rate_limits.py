"""How often one session, or one address without a session, may ask.

This keeps the platform answering when somebody, or a script, asks without end. What protects
accounts are the counters in the database, which count failures per account and address and survive
restarts. Without Redis each process counts for itself; while Redis is away, too.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, make_response, request, session
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded
from redis.backoff import NoBackoff
from redis.retry import Retry

from admin_views.errors import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.typing import ResponseReturnValue

#: Who watches the platform must hear that it lives however much is asked of it.
_UNLIMITED: Final = frozenset({"health.alive", "health.ready"})
#: A slow Redis must not make everybody wait: then each process counts for itself.
_SECONDS_FOR_REDIS: Final = 0.5


def register_first(app: Flask) -> None:
    """Count requests before anything of them is read; nothing is connected to before the first."""
    limiter = Limiter(
        _whose,
        application_limits=[ApplicationLimit(_configured("RATE_LIMIT"))],
        **_storage(app.config["REDIS_URL"]),
        in_memory_fallback_enabled=True,
        swallow_errors=True,
    )
    limiter.request_filter(lambda: request.endpoint in _UNLIMITED)
    limiter.init_app(app)
    app.extensions["rate_limiter"] = limiter
    app.register_error_handler(RateLimitExceeded, _on_exceeded)


def register(app: Flask) -> None:
    """Hold sign-in and the public check of codes to less, once their pages are there."""
    limiter: Limiter = app.extensions["rate_limiter"]
    views: Any = app.view_functions
    signing_in = limiter.shared_limit(
        _configured("RATE_LIMIT_SIGN_IN"), scope="sign-in", key_func=_address, methods=["POST"]
    )
    verifying = limiter.shared_limit(
        _configured("RATE_LIMIT_VERIFY"), scope="verify", key_func=_address
    )
    for endpoint in (
        "sign_in.login",
        "sign_in.send_code",
        "second_step.page",
        "second_step.key_options",
    ):
        views[endpoint] = signing_in(views[endpoint])
    for endpoint in ("verification.form", "verification.check"):
        views[endpoint] = verifying(views[endpoint])


def _storage(redis_url: str) -> dict[str, Any]:
    if not redis_url:
        return {"storage_uri": "memory://"}
    return {
        # The library's name for a socket of Redis.
        "storage_uri": redis_url.replace("unix://", "redis+unix://", 1)
        if redis_url.startswith("unix://")
        else redis_url,
        "storage_options": {
            "socket_connect_timeout": _SECONDS_FOR_REDIS,
            "socket_timeout": _SECONDS_FOR_REDIS,
            "retry": Retry(NoBackoff(), 0),
        },
    }


def _configured(name: str) -> Callable[[], str]:
    def limit() -> str:
        text: str = current_app.config[name]
        return text

    return limit


def _whose() -> str:
    """Return whose request it is: people behind one address are told apart by their sessions.

    The cookie is signed, so that nobody makes sessions up; whether it has ended is not asked here.
    """
    token = session.get("_user_id")
    if isinstance(token, str) and token:
        return "session:" + hashlib.sha256(token.encode()).hexdigest()
    return _address()


def _address() -> str:
    return f"address:{request.remote_addr or ''}"


def _on_exceeded(_error: RateLimitExceeded) -> ResponseReturnValue:
    current = current_app.extensions["rate_limiter"].current_limit
    seconds = max(1, int(current.reset_at - time.time())) if current is not None else 60
    answer = make_response(page(429, f"操作过于频繁，请在 {seconds} 秒后再试。"))
    answer.headers["Retry-After"] = str(seconds)
    return answer

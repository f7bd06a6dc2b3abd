"""The gate before every page: one table from endpoint to permission, which denies by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import abort, redirect, request, url_for

from admin_views.identity import current_actor
from admin_views.step_pages import STEP_PAGES, may_open
from services import personal_numbers
from services.permissions import Permission
from services.scope import parse_key

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue
    from flask_admin import Admin

#: Pages that need no account; everything else does.
PUBLIC_ENDPOINTS: Final = frozenset(
    {
        "static",
        "sign_in.login",
        "sign_in.captcha",
        "sign_in.send_code",
        "sign_in.question",
        "second_step.page",
        "second_step.key_options",
        "health.alive",
        "health.ready",
        "verification.form",
        "verification.check",
        "root",
    }
)

#: Pages outside of the admin panel, and what they need.
PAGE_PERMISSIONS: Final = {
    "sign_in.logout": Permission.ACCOUNT_OWN,
    "sign_in.change_password": Permission.ACCOUNT_OWN,
    "own_account.security": Permission.ACCOUNT_OWN,
    "own_account.phone": Permission.ACCOUNT_OWN,
    "own_account.totp": Permission.ACCOUNT_OWN,
    "own_account.keys": Permission.ACCOUNT_OWN,
    "own_account.key_options": Permission.ACCOUNT_OWN,
    "own_account.recovery": Permission.ACCOUNT_OWN,
    "own_account.end_sessions": Permission.ACCOUNT_OWN,
    "own_account.session": Permission.ACCOUNT_OWN,
}


class EndpointPermissions:
    """Answers which permission an endpoint needs; an unknown endpoint has none and is refused."""

    def __init__(self, admin: Admin) -> None:
        """Gather what each screen declares in its ``permissions``."""
        self._table: dict[str, Permission] = dict(PAGE_PERMISSIONS)
        for view in admin._views:  # noqa: SLF001 - Flask-Admin offers no other way to its views
            for name, permission in getattr(view, "permissions", {}).items():
                self._table[f"{view.endpoint}.{name}"] = permission

    def of(self, endpoint: str) -> Permission | None:
        """Return the permission that ``endpoint`` needs, or ``None`` when nobody may use it."""
        return self._table.get(endpoint)


def _asked_for() -> str:
    """Return what to come back to after signing in; never with a number of a person in it."""
    # Eight digits are the number of a document or the key of a record, which is no keyword.
    pairs = request.args.items(multi=True)
    given = (value for name, value in pairs if name == "search" or parse_key(value) is None)
    if any(map(personal_numbers.is_personal, given)):
        return request.path
    return request.full_path.rstrip("?")


def register(app: Flask, admin: Admin) -> None:
    """Put the gate before every request of ``app``."""
    permissions = EndpointPermissions(admin)
    app.extensions["endpoint_permissions"] = permissions

    @app.before_request
    def _check() -> ResponseReturnValue | None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in PUBLIC_ENDPOINTS or _is_asset(endpoint):
            return None
        actor = current_actor()
        if actor is None:
            if request.method == "GET":
                return redirect(url_for("sign_in.login", next=_asked_for()))
            abort(401)
        if actor.step is not None and not may_open(actor.step, endpoint):
            return redirect(url_for(STEP_PAGES[actor.step]))
        permission = permissions.of(endpoint)
        if permission is None or not actor.may(permission):
            abort(403)
        return None

    @app.get("/", endpoint="root")
    def _root() -> ResponseReturnValue:
        return redirect(url_for("admin.index"))


def _is_asset(endpoint: str) -> bool:
    """Whether an endpoint serves Flask-Admin's own static files, which hold nothing of anybody."""
    return endpoint.endswith(".static")

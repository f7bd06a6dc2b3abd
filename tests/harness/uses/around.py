"""Home, trail, sign-in, verification and health: how their routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post

_ABOVE: Final = frozenset({"above"})
_JUNK: Final = {"username": "nobody-here", "password": "x", "captcha": "0000", "phone": "1"}
_COUNTED: Final = frozenset({"sign_in_throttles", "one_time_codes"})
_A: Final = "/admin/audit/"
_TRAIL: Final = frozenset({"trail", "places"})
USES: Final = [
    *grid("audit", "export", shows=_TRAIL),
    Use(
        "audit.index_view",
        "audit:list",
        _A + "?at_from=2018-01-01&at_to=2018-01-31&tag=institution:update&object=Institution"
        "&result=done&search=CN&before=2000000000",
        shows=_TRAIL,
    ),
    Use(
        "audit.index_view",
        "audit:narrow",
        _A + "?place={key}&place_below=1&after=1",
        "institution",
        shows=_TRAIL,
    ),
    Use("audit.story", "audit:story", _A + "story/?id={key}", "entry", shows=_TRAIL),
    Use("audit.export", "audit:export", _A + "export/xlsx/", shows=_TRAIL, is_recorded=True),
    Use("admin.index", "account:home", "/admin/", shows=_ABOVE),
    Use("permission_table.index", "permissions:read", "/admin/permissions/"),
    Use("root", "public", "/", statuses=frozenset({302})),
    Use("health.alive", "public", "/healthz"),
    Use("health.ready", "public", "/readyz"),
    Use("verification.form", "public", "/verify"),
    Use(
        "verification.check",
        "public",
        "/verify/{key}",
        "code",
        shows=frozenset({"every name", "codes"}),
    ),
    Use("sign_in.login", "public", "/login", statuses=frozenset({200, 302})),
    Use(
        "sign_in.login",
        "public",
        "/login",
        form=forms.fixed(**_JUNK),
        leaves=_COUNTED,
        statuses=frozenset({400, 401, 429}),
    ),
    Use("sign_in.captcha", "public", "/login/captcha.png"),
    Use(
        "sign_in.send_code",
        "public",
        "/login/sms",
        form=forms.fixed(**_JUNK),
        leaves=_COUNTED,
        statuses=frozenset({400, 401, 429}),
    ),
    Use("sign_in.change_password", "account:begin", "/account/password"),
    Use(
        "sign_in.change_password",
        "account:begin",
        "/account/password",
        form=forms.fixed(old_password="x", new_password="Abcdefgh-123", repeated="Abcdefgh-123"),
        leaves=_COUNTED,
        statuses=frozenset({400}),
    ),
    post("sign_in.logout", "account:begin", "/logout", forms.fixed(), "sign_in_sessions"),
]

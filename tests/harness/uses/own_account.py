"""安全设置, the second step of signing in, 在线用户, 安全策略: how their routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post, toolbar

_COUNTED: Final = frozenset({"sign_in_throttles"})
_WRONG: Final = frozenset({400})


def _own(route: str, path: str, **form: str) -> list[Use]:
    """Return a page of the own account: looked at, and refused for a wrong password."""
    return [
        Use(f"own_account.{route}", "account:own", path),
        Use(
            f"own_account.{route}",
            "account:own",
            path,
            form=forms.fixed(password="x", **form),
            leaves=_COUNTED,
            statuses=_WRONG,
        ),
    ]


USES: Final = [
    Use("second_step.page", "public", "/login/second", statuses=frozenset({303})),
    Use(
        "second_step.page",
        "public",
        "/login/second",
        form=forms.fixed(act="totp", totp_code="123456"),
        statuses=frozenset({303}),
    ),
    Use(
        "second_step.key_options",
        "public",
        "/login/second/key",
        form=forms.fixed(),
        statuses=_WRONG,
    ),
    Use(
        "sign_in.question",
        "public",
        "/login/question",
        form=forms.fixed(),
        leaves=frozenset({"captchas"}),
    ),
    Use("own_account.security", "account:own", "/account/security", shows=frozenset({"trail"})),
    *_own("phone", "/account/phone", act="send", phone="13700000001"),
    *_own("totp", "/account/totp", act="begin"),
    *_own("keys", "/account/keys", act="remove", id="1"),
    *_own("recovery", "/account/recovery"),
    Use(
        "own_account.key_options",
        "account:own",
        "/account/keys/options",
        form=forms.fixed(password="x"),
        leaves=_COUNTED,
        statuses=_WRONG,
    ),
    Use("own_account.session", "account:begin", "/account/session"),
    Use(
        "own_account.session",
        "account:begin",
        "/account/session",
        form=forms.fixed(),
        leaves=frozenset({"sign_in_sessions"}),
    ),
    Use(
        "own_account.end_sessions",
        "account:own",
        "/account/sessions/end",
        form=forms.fixed(act="all"),
        leaves=frozenset({"sign_in_sessions"}),
        statuses=frozenset({303}),
    ),
    *grid("online_users", "action_view", lists="session:list"),
    toolbar("online_users", "session", "end", "session:end", "sign_in_sessions"),
    Use("security_policy.index", "policy:read", "/admin/security-policy/"),
    post(
        "security_policy.index",
        "policy:write",
        "/admin/security-policy/",
        forms.fixed(
            bureau_method="password",
            institution_method="password",
            password_profile="nist",
            version="0",
        ),
        "security_policies",
    ),
]

"""机构管理员设置: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post, toolbar

USES: Final = [
    *grid("administrators", "create_view", "edit_view", "action_view"),
    Use(
        "administrators.index_view", "account:list", "/admin/administrators/?search=CN&enabled=yes"
    ),
    Use(
        "administrators.index_view",
        "account:narrow",
        "/admin/administrators/?institution={key}",
        "institution",
        shows=frozenset({"line above"}),
    ),
    Use(
        "administrators.create_view",
        "account:list at",
        "/admin/administrators/new/?institution={key}",
        "institution",
    ),
    post(
        "administrators.create_view",
        "account:new at",
        "/admin/administrators/new/",
        forms.new_account,
        "administrators",
        "password_handovers",
        kind="institution",
        is_reference=True,
    ),
    Use(
        "administrators.edit_view",
        "account:read",
        "/admin/administrators/edit/?id={key}",
        "account",
    ),
    post(
        "administrators.edit_view",
        "account:write",
        "/admin/administrators/edit/?id={key}",
        forms.account,
        "administrators",
        "sign_in_sessions",
        "outbox_messages",
        kind="account",
    ),
    toolbar(
        "administrators",
        "account",
        "reset",
        "account:reset",
        "administrators",
        "sign_in_sessions",
        "password_handovers",
        "former_passwords",
        "outbox_messages",
    ),
    Use(
        "administrators.secret_view",
        "account:secret",
        "/admin/administrators/secret/?id={key}",
        "account",
    ),
    Use(
        "administrators.secret_view",
        "account:secret",
        "/admin/administrators/secret/?id={key}",
        "account",
        form=forms.fixed(act="show"),
        leaves=frozenset({"password_handovers"}),
    ),
    toolbar(
        "administrators",
        "account",
        "unbind",
        "account:unbind",
        "administrators",
        "sign_in_sessions",
        "password_handovers",
        "former_passwords",
        "outbox_messages",
    ),
    toolbar(
        "administrators",
        "account",
        "delete",
        "account:delete",
        "administrators",
        "sign_in_sessions",
    ),
]

"""医疗机构执业许可证: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post, toolbar

USES: Final = [
    *grid("licences", "create_view", "edit_view", "action_view"),
    Use("licences.index_view", "licence:list", "/admin/licences/?search=CN&in_use=yes"),
    Use(
        "licences.index_view",
        "institution:read",
        "/admin/licences/?institution={key}",
        "institution",
    ),
    Use(
        "licences.create_view",
        "institution:read",
        "/admin/licences/new/?institution={key}",
        "institution",
    ),
    post(
        "licences.create_view",
        "licence:new",
        "/admin/licences/new/",
        forms.new_licence,
        "licences",
        "licence_departments",
        kind="institution",
        is_reference=True,
    ),
    Use("licences.edit_view", "licence:read", "/admin/licences/edit/?id={key}", "licence"),
    post(
        "licences.edit_view",
        "licence:write",
        "/admin/licences/edit/?id={key}",
        forms.licence,
        "licences",
        "licence_departments",
        kind="licence",
    ),
    toolbar("licences", "licence", "use", "licence:use", "licences", spreads=True),
    toolbar("licences", "licence", "use_expired", "licence:use", "licences", spreads=True),
    toolbar("licences", "licence", "delete", "licence:delete", "licences", "licence_departments"),
]

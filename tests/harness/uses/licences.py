"""医疗机构执业许可证: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post

_SCANS: Final = "/admin/licences/{key}/scans/"
_SCAN: Final = "/admin/licences/scans/{key}/"

USES: Final = [
    *grid("licences", "create_view", "edit_view", "action_view", "export"),
    Use("licences.export", "licence:list", "/admin/licences/export/xlsx/", is_recorded=True),
    Use("licences.index_view", "licence:list", "/admin/licences/?search=CN&in_use=yes"),
    Use(
        "licences.index_view",
        "institution:narrow",
        "/admin/licences/?institution={key}",
        "institution",
        shows=frozenset({"line above"}),
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
        "certificate_doubts",
        kind="licence",
    ),
    post(
        "licences.action_view",
        "licence:use",
        "/admin/licences/action/",
        forms.licence_as_seen("use"),
        "licences",
        "certificate_doubts",
        kind="licence",
        spreads=True,
    ),
    post(
        "licences.action_view",
        "licence:unuse",
        "/admin/licences/action/",
        forms.licence_as_seen("use", "cancel"),
        "licences",
        "certificate_doubts",
        kind="licence",
    ),
    post(
        "licences.action_view",
        "licence:delete",
        "/admin/licences/action/",
        forms.licence_as_seen("delete"),
        *("licences", "licence_departments", "licence_scans"),
        kind="licence",
    ),
    Use("licences.scans", "licence:read", _SCANS, "licence"),
    post(
        "licences.scans",
        "licence:write",
        _SCANS,
        forms.new_scan,
        *("licences", "licence_scans"),
        kind="licence",
        is_costly=True,
    ),
    post(
        "licences.scans",
        "licence:write",
        _SCANS,
        forms.order_of_scans,
        *("licences", "licence_scans"),
        kind="licence",
    ),
    post("licences.scans", "licence:check", _SCANS, forms.scans_seen, "licences", kind="licence"),
    Use("licences.scan_thumbnail", "scan:read", f"{_SCAN}thumbnail", "scan"),
    Use("licences.scan_page", "scan:read", f"{_SCAN}pages/1", "scan"),
    Use("licences.scan_file", "scan:read", f"{_SCAN}file", "scan", is_recorded=True),
    post(
        "licences.change_scan",
        "scan:change",
        _SCAN,
        forms.fresh_scan,
        *("licences", "licence_scans"),
        kind="scan",
        is_costly=True,
    ),
    post(
        "licences.change_scan",
        "scan:change",
        _SCAN,
        forms.fixed(act="remove"),
        *("licences", "licence_scans"),
        kind="scan",
    ),
    post(
        "licences.change_scan",
        "scan:change",
        _SCAN,
        forms.fixed(act="back"),
        *("licences", "licence_scans"),
        kind="scan",
        spreads=True,
        suits=lambda _world, _who, thing: thing is None or "last" not in thing.marks,
    ),
    post(
        "licences.change_scan",
        "scan:change",
        _SCAN,
        forms.fixed(act="forward"),
        *("licences", "licence_scans"),
        kind="scan",
        spreads=True,
        suits=lambda _world, _who, thing: thing is None or "first" not in thing.marks,
    ),
]

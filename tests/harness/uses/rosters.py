"""花名册: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post, toolbar

_ABOVE: Final = frozenset({"above"})
_R: Final = "/admin/rosters/"
_SCAN: Final = _R + "scans/{key}/"
_MOVES: Final = ("rosters", "trial_certificates", "roster_entries")
USES: Final = [
    *grid("rosters", "create_view", "details_view", "action_view", shows=_ABOVE),
    Use("rosters.index_view", "roster:list", _R + "?search=CN&state=submitted", shows=_ABOVE),
    Use("rosters.create_view", "roster:new", _R + "new/?year=2018"),
    post(
        "rosters.create_view",
        "roster:make",
        _R + "new/",
        forms.new_roster,
        "rosters",
        "roster_entries",
        "counters",
        kind="certificate",
        is_reference=True,
    ),
    Use("rosters.details_view", "roster:read", _R + "details/?id={key}", "roster", shows=_ABOVE),
    toolbar("rosters", "roster", "print", "roster:print", *_MOVES),
    toolbar("rosters", "roster", "submit", "roster:submit", *_MOVES, shows=_ABOVE),
    toolbar("rosters", "roster", "remake", "roster:remake", *_MOVES, "counters", spreads=True),
    toolbar("rosters", "roster", "void", "roster:void", *_MOVES),
    toolbar("rosters", "roster", "file", "roster:file", *_MOVES),
    Use("rosters.return_view", "roster:return page", _R + "{key}/return/", "roster", shows=_ABOVE),
    post(
        "rosters.return_view",
        "roster:return",
        _R + "{key}/return/",
        forms.fixed(**{"reason": "请更正第1行", "remark-1": "学历有误"}),
        *_MOVES,
        kind="roster",
    ),
    toolbar("rosters", "roster", "revoke", "roster:revoke", *_MOVES, reason="请更正第2行"),
    Use("rosters.index_view", "roster:list", _R + "?desk=mine", shows=_ABOVE),
    Use(
        "rosters.print_pdf",
        "roster:paper",
        _R + "{key}/print.pdf",
        "roster",
        shows=_ABOVE,
        is_recorded=True,
        is_costly=True,
    ),
    Use(
        "rosters.receipt_pdf",
        "roster:receipt",
        _R + "{key}/receipt.pdf",
        "roster",
        shows=_ABOVE,
        is_recorded=True,
        is_costly=True,
    ),
    post(
        "rosters.scans",
        "roster:scan",
        _R + "{key}/scans/",
        forms.new_scan,
        "roster_scans",
        kind="roster",
        is_costly=True,
    ),
    post(
        "rosters.change_scan",
        "roster_scan:remove",
        _SCAN,
        forms.fixed(act="remove"),
        "roster_scans",
        kind="roster_scan",
    ),
    Use("rosters.scan_thumbnail", "roster_scan:read", f"{_SCAN}thumbnail", "roster_scan"),
    Use("rosters.scan_page", "roster_scan:read", f"{_SCAN}pages/1", "roster_scan"),
    Use("rosters.scan_file", "roster_scan:read", f"{_SCAN}file", "roster_scan", is_recorded=True),
    Use(
        "rosters.workbook",
        "roster:read",
        _R + "{key}/roster.xlsx",
        "roster",
        shows=_ABOVE,
        is_recorded=True,
        is_costly=True,
    ),
]

"""试用期考核证明: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import Use, grid, post, toolbar

_PLACES: Final = frozenset({"places"})
_C: Final = "/admin/certificates/"
USES: Final = [
    *grid("certificates", "create_view", "edit_view", "action_view", "export"),
    Use("certificates.index_view", "certificate:list", _C + "?search=CN&year=2018"),
    Use("certificates.create_view", "certificate:new", _C + "new/"),
    post(
        "certificates.create_view",
        "certificate:new",
        _C + "new/",
        forms.new_certificate,
        "trial_certificates",
        "trial_periods",
        "submission_codes",
    ),
    Use(
        "certificates.edit_view",
        "certificate:read",
        _C + "edit/?id={key}",
        "certificate",
        shows=_PLACES,
    ),
    post(
        "certificates.edit_view",
        "certificate:write",
        _C + "edit/?id={key}",
        forms.certificate,
        "trial_certificates",
        "trial_periods",
        "submission_codes",
        kind="certificate",
        shows=_PLACES,
    ),
    Use(
        "certificates.reveal",
        "certificate:read",
        _C + "{key}/reveal/",
        "certificate",
        form=forms.fixed(),
        shows=_PLACES,
        is_recorded=True,
    ),
    toolbar(
        "certificates",
        "certificate",
        "delete",
        "certificate:delete",
        "trial_certificates",
        "submission_codes",
    ),
    Use(
        "certificates.export",
        "certificate:list",
        _C + "export/xlsx/",
        shows=_PLACES,
        is_recorded=True,
    ),
    Use(
        "certificates.print_pdf",
        "certificate:read",
        _C + "{key}/print.pdf",
        "certificate",
        shows=_PLACES,
        leaves=frozenset({"code_prints"}),
        is_recorded=True,
        is_costly=True,
    ),
    toolbar(
        "certificates",
        "certificate",
        "print",
        "certificate:read",
        "code_prints",
        shows=_PLACES,
        is_costly=True,
    ),
]

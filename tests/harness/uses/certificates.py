"""试用期考核证明: how its routes are used."""

from __future__ import annotations

from typing import Final

from tests.harness import forms
from tests.harness.use import DONE, Use, grid, post, toolbar

_PLACES: Final = frozenset({"places"})
#: On the form also the bureau above: whom to ask about somebody who was entered twice.
_ON_FORM: Final = _PLACES | {"above"}
_C: Final = "/admin/certificates/"
USES: Final = [
    *grid("certificates", "create_view", "edit_view", "action_view", "export"),
    Use("certificates.index_view", "certificate:list", _C + "?search=CN&year=2018"),
    Use("certificates.index_view", "certificate:list", _C + "?doubt=two_places"),
    Use("certificates.create_view", "certificate:new", _C + "new/"),
    post(
        "certificates.create_view",
        "certificate:new",
        _C + "new/",
        forms.new_certificate,
        "trial_certificates",
        "trial_periods",
        "submission_codes",
        "certificate_doubts",
    ),
    Use(
        "certificates.edit_view",
        "certificate:read",
        _C + "edit/?id={key}",
        "certificate",
        shows=_ON_FORM,
    ),
    post(
        "certificates.edit_view",
        "certificate:write",
        _C + "edit/?id={key}",
        forms.certificate,
        "trial_certificates",
        "trial_periods",
        "submission_codes",
        "certificate_doubts",
        kind="certificate",
        shows=_ON_FORM,
    ),
    Use(
        "certificates.reveal",
        "certificate:read",
        _C + "{key}/reveal/",
        "certificate",
        form=forms.fixed(),
        shows=_ON_FORM,
        is_recorded=True,
    ),
    toolbar(
        "certificates",
        "certificate",
        "delete",
        "certificate:delete",
        "trial_certificates",
        "submission_codes",
        "certificate_doubts",
        reason="误录",
    ),
    post(
        "certificates.action_view",
        "certificate:qualify",
        _C + "action/",
        forms.qualify,
        "trial_certificates",
        "submission_codes",
        "certificate_doubts",
        kind="certificate",
    ),
    Use(
        "certificates.create_view",
        "certificate:after",
        _C + "new/?after={key}",
        "certificate",
    ),
    Use(
        "certificates.create_view",
        "draft:open",
        _C + "new/?draft={key}",
        "draft",
        is_recorded=True,
    ),
    Use(
        "certificates.save_draft",
        "draft:save",
        _C + "drafts/",
        form=forms.draft(),
        changes=frozenset({"certificate_drafts"}),
        statuses=DONE,
    ),
    Use(
        "certificates.save_draft",
        "draft:save change",
        _C + "{key}/draft/",
        "certificate",
        form=forms.draft(),
        shows=_ON_FORM,
        changes=frozenset({"certificate_drafts"}),
        statuses=DONE,
    ),
    post(
        "certificates.discard_draft",
        "draft:discard",
        _C + "drafts/{key}/discard/",
        forms.fixed(),
        "certificate_drafts",
        kind="draft",
    ),
    *grid("certificate_bin", "action_view", lists="certificate:bin"),
    toolbar(
        "certificate_bin",
        "binned_certificate",
        "restore",
        "certificate:restore",
        "trial_certificates",
        "submission_codes",
        "certificate_doubts",
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

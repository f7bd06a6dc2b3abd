"""资料完整度: the checklist of a record as the pages show it, each line with where to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

from admin_views.identity import require_actor
from services import institutions
from services.institutions import completeness
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from models import Institution
    from services.institutions.completeness import Need


@dataclass(frozen=True)
class Checklist:
    """What ``admin/checklist.html`` shows."""

    percent: int
    #: What is still to be done, with the address where; no address where it cannot be done now.
    missing: tuple[tuple[Need, str], ...]
    met: tuple[Need, ...]
    is_own: bool
    is_locked: bool
    #: Whether people on trial are entered there, once the record is complete.
    is_medical: bool


def checklist_of(institution: Institution, record_url: Callable[[str], str]) -> Checklist:
    """Return the checklist of a record; ``record_url`` gives the address of a tab.

    The address of the tab that is shown may be empty: what was typed there is kept.
    """
    needs = completeness.checklist(institution)
    is_own = require_actor().institution_id == institution.id

    def address_of(need: Need) -> str:
        if institution.is_locked:
            return ""
        return _address(need, institution, record_url, is_own=is_own)

    return Checklist(
        percent=completeness.percent(institution),
        missing=tuple((need, address_of(need)) for need in needs if not need.is_met),
        met=tuple(need for need in needs if need.is_met),
        is_own=is_own,
        is_locked=institution.is_locked,
        is_medical=institutions.trains_people(institution),
    )


def own_checklist() -> Checklist | None:
    """Return the checklist of the actor's own record; ``None`` for who does not keep it."""
    actor = require_actor()
    if not actor.may(Permission.INSTITUTION_OWN):
        return None
    institution = completeness.find(actor.institution_id)
    return checklist_of(institution, lambda tab: url_for("my_institution.index", tab=tab))


def _address(
    need: Need, institution: Institution, record_url: Callable[[str], str], *, is_own: bool
) -> str:
    back = record_url(need.tab)
    if need.is_of_superior:
        # Without a way back it leads to the list.
        edit = url_for("institutions.edit_view", id=institution.id, url=back or None)
        return "" if is_own else edit
    licence = institution.licence_in_use
    is_of_licence = need.tab == "licences" and need.key != completeness.LICENCE_VALID
    if is_of_licence and licence is not None:
        if need.key == "licence_scans":
            return url_for("licences.scans", key=licence.id, url=back)
        return url_for("licences.edit_view", id=licence.id, url=back)
    return f"{back}#{need.key}" if need.tab == "basic" else back

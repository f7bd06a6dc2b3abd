"""What the signed-in account may do with a certificate, and what its change would make void."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import g

from admin_views.identity import require_actor
from services import exam_years, rosters
from services.exam_years import entry
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Roster, TrialCertificate
    from services.exam_years import Window

#: What is said when the person who was changed stands on a roster.
OVERTAKEN: Final = "{}中该人员的信息已过期，不能报送。请在“花名册”中重新生成、打印、盖章。"


def roster_name(roster: Roster) -> str:
    """Name a roster of the own institution, with its state."""
    return f"{roster.year_and_batch}花名册（{roster.state.label}）"


def may_save(row: TrialCertificate | None) -> bool:
    """Whether this account may save a new certificate, or changes of ``row``."""
    actor = require_actor()
    if row is None:
        return actor.may(Permission.CERTIFICATE_WRITE)
    return _is_ours_to_change(row) and not why_closed(row)


def is_ours(row: TrialCertificate) -> bool:
    """Whether this account enters people where ``row`` was entered."""
    actor = require_actor()
    own = row.institution_id == actor.institution_id
    return own and actor.may(Permission.CERTIFICATE_WRITE)


def _is_ours_to_change(row: TrialCertificate) -> bool:
    return is_ours(row) and row.is_editable


def why_closed(row: TrialCertificate) -> str:
    """Return why entry is closed to a certificate that the account could change otherwise.

    It is asked once in a request for each.
    """
    if not _is_ours_to_change(row):
        return ""
    if row.id not in g.setdefault("entry_closed", {}):
        look_for_closed([row])
    sentence: str = g.entry_closed[row.id]
    return sentence


def own_windows() -> list[Window]:
    """Return the exam years as they are for the own institution, asked for once in a request."""
    if "own_windows" not in g:
        g.own_windows = exam_years.windows(require_actor().institution_id)
    found: list[Window] = g.own_windows
    return found


def look_for_closed(rows: Sequence[TrialCertificate]) -> None:
    """Ask for many certificates at once what ``why_closed`` says."""
    ours = [row for row in rows if _is_ours_to_change(row)]
    sentences = entry.closed(ours, own_windows()) if ours else {}
    g.setdefault("entry_closed", {}).update({row.id: sentences.get(row.id, "") for row in ours})


def naming(row: TrialCertificate | None) -> list[Roster]:
    """Return the rosters that a change of ``row`` by this account would make void."""
    return rosters.naming(row) if row is not None and may_save(row) else []

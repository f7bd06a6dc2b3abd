"""The page of one roster, its papers, and the page on which its bureau gives it back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, request, url_for
from flask_admin import expose

from admin_views.identity import require_actor
from admin_views.papers import pdf, recorded, xlsx
from admin_views.roster_steps import steps_of
from admin_views.scan_answers import LIMITS
from exports.papers import receipt_of, roster_paper
from exports.receipts import render_receipt_pdf
from exports.rosters import render_roster_pdf, roster_workbook_bytes
from extensions import db
from models import Roster, RosterState
from models.roster import NOT_HANDED_IN
from services import rosters, scope
from services.audit import AuditTag
from services.certificates import doubts
from services.errors import DomainError, FieldErrors, NotAllowedError, NotFoundError
from services.exam_years import entry
from services.masking import masked_id_number
from services.permissions import Permission
from services.rosters import queue
from services.rosters.remarks import FIELD
from services.rosters.scans import MAY_ADD, MAY_REMOVE, scans_of
from services.scans.receiving import MOST_SCANS

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue


def paper_name(roster: Roster) -> str:
    """Return the file name of a roster, without its ending."""
    return f"{roster.head['institution_name']}-{roster.year_and_batch}花名册"


class RosterPage:
    """The part of the screen of rosters that shows one of them."""

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """Show a roster as it was made, and whose record has changed since."""
        key = self.single_argument("id")  # type: ignore[attr-defined]
        roster = scope.find(Roster, key)
        actor, changed = require_actor(), rosters.changed_since(roster)
        self.prepare([roster])  # type: ignore[attr-defined]
        is_own = actor.may(Permission.ROSTER_WRITE) and (
            roster.institution_id == actor.institution_id
        )
        page: str = self.render(  # type: ignore[attr-defined]
            "admin/roster.html",
            roster=roster,
            paper=roster_paper(roster),
            steps=steps_of(roster),
            due=g.due.get(roster.id),
            days_to=queue.days_to,
            next_one=_next_of(roster),
            masked=masked_id_number,
            changed=changed,
            remarks={one.position: one.return_remark for one in roster.entries},
            former=rosters.with_former(roster),
            short=rosters.short_of_a_year(roster),
            doubts=doubts.of_roster(roster),
            summary=doubts.summary,
            late=entry.lateness(roster) if roster.state in NOT_HANDED_IN else "",
            keeps_its_time=roster.state is RosterState.RETURNED and _is_past(roster),
            returned_before=entry.returned_before(roster.institution_id, roster.head),
            offered=self.acts_on(roster),  # type: ignore[attr-defined]
            scans=scans_of(roster),
            limits=LIMITS,
            most_scans=MOST_SCANS,
            lacks_scan=roster.state in NOT_HANDED_IN and rosters.lacks_scan(roster),
            may_add_scans=is_own and roster.state in MAY_ADD,
            may_remove_scans=is_own and roster.state in MAY_REMOVE,
            return_url=self.return_url(),  # type: ignore[attr-defined]
        )
        return page

    @expose("/<int:key>/return/", methods=("GET", "POST"))
    def return_view(self, key: int) -> ResponseReturnValue:
        """Give a roster back with a reason, and with what is wrong with single people."""
        actor, roster = require_actor(), scope.find(Roster, key)
        self.attempting("退回", roster)  # type: ignore[attr-defined]
        rosters.require_receiver(actor, roster)
        errors: dict[str, str] = {}
        try:
            if request.method == "POST":
                rosters.return_roster(actor, roster, request.form.get("reason", ""), _marks())
                db.session.commit()
                flash("花名册已退回。", "success")
                return redirect(self.return_url())  # type: ignore[attr-defined]
            rosters.require_submitted(roster)
        except (NotAllowedError, NotFoundError):
            raise
        except FieldErrors as error:
            db.session.rollback()
            errors = error.errors
            flash(error.message, "error")
        except DomainError as error:
            db.session.rollback()
            flash(error.message, "error")
            return redirect(details_url(scope.find(Roster, key)))
        roster = scope.find(Roster, key)
        page: str = self.render(  # type: ignore[attr-defined]
            "admin/roster_return.html",
            roster=roster,
            people=rosters.people_of(roster),
            masked=masked_id_number,
            doubts=doubts.of_roster(roster),
            summary=doubts.summary,
            field=FIELD,
            given=request.form,
            errors=errors,
            return_url=self.return_url(),  # type: ignore[attr-defined]
        )
        return page, 422 if errors else 200

    @expose("/<int:key>/print.pdf")
    def print_pdf(self, key: int) -> Response:
        """Give the paper; there is none until the roster was printed by its institution."""
        roster = recorded(rosters.find_printed, key, AuditTag.ROSTER_PRINT)
        return pdf(render_roster_pdf(roster_paper(roster)), paper_name(roster))

    @expose("/<int:key>/receipt.pdf")
    def receipt_pdf(self, key: int) -> Response:
        """Give the receipt of the filing (备案回执); there is one only while it is on file."""
        roster = recorded(rosters.find_filed, key, AuditTag.ROSTER_RECEIPT)
        return pdf(render_receipt_pdf(receipt_of(roster)), f"{paper_name(roster)}备案回执")

    @expose("/<int:key>/roster.xlsx")
    def workbook(self, key: int) -> Response:
        """Give the roster as a sheet."""
        roster = recorded(partial(scope.find, Roster), key, AuditTag.ROSTER_EXPORT)
        return xlsx(roster_workbook_bytes(roster_paper(roster)), paper_name(roster))


def _next_of(roster: Roster) -> Roster | None:
    """Return which roster a bureau goes on with after this one; nobody else has a queue."""
    actor = require_actor()
    is_receiver = actor.may(Permission.ROSTER_FILE) and roster.bureau_id == actor.institution_id
    return queue.next_waiting(actor, roster) if is_receiver and roster.submitted_at else None


def details_url(roster: Roster, **arguments: Any) -> str:
    """Return the address of the page of a roster."""
    return url_for("rosters.details_view", id=roster.id, **arguments)


def _is_past(roster: Roster) -> bool:
    """Whether a new roster in the place of this one would come too late."""
    return bool(entry.lateness_of_new(roster.institution_id, roster.owner_path, roster.exam_year))


def _marks() -> dict[int, str]:
    """Return what was written beside people, by their position; empty fields are left out."""
    found: dict[int, str] = {}
    for name, text in request.form.items():
        if name.startswith(FIELD) and text.strip():
            key = scope.parse_key(name.removeprefix(FIELD))
            if key is None:
                raise NotFoundError
            found[key] = text
    return found

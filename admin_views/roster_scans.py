"""盖章扫描件: the scans of a stamped roster, as the page of the roster shows and takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_admin import expose

from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from admin_views.scan_answers import asks_for_json, file_of, picture_of, take_all
from extensions import db
from models import Roster, RosterScan
from services import scope
from services.errors import DomainError, NotAllowedError, NotFoundError, StaleVersionError
from services.rosters import scans
from services.scans import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from services.scans.receiving import Received


class RosterScanPages:
    """The part of the screen of rosters that shows and takes scans."""

    @expose("/<int:key>/scans/", methods=("POST",))
    def scans(self, key: int) -> ResponseReturnValue:
        """Take the files that were posted for a roster."""
        actor = require_actor()
        scope.find(Roster, key)

        def attach(received: Received) -> None:
            scans.attach(actor, scope.find(Roster, key), received)

        def upload() -> str:
            return take_all(lambda: scans.require_may_add(actor, scope.find(Roster, key)), attach)

        return self._done(key, upload)

    @expose("/scans/<int:key>/", methods=("POST",))
    def change_scan(self, key: int) -> ResponseReturnValue:
        """Take one scan away."""
        scan = scope.find(RosterScan, key)
        if request.form.get("act") != "remove":
            raise NotFoundError

        def remove() -> str:
            scans.remove(require_actor(), scan)
            return "已删除。"

        return self._done(scan.roster_id, remove)

    @expose("/scans/<int:key>/thumbnail")
    def scan_thumbnail(self, key: int) -> Response:
        """Give the small picture of a scan."""
        return picture_of(reading.thumbnail(scope.find(RosterScan, key)), "image/jpeg")

    @expose("/scans/<int:key>/pages/<int:number>")
    def scan_page(self, key: int, number: int) -> Response:
        """Give one page of a scan as a picture."""
        return picture_of(*reading.picture(scope.find(RosterScan, key), number))

    @expose("/scans/<int:key>/file")
    def scan_file(self, key: int) -> Response:
        """Give the file of a scan for the disk, and record that it was taken."""
        begin_writing()
        scan = scope.find(RosterScan, key)
        answer = file_of(scan, scans.download(require_actor(), scan))
        db.session.commit()
        return answer

    def _done(self, key: int, act: Callable[[], str]) -> ResponseReturnValue:
        """Perform ``act`` on scans of a roster; what it says, or what is wrong, is shown there."""
        try:
            told = act()
            db.session.commit()
        except (NotAllowedError, NotFoundError, StaleVersionError):
            raise
        except DomainError as error:
            db.session.rollback()
            if asks_for_json():
                return jsonify(message=error.message), 422
            flash(error.message, "error")
        else:
            if asks_for_json():
                return jsonify(message=told)
            flash(told, "success")
        page = url_for(".details_view", id=key, url=self.return_url())  # type: ignore[attr-defined]
        return redirect(f"{page}#scans")

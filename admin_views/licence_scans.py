"""证照上传: the page of a licence's scans, and the pictures and files that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, jsonify, redirect, request, url_for
from flask_admin import expose

from admin_views.denials import record_denial
from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from admin_views.scan_answers import (
    LIMITS,
    NO_FILE,
    asks_for_json,
    file_of,
    picture_of,
    take_all,
    take_one,
)
from extensions import db
from models import Licence, LicenceScan
from services import licences, scope
from services.errors import (
    DomainError,
    LockedError,
    NotAllowedError,
    NotFoundError,
    StaleVersionError,
)
from services.licence_checks import seen_of, waiting_of
from services.scans import reading, receiving, use_cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response
    from flask.typing import ResponseReturnValue


class LicenceScanPages:
    """The part of the screen of licences that shows and takes scans."""

    @expose("/<int:key>/scans/", methods=("GET", "POST"))
    def scans(self, key: int) -> ResponseReturnValue:
        """Show the scans of a licence, or take what was posted about all of them."""
        licence = scope.find(Licence, key)
        if request.method != "POST":
            return self._scans_page(licence)
        return self._done(key, lambda: _change_all(licence))

    @expose("/scans/<int:key>/", methods=("POST",))
    def change_scan(self, key: int) -> ResponseReturnValue:
        """Replace, move or take away one scan."""
        scan = scope.find(LicenceScan, key)
        return self._done(scan.licence_id, lambda: _change_one(scan))

    @expose("/scans/<int:key>/thumbnail")
    def scan_thumbnail(self, key: int) -> Response:
        """Give the small picture of a scan."""
        scan = scope.find(LicenceScan, key)
        return picture_of(reading.thumbnail(scan), "image/jpeg")

    @expose("/scans/<int:key>/pages/<int:number>")
    def scan_page(self, key: int, number: int) -> Response:
        """Give one page of a scan as a picture."""
        return picture_of(*reading.picture(scope.find(LicenceScan, key), number))

    @expose("/scans/<int:key>/file")
    def scan_file(self, key: int) -> Response:
        """Give the file of a scan for the disk, and record that it was taken."""
        begin_writing()
        scan = scope.find(LicenceScan, key)
        answer = file_of(scan, use_cases.download(require_actor(), scan))
        db.session.commit()
        return answer

    def _done(self, key: int, act: Callable[[], str]) -> ResponseReturnValue:
        """Perform ``act`` on scans of a licence; what it says, or what is wrong, is shown there."""
        status = 422
        try:
            told = act()
            db.session.commit()
        except LockedError as error:
            if asks_for_json():
                raise
            record_denial()
            flash(error.message, "error")
            status = 403
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
            return redirect(self._scans_url(key))
        return self._scans_page(scope.find(Licence, key)), status

    def _scans_page(self, licence: Licence) -> str:
        actor = require_actor()
        is_locked = licence.institution.is_locked
        page: str = self.render(  # type: ignore[attr-defined]
            "admin/licence_scans.html",
            licence=licence,
            scans=reading.current_scans(licence),
            old=reading.old_versions(licence),
            is_locked=is_locked,
            waiting=waiting_of(licence),
            seen=seen_of(licence),
            may_check=actor.is_above(licence.institution.path) and not is_locked,
            most=receiving.MOST_SCANS,
            limits=LIMITS,
            here=self._scans_url(licence.id),
            return_url=self.return_url(),  # type: ignore[attr-defined]
        )
        return page

    def _scans_url(self, key: int) -> str:
        return url_for(".scans", key=key, url=self.return_url())  # type: ignore[attr-defined]


def _change_all(licence: Licence) -> str:
    """Do what the form asks for and return the sentence that says so."""
    actor = require_actor()
    match request.form.get("act"):
        case "upload":
            return _upload(licence)
        case "order":
            use_cases.reorder(actor, licence, request.form.get("order", "").split(","))
            return "页序已调整。"
        case "check":
            licences.check_scans(actor, licence, request.form.get("seen", ""))
            return "已核对。"
        case _:
            raise NotFoundError


def _change_one(scan: LicenceScan) -> str:
    actor = require_actor()
    match request.form.get("act"):
        case "replace":
            return _replace(scan)
        case "remove":
            use_cases.remove(actor, scan)
            return "已删除，可在历史版本中查看。"
        case "forward":
            use_cases.move(actor, scan, -1)
        case "back":
            use_cases.move(actor, scan, 1)
        case _:
            raise NotFoundError
    return "页序已调整。"


def _upload(licence: Licence) -> str:
    key, actor = licence.id, require_actor()
    return take_all(
        _allowing(key),
        lambda received: use_cases.add(actor, scope.find(Licence, key), received),
    )


def _replace(scan: LicenceScan) -> str:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise DomainError(NO_FILE, field="files")
    key, actor = scan.id, require_actor()
    take_one(
        file,
        _allowing(scan.licence_id),
        lambda received: use_cases.replace(actor, scope.find(LicenceScan, key), received),
    )
    return "已替换，原文件可在历史版本中查看。"


def _allowing(key: int) -> Callable[[], None]:
    """Return what raises unless the scans of a licence may be changed."""
    actor = require_actor()
    return lambda: use_cases.require_may_change(actor, scope.find(Licence, key))

"""证照上传: the page of a licence's scans, and the pictures and files that it shows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_admin import expose

from admin_views.denials import record_denial
from admin_views.headers import FILE_POLICY
from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from exports.http import attachment
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
from services.file_names import visible
from services.licence_checks import seen_of, waiting_of
from services.scans import reading, use_cases
from services.scans.cleaned import LONGEST_SIDE
from services.scans.process import LARGEST_FILE, SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import FileStorage

_MOST_SENTENCES: Final = 5
#: A picture runs nothing and loads nothing, even where a browser opens it by itself.
_AS_PICTURE: Final = {
    "Content-Security-Policy": FILE_POLICY,
    "Content-Disposition": "inline",
}


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
        return _picture(reading.thumbnail(scan), "image/jpeg")

    @expose("/scans/<int:key>/pages/<int:number>")
    def scan_page(self, key: int, number: int) -> Response:
        """Give one page of a scan as a picture."""
        return _picture(*reading.picture(scope.find(LicenceScan, key), number))

    @expose("/scans/<int:key>/file")
    def scan_file(self, key: int) -> Response:
        """Give the file of a scan for the disk, and record that it was taken."""
        begin_writing()
        scan = scope.find(LicenceScan, key)
        data = use_cases.download(require_actor(), scan)
        headers = {**_AS_PICTURE, **attachment(scan.file_name, reading.mimetype_of(scan))}
        db.session.commit()
        return Response(data, headers=headers)

    def _done(self, key: int, act: Callable[[], str]) -> ResponseReturnValue:
        """Perform ``act`` on scans of a licence; what it says, or what is wrong, is shown there."""
        status = 422
        try:
            told = act()
            db.session.commit()
        except LockedError as error:
            if _asks_for_json():
                raise
            record_denial()
            flash(error.message, "error")
            status = 403
        except (NotAllowedError, NotFoundError, StaleVersionError):
            raise
        except DomainError as error:
            db.session.rollback()
            if _asks_for_json():
                return jsonify(message=error.message), 422
            flash(error.message, "error")
        else:
            if _asks_for_json():
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
            most=use_cases.MOST_SCANS,
            largest=LARGEST_FILE,
            longest_side=LONGEST_SIDE,
            too_large=SENTENCES["too_large"],
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
    """Take every file that is fit; say of the others what is wrong with them."""
    given = [file for file in request.files.getlist("files") if file.filename]
    if not given:
        raise DomainError("请先选择要上传的文件。", field="files")
    taken, refused = 0, []
    for file in given:
        try:
            _receive(licence.id, file, partial(use_cases.add, require_actor()))
            taken += 1
        except (NotAllowedError, NotFoundError, StaleVersionError):
            raise
        except DomainError as error:
            db.session.rollback()
            refused.append(
                f"{visible(file.filename or '')[:60]}：{error.message}"
                if len(given) > 1
                else error.message
            )
    # What is said travels in a cookie, which is small.
    refused = refused[:_MOST_SENTENCES]
    if not taken:
        raise DomainError("；".join(refused), field="files")
    for sentence in refused:
        flash(sentence, "error")
    return f"已上传{taken}个文件。"


def _replace(scan: LicenceScan) -> str:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise DomainError("请先选择要上传的文件。", field="files")
    key, actor = scan.id, require_actor()
    _receive(
        scan.licence_id,
        file,
        lambda _licence, received: use_cases.replace(actor, scope.find(LicenceScan, key), received),
    )
    return "已替换，原文件可在历史版本中查看。"


def _receive(
    key: int, file: FileStorage, take: Callable[[Licence, use_cases.Received], object]
) -> None:
    """Have a file cleaned while nobody waits for this request, and give it to its licence."""
    use_cases.require_may_change(require_actor(), scope.find(Licence, key))
    db.session.rollback()
    received = use_cases.receive(file.read(LARGEST_FILE + 1), file.filename or "")
    try:
        take(scope.find(Licence, key), received)
    except BaseException:
        db.session.rollback()
        use_cases.give_up(received)
        raise
    db.session.commit()


def _picture(data: bytes, mimetype: str) -> Response:
    return Response(data, headers={**_AS_PICTURE, "Content-Type": mimetype})


def _asks_for_json() -> bool:
    return request.accept_mimetypes.best == "application/json"

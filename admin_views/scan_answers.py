"""What pages of scans have in common: taking posted files, giving pictures and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Response, flash, request

from admin_views.headers import FILE_POLICY
from exports.http import attachment
from extensions import db
from services.errors import DomainError, NotAllowedError, NotFoundError, StaleVersionError
from services.file_names import visible
from services.scans import reading, receiving
from services.scans.cleaned import LONGEST_SIDE
from services.scans.process import LARGEST_FILE, SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.datastructures import FileStorage

    from models.scan import Scan

#: What a page's script is told of the files that are taken.
LIMITS: Final = {
    "largest": LARGEST_FILE,
    "longest_side": LONGEST_SIDE,
    "too_large": SENTENCES["too_large"],
}
NO_FILE: Final = "请先选择要上传的文件。"
_MOST_SENTENCES: Final = 5
#: A picture runs nothing and loads nothing, even where a browser opens it by itself.
_AS_PICTURE: Final = {
    "Content-Security-Policy": FILE_POLICY,
    "Content-Disposition": "inline",
}


def picture_of(data: bytes, mimetype: str) -> Response:
    """Return a picture for the viewer."""
    return Response(data, headers={**_AS_PICTURE, "Content-Type": mimetype})


def file_of(scan: Scan, data: bytes) -> Response:
    """Return the file of a scan for the disk."""
    headers = {**_AS_PICTURE, **attachment(scan.file_name, reading.mimetype_of(scan))}
    return Response(data, headers=headers)


def asks_for_json() -> bool:
    """Whether the page's script asks, which shows the sentence itself."""
    return request.accept_mimetypes.best == "application/json"


def take_all(allow: Callable[[], object], take: Callable[[receiving.Received], object]) -> str:
    """Take every posted file that is fit, and say of the others what is wrong with them.

    ``allow`` and ``take`` are those of ``take_one``. Returns the sentence that says how many.
    """
    given = [file for file in request.files.getlist("files") if file.filename]
    if not given:
        raise DomainError(NO_FILE, field="files")
    taken, refused = 0, []
    for file in given:
        try:
            take_one(file, allow, take)
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


def take_one(
    file: FileStorage, allow: Callable[[], object], take: Callable[[receiving.Received], object]
) -> None:
    """Have a file cleaned while nobody waits for this request, give it to its owner, and commit.

    ``allow`` raises before the file is looked at; ``take`` stores its row, and looks up anew what
    it needs.
    """
    allow()
    db.session.rollback()
    received = receiving.receive(file.read(LARGEST_FILE + 1), file.filename or "")
    try:
        take(received)
    except BaseException:
        db.session.rollback()
        receiving.give_up(received)
        raise
    db.session.commit()

"""Our own style sheets, scripts and pictures: a browser fetches each once and keeps it.

Their addresses hold a digest of all of them, so that no kept one outlives a change; scripts import
each other by relative addresses and so stay within one edition.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import send_from_directory
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from flask import Flask, Response

#: A year, the most that RFC 9111 leaves worth asking for.
_KEPT: Final = "public, max-age=31536000, immutable"
#: Read by papers only; no browser is given them.
_NOT_SERVED: Final = "fonts"


@cache
def edition_of(folder: Path) -> str:
    """Return what tells this state of the files in ``folder`` from every other, as hex digits."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder)
        if name.parts[0] != _NOT_SERVED:
            digest.update(f"{name.as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def register(app: Flask) -> None:
    """Serve the files of ``static/`` as ``/static/<edition>/<path>``, the endpoint ``static``.

    A page that was open while the platform was renewed asks for an edition of before: it is given
    what there is now, to be asked for again next time.
    """
    folder = Path(app.root_path) / "static"
    present = edition_of(folder)

    def serve(edition: str, filename: str) -> Response:
        if filename.split("/", maxsplit=1)[0] == _NOT_SERVED:
            raise NotFound
        answer = send_from_directory(folder, filename)
        answer.headers["Cache-Control"] = _KEPT if edition == present else "no-cache"
        return answer

    @app.url_defaults
    def name_edition(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("edition", present)

    app.add_url_rule("/static/<edition>/<path:filename>", endpoint="static", view_func=serve)

"""Uploaded files: encrypted below the data directory, under names that nobody chooses.

They lie outside of what the web server gives out, and reach a browser through a page that has found
their row behind the wall. A file is written before its row and removed after it, so that a crash in
between leaves a file without a row, which ``sweep`` removes, never a row without its file.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from flask import current_app
from sqlalchemy import select

from extensions import db
from models import Base
from models.encryption import DecryptionError, keyring
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME: Final = re.compile(r"[0-9a-f]{64}")
_PART: Final = re.compile(r"[a-z0-9-]{1,16}")
#: Not yet complete; never read.
_DRAFT: Final = ".draft"
#: Bytes of a part of a long file, and of the number before each that says how long it is.
_PART_LENGTH: Final = 1024 * 1024
_LENGTH_BYTES: Final = 4
#: Files without a row that are younger may belong to a request that has not committed yet.
YOUNGEST_SWEPT: Final = 24 * 3600


class FileDamagedError(RuntimeError):
    """A stored file is missing or is not what was stored."""

    def __init__(self) -> None:
        """Say so without naming the file."""
        super().__init__("a stored file is missing or damaged")


@dataclass(frozen=True)
class StoredFile:
    """Where a file was stored, and how to know it again: SHA-256 in hex, size in bytes."""

    name: str
    digest: str
    size: int


@dataclass(frozen=True)
class Sweep:
    """What a sweep did and found: rows whose file is missing, as ``table.id``."""

    removed: int
    missing: list[str]


def store(data: bytes) -> StoredFile:
    """Write ``data`` to the disk under a random name; it survives a crash from then on."""
    name = secrets.token_hex(32)
    _write(name, "", data)
    return StoredFile(name, digest_of(data), len(data))


def load(name: str, digest: str) -> bytes:
    """Return the stored bytes; raises ``FileDamagedError`` unless they have ``digest``."""
    data = _read(name, "")
    if not secrets.compare_digest(digest_of(data), digest):
        raise FileDamagedError
    return data


def store_part(name: str, part: str, data: bytes) -> None:
    """Write what was made from the file ``name``, such as a smaller picture, beside it."""
    _write(name, part, data)


def load_part(name: str, part: str) -> bytes:
    """Return what stands beside a file; raises ``FileDamagedError``."""
    return _read(name, part)


def store_parts(file: BinaryIO) -> StoredFile:
    """Write what ``file`` holds from where it stands; in parts, so that it costs no memory."""
    name = secrets.token_hex(32)
    digest, size = hashlib.sha256(), 0

    def sealed() -> Iterator[bytes]:
        nonlocal size
        part, number = file.read(_PART_LENGTH), 0
        while True:
            following = file.read(_PART_LENGTH)
            digest.update(part)
            size += len(part)
            label = _label_of_part(name, number, is_last=not following)
            body = keyring().seal(part, label)
            yield len(body).to_bytes(_LENGTH_BYTES, "big") + body
            if not following:
                return
            part, number = following, number + 1

    _write_all(_path(name, ""), sealed())
    return StoredFile(name, digest.hexdigest(), size)


def load_parts(name: str, digest: str) -> Iterator[bytes]:
    """Yield what ``store_parts`` has stored; raises ``FileDamagedError`` at the first wrong part.

    Parts are bound to their place: none can be left out, put elsewhere or taken from another file.
    """
    seen = hashlib.sha256()
    try:
        with _path(name, "").open("rb") as file:
            body, number = _next_part(file), 0
            while body:
                following = _next_part(file)
                label = _label_of_part(name, number, is_last=not following)
                part = keyring().unseal(body, label)
                seen.update(part)
                yield part
                body, number = following, number + 1
    except (OSError, DecryptionError):
        raise FileDamagedError from None
    if not secrets.compare_digest(seen.hexdigest(), digest):
        raise FileDamagedError


def _next_part(file: BinaryIO) -> bytes:
    return file.read(int.from_bytes(file.read(_LENGTH_BYTES), "big"))


def _label_of_part(name: str, number: int, *, is_last: bool) -> str:
    return f"{_label(name, '')}{number}{'/last' if is_last else ''}"


def discard(name: str) -> None:
    """Remove a file and what stands beside it; call it when its row is gone for good."""
    path = _path(name, "")
    for found in (*path.parent.glob(f"{path.name}.*"), path):
        found.unlink(missing_ok=True)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hex."""
    return hashlib.sha256(data).hexdigest()


def sweep(*, youngest: int = YOUNGEST_SWEPT) -> Sweep:
    """Remove files to which no row refers and that are older than ``youngest`` seconds.

    Run by a command, for the whole platform: every model with a ``storage_name`` counts.
    """
    # First the files, then the rows: a row that appears in between is not yet looked for.
    files = list(_files())
    named = {name: row for name, row in _named()}  # noqa: C416 - rows of a generator
    before = time.time() - youngest
    removed = 0
    for path in files:
        if path.name[:64] not in named and _written_at(path) < before:
            path.unlink(missing_ok=True)
            removed += 1
    missing = [row for name, row in named.items() if not _path(name, "").is_file()]
    return Sweep(removed, sorted(missing))


def _named() -> Iterator[tuple[str, str]]:
    with unscoped(Reason.MAINTENANCE):
        for mapper in Base.registry.mappers:
            model: Any = mapper.class_
            if "storage_name" in mapper.columns:
                statement = select(model.id, model.storage_name)
                if hasattr(model, "with_file"):
                    # Rows that outlive their file say which still have it.
                    statement = statement.where(model.with_file())
                for key, name in db.session.execute(statement):
                    yield name, f"{model.__tablename__}.{key}"


def _files() -> Iterator[Path]:
    if _folder().is_dir():
        yield from (path for path in _folder().glob("??/*") if path.is_file())


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _folder() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "files"


def _path(name: str, part: str) -> Path:
    """Return where a file lies; names come from our own rows, and are still not believed."""
    if not _NAME.fullmatch(name) or (part and not _PART.fullmatch(part)):
        raise FileDamagedError
    return _folder() / name[:2] / (f"{name}.{part}" if part else name)


def _label(name: str, part: str) -> str:
    return f"files/{name}/{part}"


def _read(name: str, part: str) -> bytes:
    try:
        return keyring().unseal(_path(name, part).read_bytes(), _label(name, part))
    except (OSError, DecryptionError):
        raise FileDamagedError from None


def _write(name: str, part: str, data: bytes) -> None:
    _write_all(_path(name, part), [keyring().seal(data, _label(name, part))])


def _write_all(path: Path, parts: Iterable[bytes]) -> None:
    """Write a draft, force it to the disk, and give it its name: all of it is there or nothing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_DRAFT}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _force_folder(path.parent)


def _force_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

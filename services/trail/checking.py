"""Checking the chain (``verify-audit``): what was changed, removed, moved, added or cut off."""

from __future__ import annotations

import hmac
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import inspect, select

from extensions import db
from models import AuditEntry, LabelledEnum
from models.audit_entry import GENESIS, sealed_text
from models.encryption import keyring
from services.scope import Reason, unscoped
from services.trail import anchors
from services.trail.clearing import last_cleared
from services.trail.pending import End

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

#: Entries that are in memory at a time.
CHUNK: Final = 1000


class Fault(LabelledEnum):
    """What is wrong at one place of the chain."""

    ALTERED = "altered", "内容与校验值不符（被修改，或是后来插入的）"
    REORDERED = "reordered", "顺序与写入的先后不符"
    MISSING = "missing", "缺失（被删除，或紧接其后的一条是后来插入的）"
    TRUNCATED = "truncated", "末尾缺失（被截断，或数据库是旧的备份）"
    UNREADABLE = "unreadable", "其中有无法读取的内容（被修改），此后未核对"
    REWRITTEN = "rewritten", "与锚点文件不符（整条链被重写）"


class Finding(NamedTuple):
    """A fault, and the entries (sequence numbers, both included) that it concerns."""

    fault: Fault
    first: int
    last: int
    #: What the first entry says of itself, where it is still there.
    entry: str = ""


def check() -> Iterator[Finding | End]:
    """Yield what is wrong with the chain, and at last where it ends.

    Reads entry after entry and keeps none. Anchors are taken from this machine's data folder, as
    far as they were written before.
    """
    files = anchors.extent()
    with unscoped(Reason.TRAIL):
        end = yield from _links()
        yield from _held_against(files, end)
    yield end


def _links() -> Generator[Finding, None, End]:
    """Yield the faults from entry to entry; return the last one."""
    # The greatest key so far, and the greatest of those entries that are as they were written.
    ring, seen, key = keyring(), 0, 0
    end: End | None = None
    try:
        for row in _rows():
            end = end or _beginning(row.sequence)
            said = row._asdict()
            if row.sequence > end.sequence + 1:
                yield Finding(Fault.MISSING, end.sequence + 1, row.sequence - 1)
            elif not hmac.compare_digest(row.mac, ring.mac_of_entry(sealed_text(end.mac, said))):
                fault = Fault.ALTERED if row.id > seen else Fault.REORDERED
                yield Finding(fault, row.sequence, row.sequence, _named(said))
            elif row.id < key:
                yield Finding(Fault.REORDERED, row.sequence, row.sequence, _named(said))
            else:
                key = row.id
            end, seen = End(row.sequence, row.mac), max(seen, row.id)
    except (LookupError, ValueError):
        # A value that its column's type cannot read; which one of those read at a time is unknown.
        end = end or End(0, GENESIS)
        yield Finding(Fault.UNREADABLE, end.sequence + 1, end.sequence + CHUNK)
    return end or End(0, GENESIS)


def _rows() -> Iterator[Any]:
    columns = (getattr(AuditEntry, one.key) for one in inspect(AuditEntry).column_attrs)
    statement = select(*columns).order_by(AuditEntry.sequence)
    yield from db.session.execute(statement, execution_options={"yield_per": CHUNK})


def _beginning(first: int) -> End:
    """Return what stands before the first entry that is there: what was cleared, or nothing."""
    cleared = last_cleared(below=first)
    return cleared if cleared is not None else End(0, GENESIS)


def _held_against(files: dict[Any, int], end: End) -> Iterator[Finding]:
    """Yield where the chain differs from the anchors."""
    lines, furthest = anchors.read(files), 0
    while chunk := list(islice(lines, CHUNK)):
        numbers = [anchor.sequence for anchor in chunk]
        furthest = max(furthest, *numbers)
        statement = select(AuditEntry.sequence, AuditEntry.mac).where(
            AuditEntry.sequence.in_(numbers)
        )
        macs = {sequence: mac for sequence, mac in db.session.execute(statement)}  # noqa: C416 - rows are no pairs
        for anchor in chunk:
            if macs.get(anchor.sequence, anchor.mac) != anchor.mac:
                yield Finding(Fault.REWRITTEN, anchor.sequence, anchor.sequence)
    if furthest > end.sequence:
        yield Finding(Fault.TRUNCATED, end.sequence + 1, furthest)


def _named(values: Mapping[Any, Any]) -> str:
    # No names: what a command prints stays in logs.
    return f"{values['tag']} {values['object_type']} {values['object_id'] or ''}".strip()

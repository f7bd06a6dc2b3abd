"""What an import would do, row by row: computed once, shown by pages, compared before writing."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from models.base import LabelledEnum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.audit import Change


class RowStatus(LabelledEnum):
    """What becomes of a row, in the order in which a person looks at them."""

    WRONG = "wrong", "错误"
    NEW = "new", "新增"
    CHANGED = "changed", "修改"
    UNCHANGED = "unchanged", "无变化"


#: Bureaux under which new institutions are listed by name in the summary.
MOST_PARENTS: Final = 8


@dataclass(frozen=True)
class RowOutcome:
    """What one row of the sheet would do."""

    #: Its number in the user's own sheet.
    number: int
    status: RowStatus
    #: The institution that it is about, when there is one already.
    key: int | None
    name: str
    category: str
    parent: str
    #: Where a new one goes: the key of its parent, or the row in which that is made.
    below: str
    #: Labelled old → new; of a new institution every value.
    changes: list[Change] = field(default_factory=list)
    #: Field → sentence.
    errors: dict[str, str] = field(default_factory=dict)
    #: What was understood otherwise than written, and doubts.
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """All rows, with what holds for the file as a whole."""

    rows: list[RowOutcome]
    notes: list[str]
    has_renames: bool = False

    def count(self, status: RowStatus) -> int:
        """Return how many rows have ``status``."""
        return self.counts()[status]

    def counts(self) -> Counter[RowStatus]:
        """Return how many rows have each status."""
        return Counter(row.status for row in self.rows)

    def of(self, status: RowStatus | None) -> list[RowOutcome]:
        """Return the rows of one status, or all."""
        return [row for row in self.rows if status is None or row.status is status]

    def new_below(self) -> list[tuple[str, int]]:
        """Return how many new institutions go below which, the greatest numbers first."""
        parents = Counter(row.parent for row in self.rows if row.status is RowStatus.NEW)
        most = parents.most_common(MOST_PARENTS)
        rest = sum(parents.values()) - sum(count for _name, count in most)
        return [*most, *([(f"其他{len(parents) - len(most)}家机构", rest)] if rest else [])]

    def wrong_fields(self) -> list[tuple[str, int]]:
        """Return how many rows are wrong in which field, the greatest numbers first."""
        return Counter(key for row in self.rows for key in row.errors).most_common()

    def digest(self) -> str:
        """Return what is the same only when the same would be written and shown."""
        content = json.dumps(self._plain(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def packed(self) -> bytes:
        """Return the outcome as bytes, to be kept beside the file."""
        content = json.dumps(self._plain(), ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(content.encode(), 3)

    @classmethod
    def unpacked(cls, data: bytes) -> Outcome:
        """Return what ``packed`` made bytes of."""
        content = json.loads(zlib.decompress(data))
        rows = [
            RowOutcome(**{**row, "status": RowStatus(row["status"])}) for row in content["rows"]
        ]
        return cls(rows, content["notes"], content["has_renames"])

    def _plain(self) -> dict[str, Any]:
        return {
            "rows": [_plain(row) for row in self.rows],
            "notes": self.notes,
            "has_renames": self.has_renames,
        }


def _plain(row: RowOutcome) -> dict[str, Any]:
    # ``asdict`` would copy every change, which is what takes the time.
    return {name: getattr(row, name) for name in _FIELDS}


_FIELDS: Final[Sequence[str]] = tuple(RowOutcome.__dataclass_fields__)

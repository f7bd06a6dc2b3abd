"""What an import would do, row by row: computed once, shown by pages, compared before writing."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from models.base import LabelledEnum

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from services.audit import Change


class RowStatus(LabelledEnum):
    """What becomes of a row, in the order in which a person looks at them."""

    WRONG = "wrong", "错误"
    NEW = "new", "新增"
    CHANGED = "changed", "修改"
    UNCHANGED = "unchanged", "无变化"


@dataclass(frozen=True)
class RowOutcome:
    """What one row of the sheet would do; each kind of records adds what is shown of it."""

    #: Its number in the user's own sheet.
    number: int
    status: RowStatus
    #: The record that it is about, when there is one already.
    key: int | None
    name: str
    #: Labelled old → new; of a new record every value.
    changes: list[Change] = field(default_factory=list)
    #: Field → sentence.
    errors: dict[str, str] = field(default_factory=dict)
    #: What was understood otherwise than written, and doubts.
    notes: list[str] = field(default_factory=list)

    def wrong_cells(self) -> Mapping[int, Mapping[str, str]]:
        """Return what is wrong where in the sheet: row → field → sentence."""
        return {self.number: self.errors} if self.errors else {}


RowT = TypeVar("RowT", bound=RowOutcome)


@dataclass(frozen=True)
class Outcome(Generic[RowT]):
    """All rows, with what holds for the file as a whole."""

    rows: list[RowT]
    notes: list[str]

    @classmethod
    def row_class(cls) -> type[RowT]:
        """Return the class of the rows."""
        raise NotImplementedError

    def count(self, status: RowStatus) -> int:
        """Return how many rows have ``status``."""
        return self.counts()[status]

    def counts(self) -> Counter[RowStatus]:
        """Return how many rows have each status."""
        return Counter(row.status for row in self.rows)

    @property
    def noted_count(self) -> int:
        """How many rows that are not wrong say something to look at."""
        return sum(bool(row.notes) for row in self.rows if row.status is not RowStatus.WRONG)

    def of(self, status: RowStatus | None) -> list[RowT]:
        """Return the rows of one status, or all."""
        return [row for row in self.rows if status is None or row.status is status]

    def wrong_fields(self) -> list[tuple[str, int]]:
        """Return how many rows are wrong in which field, the greatest numbers first."""
        return Counter(
            key for row in self.rows for errors in row.wrong_cells().values() for key in errors
        ).most_common()

    def wrong_cells(self) -> dict[int, dict[str, str]]:
        """Return what is wrong where in the sheet: row → field → sentence."""
        return {
            number: dict(errors)
            for row in self.rows
            for number, errors in row.wrong_cells().items()
        }

    def digest(self) -> str:
        """Return what is the same only when the same would be written and shown."""
        content = json.dumps(self._plain(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def packed(self) -> bytes:
        """Return the outcome as bytes, to be kept beside the file."""
        content = json.dumps(self._plain(), ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(content.encode(), 3)

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Return what ``packed`` made bytes of."""
        content = json.loads(zlib.decompress(data))
        make = cls.row_class()
        rows = [make(**{**row, "status": RowStatus(row["status"])}) for row in content.pop("rows")]
        return cls(rows=rows, **content)

    def _plain(self) -> dict[str, Any]:
        # ``asdict`` would copy every change, which is what takes the time.
        names = [one.name for one in fields(self.row_class())]
        return {
            **{one.name: getattr(self, one.name) for one in fields(self)},
            "rows": [{name: getattr(row, name) for name in names} for row in self.rows],
        }

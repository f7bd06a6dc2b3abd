"""What an import of institutions would do, row by row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from services.importing import Outcome, RowOutcome, RowStatus

#: Bureaux under which new institutions are listed by name in the summary.
MOST_PARENTS: Final = 8


@dataclass(frozen=True)
class InstitutionRow(RowOutcome):
    """What one row of the sheet would do to an institution."""

    category: str = ""
    parent: str = ""
    #: Where a new one goes: the key of its parent, or the row in which that is made.
    below: str = ""


@dataclass(frozen=True)
class InstitutionOutcome(Outcome[InstitutionRow]):
    """All rows of a table of institutions."""

    has_renames: bool = False

    @classmethod
    def row_class(cls) -> type[InstitutionRow]:
        """Return the class of the rows."""
        return InstitutionRow

    def new_below(self) -> list[tuple[str, int]]:
        """Return how many new institutions go below which, the greatest numbers first."""
        parents = Counter(row.parent for row in self.rows if row.status is RowStatus.NEW)
        most = parents.most_common(MOST_PARENTS)
        rest = sum(parents.values()) - sum(count for _name, count in most)
        return [*most, *([(f"其他{len(parents) - len(most)}家机构", rest)] if rest else [])]

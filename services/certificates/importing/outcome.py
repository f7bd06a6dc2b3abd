"""What an import of people would do, person by person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.importing import Outcome, RowOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class PersonRow(RowOutcome):
    """What the rows of one person would do; ``number`` and ``errors`` are of the first.

    No number that identifies the person stands in it in full.
    """

    #: The numbers of all its rows, and the errors of those behind the first: number → field →
    #: sentence (the numbers as texts, for JSON knows no other keys).
    numbers: list[int] = field(default_factory=list)
    further_errors: dict[str, dict[str, str]] = field(default_factory=dict)
    exam_year: str = ""
    certificate_type: str = ""
    id_number: str = ""
    #: What is saved now; whoever saves it meanwhile makes another outcome of it.
    version: int | None = None
    #: 风险提示 that it would have.
    doubts: list[str] = field(default_factory=list)

    def wrong_cells(self) -> Mapping[int, Mapping[str, str]]:
        """Return what is wrong where in the sheet: row → field → sentence."""
        further = {int(number): errors for number, errors in self.further_errors.items()}
        return {**super().wrong_cells(), **further}


@dataclass(frozen=True)
class PersonOutcome(Outcome[PersonRow]):
    """All people of a table."""

    @classmethod
    def row_class(cls) -> type[PersonRow]:
        """Return the class of the rows."""
        return PersonRow

    @property
    def doubt_count(self) -> int:
        """How many people would have doubts."""
        return sum(bool(row.doubts) for row in self.rows)

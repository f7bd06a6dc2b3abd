"""Rows on their way from the sheet to the library: what was typed, understood and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.importing import RowDraft, RowReader
from services.institutions import field_rules
from services.institutions.importing.columns import BY_KEY, COLUMNS, NAME, NUMBER, PARENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Institution, InstitutionKind
    from services.importing import CodeNames
    from services.reference import CodeTables
    from services.workbooks import ReadRow


@dataclass(eq=False)
class Draft(RowDraft):
    """One row, while it is being evaluated."""

    #: The institution that the row is about; without one it makes one.
    institution: Institution | None = None
    kind: InstitutionKind | None = None
    #: Where a new one goes: an institution of the library, or another row.
    parent: Institution | Draft | None = None
    #: The place that it will have, of the right length only, for those below it.
    place: Institution | None = None
    changed: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name that the institution would have."""
        return self.values.get(NAME, "") or self.row.text(NAME)


def drafts_of(rows: Sequence[ReadRow], codes: CodeTables, names: CodeNames) -> list[Draft]:
    """Check the cells of rows by the rules of their fields."""

    def check(key: str, typed: str) -> tuple[str, Sequence[str]]:
        checked = field_rules.check_value(key, typed, codes)
        return checked.value, checked.warnings

    reader = RowReader(
        COLUMNS, names, check, main_key=NAME, passed_over=frozenset({NUMBER, PARENT})
    )
    drafts = [Draft(row, BY_KEY) for row in rows]
    for draft in drafts:
        reader.fill(draft)
    return drafts

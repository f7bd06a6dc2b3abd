"""Rows on their way from the sheet to the library: what was typed, understood and checked."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from services.errors import DomainError
from services.institutions import field_rules
from services.institutions.importing.columns import BY_KEY, COLUMNS, NUMBER, PARENT
from services.institutions.importing.library import CodeNames, narrowest

if TYPE_CHECKING:
    from models import Institution, InstitutionKind
    from services.institutions.importing.columns import ImportColumn
    from services.reference import CodeTables
    from services.workbooks import ReadRow

#: Codes that are named in a sentence when a name stands for several.
_MOST_NAMED: Final = 6


@dataclass(eq=False)
class Draft:
    """One row, while it is being evaluated."""

    row: ReadRow
    #: Field → checked value, of the cells that are filled in.
    values: dict[str, str] = field(default_factory=dict)
    #: Field → all codes that a name stands for, where it stands for several.
    meant: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    #: Field → how the text was understood, where it was not taken as it stands.
    understood: dict[str, str] = field(default_factory=dict)
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
        return self.values.get("name", "") or self.row.text("name")

    def fail(self, key: str, sentence: str) -> None:
        """Note what is wrong with a cell; the first sentence stays."""
        self.errors.setdefault(key, sentence)

    def all_notes(self) -> list[str]:
        """Return all notes, by column how it was understood first."""
        understood = [f"{BY_KEY[key].label}：{text}" for key, text in self.understood.items()]
        return [*understood, *self.notes]

    def note(self, key: str, sentence: str) -> None:
        """Note what the user should look at."""
        self.notes.append(f"{BY_KEY[key].label}：{sentence}")


def draft_of(row: ReadRow, codes: CodeTables, names: CodeNames) -> Draft:
    """Check the cells of a row by the rules of their fields."""
    draft = Draft(row)
    if row.problem:
        draft.fail("name", row.problem)
        return draft
    for column in COLUMNS:
        cell = row.cells.get(column.key)
        if cell is None or cell.is_empty:
            continue
        if cell.note:
            draft.understood[column.key] = cell.note
        if cell.problem:
            draft.fail(column.key, cell.problem)
        elif column.key not in {NUMBER, PARENT}:
            _take(draft, column, cell.text, codes, names)
    return draft


def _take(
    draft: Draft, column: ImportColumn, text: str, codes: CodeTables, names: CodeNames
) -> None:
    key = column.key
    typed = text
    if column.is_coded:
        meant = names.meant_by(column, text)
        if len(meant) > 1:
            draft.meant[key] = meant
            meant = narrowest(meant)
        if len(meant) > 1:
            shown = "、".join(names.shown(column, code) for code in meant[:_MOST_NAMED])
            draft.fail(key, f"“{text[:30]}”可以是{shown}，请写明代码。")
            return
        if not meant:
            guess = names.guess(column, text)
            hint = f"是否为“{guess}”？" if guess else ""
            draft.fail(key, f"没有“{text[:30]}”这个{column.label}。{hint}请从下拉列表中选择。")
            return
        typed = meant[0]
    try:
        checked = field_rules.check_value(key, typed, codes)
    except DomainError as error:
        draft.fail(key, error.message)
        return
    draft.values[key] = checked.value
    for warning in checked.warnings:
        draft.note(key, warning)
    understood = names.shown(column, checked.value) if column.is_coded else checked.value
    if not _is_same(text, understood):
        draft.understood[key] = f"“{text}”按“{understood}”理解"


def _is_same(typed: str, understood: str) -> bool:
    """Whether two texts differ by their width and the blanks at their ends only."""
    return _plain(typed) == _plain(understood)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()

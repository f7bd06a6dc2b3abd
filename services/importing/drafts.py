"""Rows on their way from the sheet to the records: what was typed, understood and checked."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from services.errors import DomainError
from services.importing.codes import narrowest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from services.importing.codes import CodeNames
    from services.importing.columns import ImportColumn
    from services.workbooks import ReadRow

#: Codes that are named in a sentence when a name stands for several.
_MOST_NAMED: Final = 6


@dataclass(eq=False)
class RowDraft:
    """One row, while it is being evaluated."""

    row: ReadRow
    #: The columns of its table, by field.
    columns: Mapping[str, ImportColumn]
    #: Field → checked value, of the cells that are filled in.
    values: dict[str, str] = field(default_factory=dict)
    #: Field → all codes that a name stands for, where it stands for several.
    meant: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    #: Field → how the text was understood, where it was not taken as it stands.
    understood: dict[str, str] = field(default_factory=dict)

    def fail(self, key: str, sentence: str) -> None:
        """Note what is wrong with a cell; the first sentence stays."""
        self.errors.setdefault(key, sentence)

    def all_notes(self) -> list[str]:
        """Return all notes, by column how it was understood first."""
        understood = [f"{self.columns[key].label}：{text}" for key, text in self.understood.items()]
        return [*understood, *self.notes]

    def note(self, key: str, sentence: str) -> None:
        """Note what the user should look at."""
        self.notes.append(f"{self.columns[key].label}：{sentence}")


class RowReader:
    """Reads the cells of rows by the columns of their table, and checks them one by one.

    ``check`` gets a field and its text (a code where the column has a list), and returns the value
    and what is doubtful about it, or raises ``DomainError``. Fields in ``passed_over`` are left to
    whoever evaluates the rows. A row that is wrong as a whole fails in the column ``main_key``.
    """

    def __init__(
        self,
        columns: Sequence[ImportColumn],
        names: CodeNames,
        check: Callable[[str, str], tuple[str, Sequence[str]]],
        *,
        main_key: str,
        passed_over: frozenset[str] = frozenset(),
    ) -> None:
        """Take what the rows are read by."""
        self._columns = columns
        self._names = names
        self._check = check
        self._main_key = main_key
        self._passed_over = passed_over

    def fill(self, draft: RowDraft) -> None:
        """Take what stands in the cells of a row into its draft."""
        if draft.row.problem:
            draft.fail(self._main_key, draft.row.problem)
            return
        for column in self._columns:
            cell = draft.row.cells.get(column.key)
            if cell is None or cell.is_empty:
                continue
            if cell.note:
                draft.understood[column.key] = cell.note
            if cell.problem:
                draft.fail(column.key, cell.problem)
            elif column.key not in self._passed_over:
                self._take(draft, column, cell.text)

    def _take(self, draft: RowDraft, column: ImportColumn, text: str) -> None:
        key = column.key
        typed = self._code(draft, column, text) if column.is_coded else text
        if typed is None:
            return
        try:
            value, doubts = self._check(key, typed)
        except DomainError as error:
            draft.fail(key, error.message)
            return
        draft.values[key] = value
        for doubt in doubts:
            draft.note(key, doubt)
        understood = self._names.shown(column, value) if column.is_coded else value
        if not _is_same(text, understood):
            draft.understood[key] = f"“{text}”按“{understood}”理解"

    def _code(self, draft: RowDraft, column: ImportColumn, text: str) -> str | None:
        """Return the code that a text stands for, or note why it stands for none."""
        meant = self._names.meant_by(column, text)
        if len(meant) > 1:
            draft.meant[column.key] = meant
            meant = narrowest(meant)
        if len(meant) > 1:
            shown = "、".join(self._names.shown(column, code) for code in meant[:_MOST_NAMED])
            draft.fail(column.key, f"“{text[:30]}”可以是{shown}，请写明代码。")
            return None
        if not meant:
            guess = self._names.guess(column, text)
            hint = f"是否为“{guess}”？" if guess else ""
            draft.fail(
                column.key, f"没有“{text[:30]}”这个{column.label}。{hint}请从下拉列表中选择。"
            )
            return None
        return meant[0]


def _is_same(typed: str, understood: str) -> bool:
    """Whether two texts differ by their width and the blanks at their ends only."""
    return _plain(typed) == _plain(understood)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()

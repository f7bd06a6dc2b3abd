"""What a table in a workbook looks like: its columns, what else they are called, its limits."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The column that a marked workbook adds; it is passed over when it comes back.
ERRORS_HEADER: Final = "导入错误说明"


class SheetColumn(Protocol):
    """One column of a table."""

    @property
    def key(self) -> str:
        """The name in code."""

    @property
    def label(self) -> str:
        """The header without stars and remarks."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """What people also write over the column."""

    @property
    def is_required(self) -> bool:
        """Whether the sheet must have the column."""


@dataclass(frozen=True)
class Layout:
    """The table that is looked for in a workbook."""

    #: The sheet of the template; without it the first visible sheet with a header is taken.
    sheet_name: str
    columns: Sequence[SheetColumn]
    #: The column by which a header is known, however few others it has.
    main_key: str
    #: Columns whose text is digits, so that “430014.0” can only mean 430014.
    digits: frozenset[str]
    #: Rows of data that one file may hold.
    most_rows: int
    #: What is said when no header is found.
    no_header: str
    #: The column and the text that mark an example row, which is passed over.
    example: tuple[str, str] | None = None
    #: Columns in which a day is meant, be the cell a date or a text.
    dates: frozenset[str] = frozenset()

    @cached_property
    def by_key(self) -> dict[str, SheetColumn]:
        """The columns by their keys."""
        return {column.key: column for column in self.columns}

    @cached_property
    def _by_header(self) -> dict[str, SheetColumn]:
        return {
            fold_header(name): column
            for column in self.columns
            for name in (column.label, *column.aliases)
        }

    def column_of(self, header: str) -> SheetColumn | None:
        """Return the column that a header stands for, if it is one of ours."""
        return self._by_header.get(fold_header(header))


def fold(text: str) -> str:
    """Return the form in which headers and names are compared: half width, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def fold_header(text: str) -> str:
    """Return a header as it is compared: without stars, colons and remarks in brackets too."""
    return fold(text).split("(")[0].strip("*:")

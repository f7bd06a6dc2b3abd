"""One column of an import table: its header, what else it is called, what may stand in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from services.reference import CodeTables


@dataclass(frozen=True)
class ImportColumn:
    """One column of the sheet; with ``entries`` its value is one of them."""

    key: str
    label: str
    aliases: tuple[str, ...] = ()
    #: The sheet must have it.
    is_required: bool = False
    #: A new record needs it, and one that is known does not.
    is_needed: bool = False
    #: In half-width characters.
    width: int = 20
    entries: Callable[[CodeTables], Mapping[str, str]] | None = None
    #: Names among the entries repeat: the code stands before each.
    is_code_first: bool = False
    #: Other names of entries, to their codes.
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def header(self) -> str:
        """The header in the template: a star after what must be filled in."""
        return f"{self.label}*" if self.is_required or self.is_needed else self.label

    @property
    def is_coded(self) -> bool:
        """Whether the value is one of a list."""
        return self.entries is not None

    def offered(self, codes: CodeTables) -> Mapping[str, str]:
        """Return what may be chosen: code → name."""
        assert self.entries is not None
        return self.entries(codes)

    def shown(self, code: str, name: str) -> str:
        """Return a code as it stands in the sheet: by name, with the code where names repeat."""
        return f"{code} {name}" if self.is_code_first else name


def drop_downs(columns: Iterable[ImportColumn], codes: CodeTables) -> dict[str, list[str]]:
    """Return the drop-downs of a template: field → what may be chosen, as it stands in a cell."""
    return {
        column.key: [column.shown(code, name) for code, name in column.offered(codes).items()]
        for column in columns
        if column.is_coded
    }

"""What stands in a cell for one entry of a list: its name, its code, or both."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from services.workbooks import fold

if TYPE_CHECKING:
    from services.importing.columns import ImportColumn
    from services.reference import CodeTables

#: Unknown texts of one column for which a known name is looked for: it takes its time.
_MOST_GUESSED: Final = 100
#: How alike two names must be (0 to 1) for one to be meant by the other.
_ALIKE: Final = 0.6


class CodeNames:
    """Understands what stands in a coded column: “A1 综合医院”, the code, or a name that is one."""

    def __init__(self, codes: CodeTables) -> None:
        """Read the code tables as they are asked for."""
        self._codes = codes
        self._meant: dict[str, dict[str, list[str]]] = {}
        self._guessed: dict[str, dict[str, str]] = {}

    def meant_by(self, column: ImportColumn, text: str) -> list[str]:
        """Return the codes that ``text`` may stand for: one when it is clear, none when unknown."""
        if column.key not in self._meant:
            self._meant[column.key] = self._known(column)
        return self._meant[column.key].get(fold(text), [])

    def guess(self, column: ImportColumn, text: str) -> str:
        """Return the entry, as the sheet shows it, most like a text that is none; often empty."""
        known = self._guessed.setdefault(column.key, {})
        if text not in known and len(known) < _MOST_GUESSED:
            meant = self._meant[column.key]
            alike = get_close_matches(fold(text), meant, n=1, cutoff=_ALIKE)
            known[text] = self.shown(column, narrowest(meant[alike[0]])[-1]) if alike else ""
        return known.get(text, "")

    def shown(self, column: ImportColumn, code: str | None) -> str:
        """Return a code as the sheet shows it; a code that is not known any more as it is."""
        if not code:
            return ""
        name = column.offered(self._codes).get(code, "")
        return column.shown(code, name).strip() or code

    def _known(self, column: ImportColumn) -> dict[str, list[str]]:
        by_name: dict[str, list[str]] = {}
        by_code: dict[str, list[str]] = {}
        for code, name in column.offered(self._codes).items():
            by_name.setdefault(fold(name), []).append(code)
            for text in (code, f"{code} {name}"):
                by_code[fold(text)] = [code]
        other = {fold(name): [code] for name, code in column.also.items()}
        # A code is a code, whatever is called so.
        return {**other, **by_name, **by_code}


def narrowest(codes: list[str]) -> list[str]:
    """Of a category and those below it that bear its name, take the last: A1, A100 综合医院."""
    line = sorted(codes, key=len)
    is_line = all(below.startswith(above) for above, below in pairwise(line))
    return line[-1:] if is_line else codes

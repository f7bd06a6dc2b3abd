"""The one description of a column that spreadsheets and printed tables share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnKind = Literal["text", "date", "integer"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a grid.

    `key` names the value in code, `label` is the printed header. `width` is counted in half-width
    characters: a spreadsheet takes it as it is, a printed table shares its breadth by it. `kind`
    decides how a spreadsheet stores the value: `text` stays text whatever it looks like, `date`
    becomes a real date, `integer` a number.
    """

    key: str
    label: str
    width: float
    kind: ColumnKind = "text"

"""Tables in workbooks that users upload: checked, unpacked, read cell by cell.

A file goes through three steps, each a module: ``archive`` looks at the zip before anything parses
it, ``sheets`` finds how far a sheet reaches and what its cells are, ``tables`` finds header and
rows. What the rows mean is decided by whoever asked for them, by a ``Layout``.
"""

from __future__ import annotations

from services.workbooks.cells import EMPTY, Cell
from services.workbooks.layout import ERRORS_HEADER, Layout, SheetColumn, fold, fold_header
from services.workbooks.tables import ReadRow, ReadTable, read_table

__all__ = [
    "EMPTY",
    "ERRORS_HEADER",
    "Cell",
    "Layout",
    "ReadRow",
    "ReadTable",
    "SheetColumn",
    "fold",
    "fold_header",
    "read_table",
]

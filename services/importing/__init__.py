"""Importing records from a workbook: checked, read, shown, and written all or nothing.

What institutions and people share. Who imports something of their own says what its columns are
(``columns``), what its rows would do (``outcome``), and how they are written (``desk``).
"""

from __future__ import annotations

from services.importing.codes import CodeNames, narrowest
from services.importing.columns import ImportColumn, drop_downs
from services.importing.desk import Desk, Preview, Tags
from services.importing.drafts import RowDraft, RowReader
from services.importing.outcome import Outcome, RowOutcome, RowStatus

__all__ = [
    "CodeNames",
    "Desk",
    "ImportColumn",
    "Outcome",
    "Preview",
    "RowDraft",
    "RowOutcome",
    "RowReader",
    "RowStatus",
    "Tags",
    "drop_downs",
    "narrowest",
]

"""Importing people from a workbook: checked, read, shown, and written all or nothing.

How an import goes stands in ``services.importing``; what is of people stands here: ``reading`` says
what their table looks like, ``people`` puts rows together, ``evaluation`` says what they would do,
``writing`` does it.
"""

from __future__ import annotations

from services.certificates.importing.columns import (
    COLUMNS,
    EXAMPLE_MARK,
    SHORT_TYPES,
    physician_categories,
)
from services.certificates.importing.desk import DESK
from services.certificates.importing.outcome import PersonOutcome, PersonRow
from services.certificates.importing.reading import LAYOUT, MOST_DATA_ROWS

__all__ = [
    "COLUMNS",
    "DESK",
    "EXAMPLE_MARK",
    "LAYOUT",
    "MOST_DATA_ROWS",
    "SHORT_TYPES",
    "PersonOutcome",
    "PersonRow",
    "physician_categories",
]

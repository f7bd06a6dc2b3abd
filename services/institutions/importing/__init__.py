"""Importing institutions from a workbook: checked, read, shown, and written all or nothing.

A file goes through three steps, each a module: ``reading`` finds header and rows (by
``services.workbooks``), ``evaluation`` says what each row would do, ``writing`` does it.
``batches`` holds the use cases.
"""

from __future__ import annotations

from services.institutions.importing.batches import (
    Preview,
    apply,
    discard,
    find_own,
    judge_anew,
    preview_of,
    recent,
    release_files,
    upload,
    waiting,
    workbook_of,
)
from services.institutions.importing.columns import (
    COLUMNS,
    EXAMPLE_MARK,
    ImportColumn,
)
from services.institutions.importing.library import choices_for, library_rows
from services.institutions.importing.outcome import Outcome, RowOutcome, RowStatus
from services.institutions.importing.reading import MOST_DATA_ROWS

__all__ = [
    "COLUMNS",
    "EXAMPLE_MARK",
    "MOST_DATA_ROWS",
    "ImportColumn",
    "Outcome",
    "Preview",
    "RowOutcome",
    "RowStatus",
    "apply",
    "choices_for",
    "discard",
    "find_own",
    "judge_anew",
    "library_rows",
    "preview_of",
    "recent",
    "release_files",
    "upload",
    "waiting",
    "workbook_of",
]

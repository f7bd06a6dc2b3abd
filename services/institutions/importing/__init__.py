"""Importing institutions from a workbook: checked, read, shown, and written all or nothing.

A file goes through four steps, each a module: ``archive`` looks at the zip before anything parses
it, ``reading`` finds header and rows, ``evaluation`` says what each row would do, ``writing`` does
it. ``batches`` holds the use cases.
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
    workbook_of,
)
from services.institutions.importing.columns import (
    COLUMNS,
    ERRORS_HEADER,
    EXAMPLE_MARK,
    ImportColumn,
)
from services.institutions.importing.library import choices_for, library_rows
from services.institutions.importing.outcome import Outcome, RowOutcome, RowStatus
from services.institutions.importing.sheets import MOST_DATA_ROWS

__all__ = [
    "COLUMNS",
    "ERRORS_HEADER",
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
    "workbook_of",
]

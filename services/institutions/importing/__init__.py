"""Importing institutions from a workbook: checked, read, shown, and written all or nothing.

How an import goes stands in ``services.importing``; what is of institutions stands here:
``reading`` says what their table looks like, ``evaluation`` what each row would do, ``writing``
does it.
"""

from __future__ import annotations

from services.importing import ImportColumn, RowStatus
from services.institutions.importing.batches import DESK
from services.institutions.importing.columns import COLUMNS, EXAMPLE_MARK
from services.institutions.importing.library import choices_for, library_rows
from services.institutions.importing.outcome import InstitutionOutcome, InstitutionRow
from services.institutions.importing.reading import MOST_DATA_ROWS

apply = DESK.apply
discard = DESK.discard
find_own = DESK.find_own
judge_anew = DESK.judge_anew
preview_of = DESK.preview_of
recent = DESK.recent
release_files = DESK.release_files
upload = DESK.upload
waiting = DESK.waiting
workbook_of = DESK.workbook_of

__all__ = [
    "COLUMNS",
    "DESK",
    "EXAMPLE_MARK",
    "MOST_DATA_ROWS",
    "ImportColumn",
    "InstitutionOutcome",
    "InstitutionRow",
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

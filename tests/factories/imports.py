"""Uploaded workbooks."""

from __future__ import annotations

from itertools import count
from typing import Any

from extensions import db
from models import Administrator, ImportBatch
from services.scope import Reason, unscoped

_numbers = count(1)


def make_import_batch(administrator: Administrator, **values: Any) -> ImportBatch:
    """Return the stored row of a workbook that ``administrator`` uploaded; without its file."""
    number = next(_numbers)
    with unscoped(Reason.MAINTENANCE):
        batch = ImportBatch(
            institution=administrator.institution,
            administrator_id=administrator.id,
            **{
                "file_name": f"机构{number:05d}.xlsx",
                "storage_name": f"{number:064x}",
                "digest": f"{number:064x}",
                "outcome_digest": f"{number:064x}",
                "new_count": 1,
                "changed_count": 0,
                "unchanged_count": 0,
                "wrong_count": 0,
                **values,
            },
        )
        db.session.add(batch)
        db.session.flush()
    return batch

"""The code tables, from the files the platform itself loads."""

from __future__ import annotations

from typing import Final

from flask import current_app
from sqlalchemy import insert, select

from extensions import db
from services import reference

#: Setting of an application whose database holds the code tables whatever is rolled back.
ALWAYS_THERE: Final = "CODES_ALWAYS_THERE"


def load_codes() -> None:
    """Fill the code tables, in bulk, unless they are filled: most tests need them."""
    if current_app.config.get(ALWAYS_THERE):
        return
    first = next(iter(reference.FILES))
    if db.session.scalar(select(first.code).limit(1)) is not None:
        return
    for model, file in reference.FILES.items():
        rows = reference.read(file, model)
        db.session.execute(
            insert(model),
            [{**row, "position": position} for position, row in enumerate(rows, start=1)],
        )

"""The code tables, from the files the platform itself loads."""

from __future__ import annotations

from sqlalchemy import insert, select

from extensions import db
from services import reference


def load_codes() -> None:
    """Fill those code tables that are empty, in bulk: most tests need them."""
    for model, file in reference.FILES.items():
        if db.session.scalar(select(model.code).limit(1)) is None:
            rows = reference.read(file, model)
            db.session.execute(
                insert(model),
                [{**row, "position": position} for position, row in enumerate(rows, start=1)],
            )

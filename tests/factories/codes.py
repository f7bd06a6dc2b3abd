"""The code tables, from the files the platform itself loads."""

from __future__ import annotations

from sqlalchemy import insert, select

from extensions import db
from services import reference


def load_codes() -> None:
    """Fill the code tables, in bulk, unless they are filled: most tests need them."""
    first = next(iter(reference.FILES))
    if db.session.scalar(select(first.code).limit(1)) is not None:
        return
    for model, file in reference.FILES.items():
        rows = reference.read(file, model)
        db.session.execute(
            insert(model),
            [{**row, "position": position} for position, row in enumerate(rows, start=1)],
        )

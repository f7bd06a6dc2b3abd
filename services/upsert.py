"""The INSERT that knows ON CONFLICT: both databases have it, each under a construct of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from extensions import db


def insert_for(model: type[Any]) -> Any:
    """Return the INSERT into the table of ``model`` for the database in use."""
    dialect = db.session.get_bind().dialect.name
    return postgresql.insert(model) if dialect == "postgresql" else sqlite.insert(model)

"""A small synthetic province, loaded once for each database of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from extensions import db
from models.engine import writing
from services import scale
from tests.databases import Databases, made_once, rolled_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    Loaded = tuple[Flask, scale.Counts]

#: A page that asks something for each row of a county asks too often.
PER_COUNTY = 9


@pytest.fixture(scope="session")
def provinces(databases: Databases) -> Iterator[Callable[[str], Loaded]]:
    """The application with the province in it, and what the loading counted."""
    with made_once(databases, _load) as get:
        yield get


def _load() -> scale.Counts:
    with writing():
        counts = scale.load_institutions(PER_COUNTY)
        db.session.commit()
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return counts


@pytest.fixture
def province(
    provinces: Callable[[str], Loaded], database_backend: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Loaded]:
    """The province in its application's context; as in ``app``, all else is rolled back."""
    app, counts = provinces(database_backend)
    with rolled_back(app, monkeypatch):
        yield app, counts

"""A small synthetic province, loaded once for each database of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from extensions import db
from models.engine import writing
from services import scale
from tests.databases import Databases, close

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    Loaded = tuple[Flask, scale.Counts]

#: A page that asks something for each row of a county asks too often.
PER_COUNTY = 9


@pytest.fixture(scope="session")
def provinces(databases: Databases) -> Iterator[Callable[[str], Loaded]]:
    """The application with the province in it, and what the loading counted."""
    made: dict[str, Loaded] = {}

    def get(backend: str) -> Loaded:
        if backend not in made:
            app = databases.fresh_app(backend)
            with app.app_context():
                with writing():
                    counts = scale.load_institutions(PER_COUNTY)
                    db.session.commit()
                if backend == "postgresql":
                    with db.engine.begin() as connection:
                        connection.exec_driver_sql("ANALYZE")
            made[backend] = app, counts
        return made[backend]

    yield get
    for app, _ in made.values():
        close(app)


@pytest.fixture
def province(
    provinces: Callable[[str], Loaded], database_backend: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Loaded]:
    """The province in its application's context; as in ``app``, all else is rolled back."""
    app, counts = provinces(database_backend)
    with app.app_context():
        db.session.configure(join_transaction_mode="create_savepoint")
        with db.engine.connect() as connection, connection.begin() as outer:
            monkeypatch.setitem(db.engines, None, connection)
            yield app, counts
            db.session.remove()
            outer.rollback()

"""The demo province, seeded once per database; its tests only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from extensions import db
from models.engine import writing
from services import demo as demo_service
from services.scope import Reason, unscoped
from tests.databases import BACKENDS, Databases, close

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


@dataclass
class Seeded:
    """An application on a seeded database, and what the seeding counted."""

    app: Flask
    counts: demo_service.Counts


class Seedings:
    """The worker's seeded databases, each made when it is first asked for."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._made: dict[str, Seeded] = {}

    def on(self, backend: str) -> Seeded:
        if backend not in self._made:
            app = self._databases.fresh_app(backend)
            with app.app_context(), writing():
                counts = demo_service.seed_demo()
                db.session.commit()
            assert counts is not None
            self._made[backend] = Seeded(app, counts)
        return self._made[backend]

    def close(self) -> None:
        for seeded in self._made.values():
            close(seeded.app)


@pytest.fixture(scope="session")
def seedings(databases: Databases) -> Iterator[Seedings]:
    made = Seedings(databases)
    yield made
    made.close()


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.postgresql) if name == "postgresql" else name
        for name in BACKENDS
    ]
)
def seeded(request: pytest.FixtureRequest, seedings: Seedings) -> Iterator[Seeded]:
    """The seeded database, in its application's context, beyond the wall; nothing may be kept."""
    found = seedings.on(request.param)
    with found.app.app_context():
        with unscoped(Reason.MAINTENANCE):
            yield found
        db.session.rollback()
        db.session.remove()

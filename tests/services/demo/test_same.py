"""Both databases hold the same demo, so its other tests look at one of them only."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import pytest
import time_machine
from sqlalchemy import select

from extensions import db
from models import AuditEntry, Institution, TrialCertificate
from services import clock, numbering
from services import demo as demo_service
from services.audit import CHINA
from services.demo.keys import draw_keys
from services.scope import Reason, unscoped
from services.trail import checking
from tests.databases import close
from tests.services.demo.conftest import counts_of, seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.databases import Databases
    from tests.services.demo.conftest import Seeded

#: Drawn anew by each seeding.
BY_CHANCE: Final = {"password_hash", "storage_name", "mac"}
#: What happens today is never after now, so its place in the trail depends on the time of day.
BY_TIME: Final = {
    "audit_entries": {"id", "sequence"},
    # A workbook holds the moment in which it was made.
    "import_batches": {"digest"},
}


@pytest.fixture
def on_postgresql(databases: Databases, seeded_on_sqlite: Seeded) -> Iterator[tuple[Flask, str]]:
    """An application whose PostgreSQL was seeded at the same time, and what the command said."""
    app = databases.fresh_app("postgresql")
    with time_machine.travel(seeded_on_sqlite.at):
        yield app, seed(app)
    close(app)


def contents(app: Flask) -> dict[str, list[str]]:
    """Return all rows of all tables as texts in an order of their own."""
    with app.app_context():
        found = {
            table.name: sorted(
                str([(name, _plain(row[name])) for name in row if name not in left_out])
                for row in db.session.connection().execute(select(table)).mappings()
            )
            for table in db.Model.metadata.sorted_tables
            for left_out in [BY_CHANCE | BY_TIME.get(table.name, set())]
        }
        db.session.remove()
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        day = value.astimezone(CHINA).date()
        return "today" if day >= clock.today() else value.astimezone(dt.UTC)
    return sorted(value.items()) if isinstance(value, dict) else value


@pytest.mark.postgresql
def test_both_databases_hold_the_same_and_go_on_from_there(
    seeded_on_sqlite: Seeded, on_postgresql: tuple[Flask, str]
) -> None:
    """All in one test: to seed takes longer than to look at everything."""
    app, output = on_postgresql
    assert counts_of(output) == seeded_on_sqlite.counts
    expected, found = contents(seeded_on_sqlite.app), contents(app)
    assert expected.keys() == found.keys()
    for name, rows in expected.items():
        assert rows == found[name], name
    assert len(found["trial_certificates"]) == seeded_on_sqlite.counts.certificates
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        assert demo_service.seed_demo() is None
        assert [one for one in checking.check() if isinstance(one, checking.Finding)] == []
        for model in (AuditEntry, Institution, TrialCertificate):
            known = set(db.session.scalars(select(model.id)))
            assert draw_keys(model, 1)[0] not in known, model
        paths = set(db.session.scalars(select(Institution.path)))
        assert numbering.next_path(None) not in paths
        db.session.rollback()
        db.session.remove()

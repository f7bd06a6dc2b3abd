"""What the tests of the chain share: entries that are really stored, and somebody who tampers."""

from __future__ import annotations

from sqlalchemy import select

from extensions import db
from models import AuditEntry
from models.engine import writing
from services.scope import Reason, unscoped
from services.trail import checking
from tests.factories.trail import hold_entry


def store(*names, **values):
    """Commit one entry after the other, each in a transaction of its own."""
    with writing():
        for name in names:
            hold_entry(object_label=name, **values)
            db.session.commit()


def stored():
    """Return all entries in the order of the chain."""
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()


def findings():
    """Return what the check of the chain finds, and commit nothing."""
    found = [one for one in checking.check() if isinstance(one, checking.Finding)]
    db.session.rollback()
    return found


def tamper(*statements):
    """Change the table past the guards, as whoever owns the database can."""
    guards = (
        ("DROP TRIGGER audit_entries_never_change", "DROP TRIGGER audit_entries_are_kept")
        if db.session.connection().dialect.name == "sqlite"
        else ("ALTER TABLE audit_entries DISABLE TRIGGER USER",)
    )
    for statement in (*guards, *statements):
        db.session.connection().exec_driver_sql(statement)
    db.session.commit()


BROKEN = {
    "sqlite": "CREATE TRIGGER broken BEFORE INSERT ON audit_entries"
    " BEGIN SELECT RAISE(ABORT, 'broken'); END",
    "postgresql": "CREATE TRIGGER broken BEFORE INSERT ON audit_entries"
    " FOR EACH ROW EXECUTE FUNCTION audit_entries_are_kept()",
}
"""Statements after which the database refuses every entry."""


def break_trail(session):
    """Have the database refuse every entry from now on, in this transaction."""
    connection = session.connection()
    connection.exec_driver_sql(BROKEN[connection.dialect.name])

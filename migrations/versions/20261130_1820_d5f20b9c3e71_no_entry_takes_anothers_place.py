"""SQLite refuses an entry of the audit trail whose key or place is taken.

``INSERT OR REPLACE`` removes the row that is in the way without asking the triggers on DELETE.
PostgreSQL turns its ``ON CONFLICT DO UPDATE`` into an UPDATE, which is refused already.

Revision d5f20b9c3e71, follows d7f20b94c3a1; made 2026-11-30 18:20:00+00:00.
"""

from __future__ import annotations

from alembic import op

revision = "d5f20b9c3e71"
down_revision = "d7f20b94c3a1"
branch_labels = None
depends_on = None

SQLITE_GUARD = """
    CREATE TRIGGER audit_entries_keep_their_place BEFORE INSERT ON audit_entries
    WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id)
        OR EXISTS (SELECT 1 FROM audit_entries WHERE sequence = NEW.sequence)
    BEGIN
        SELECT RAISE(ABORT, 'the audit trail is only ever added to: key or sequence is taken');
    END
"""


def upgrade() -> None:
    """Put the guard in place."""
    if op.get_context().dialect.name == "sqlite":
        op.execute(SQLITE_GUARD)


def downgrade() -> None:
    """Take it away again."""
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_entries_keep_their_place")

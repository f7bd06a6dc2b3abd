"""Keys of forms for institutions and licences, so that a form sent twice makes one record.

Revision b7e4a90c31d5, follows 8d3b60f1c2e7; made 2026-11-25 05:50:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b7e4a90c31d5"
down_revision = "8d3b60f1c2e7"
branch_labels = None
depends_on = None

TABLES = ("institutions", "licences")


def upgrade() -> None:
    """Add the keys."""
    for table in TABLES:
        op.add_column(table, sa.Column("form_key", sa.String(36), nullable=True))
        op.create_index(f"ix_{table}_form_key", table, ["form_key"], unique=True)


def downgrade() -> None:
    """Take them away again."""
    for table in TABLES:
        op.drop_index(f"ix_{table}_form_key", table)
        op.drop_column(table, "form_key")

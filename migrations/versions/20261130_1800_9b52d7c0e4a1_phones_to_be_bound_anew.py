"""Accounts whose phone was detached know that their owner binds a new one.

Revision 9b52d7c0e4a1, follows c4d18e72a9b6; made 2026-11-30 18:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "9b52d7c0e4a1"
down_revision = "c4d18e72a9b6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark; nobody has it yet."""
    with op.batch_alter_table("administrators") as batch:
        batch.add_column(
            sa.Column("must_bind_phone", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("administrators") as batch:
        batch.drop_column("must_bind_phone")

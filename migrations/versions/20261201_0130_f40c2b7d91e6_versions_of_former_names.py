"""Former names have a version, so that a second writer who has not seen the first is refused.

Revision f40c2b7d91e6, follows d5f20b9c3e71; made 2026-12-01 01:30:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f40c2b7d91e6"
down_revision = "d5f20b9c3e71"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("former_names") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("former_names") as batch:
        batch.alter_column("version", server_default=None)


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("former_names") as batch:
        batch.drop_column("version")

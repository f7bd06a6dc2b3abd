"""Licences know whether their scans have changed; the same licence is entered once.

Revision 6a1c8d20e7f4, follows 5c7e0f3b91d2; made 2026-11-25 01:30:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "6a1c8d20e7f4"
down_revision = "5c7e0f3b91d2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the index."""
    op.add_column("licences", sa.Column("scans_digest", sa.String(length=64), nullable=True))
    op.create_index(
        "uq_licences_same",
        "licences",
        ["institution_id", "registration_number", "valid_from", "valid_until"],
        unique=True,
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_index("uq_licences_same", table_name="licences")
    op.drop_column("licences", "scans_digest")

"""An index by which another bearer of the same organisation code is found.

Revision 8d3b60f1c2e7, follows 2f9d4c81b6a5; made 2026-11-25 03:05:00+00:00.
"""

from __future__ import annotations

from alembic import op

revision = "8d3b60f1c2e7"
down_revision = "2f9d4c81b6a5"
branch_labels = None
depends_on = None

INDEX = "ix_institutions_organisation_code"


def upgrade() -> None:
    """Add the index."""
    op.create_index(INDEX, "institutions", ["organisation_code"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index(INDEX, "institutions")
